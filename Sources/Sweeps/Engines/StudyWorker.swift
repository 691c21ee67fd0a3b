import Basics
public import Datasets
import Foundation
public import Tickets

/// Does one unit of a study in this process, and puts an arm together once its last seed is done.
public struct StudyWorker: Sendable {
  public let folder: StudyFolder
  public let plan: StudyPlan
  public var threads = 1

  /// Exit code of a unit that another process is at work on (`EX_TEMPFAIL`).
  public static let busyCode: Int32 = 75

  public init(folder: StudyFolder, plan: StudyPlan) {
    self.folder = folder
    self.plan = plan
  }

  /// - Returns: `false` if another process is at work on the unit.
  /// - Throws: `Problem`; everything that finished before is on disk.
  public func run(
    _ unit: StudyPlan.Unit, locator: DataLocator, watch: (WorkProgress) -> Void = { _ in }
  ) throws -> Bool {
    let search = plan.search(unit.arm, threads: threads, output: folder.store), prepared = try search.prepared(locator)
    guard case .done = try search.runSeed(unit.seed, prepared, watch: watch) else { return false }
    folder.forgetFailure(of: unit)
    let seeds = plan.seeds.allSatisfy { Search.summary($0, in: search.folder) != nil }
    if seeds && !folder.isConcluded(unit.arm, of: plan) { _ = try search.conclude(prepared) }
    return true
  }
}
