import Basics
package import Datasets
import Experiments
import Foundation
package import Tickets

/// Does one unit of a sweep in this process, and puts an arm together once its last seed is done.
package struct SweepWorker: Sendable {
  package let folder: SweepFolder
  package let plan: SweepPlan
  package var threads = 1

  /// Exit code of a unit that another process is at work on (`EX_TEMPFAIL`).
  package static let busyCode: Int32 = 75

  package init(folder: SweepFolder, plan: SweepPlan) {
    self.folder = folder
    self.plan = plan
  }

  /// - Returns: `false` if another process is at work on the unit.
  /// - Throws: `Problem`; everything that finished before is on disk.
  package func run(
    _ unit: SweepPlan.Unit, locator: DataLocator, watch: (WorkProgress) -> Void = { _ in }
  ) throws -> Bool {
    // Swift 6.2 opens an existential that is a constant, but not this element of an array.
    let experiment = plan.arms[unit.arm].experiment
    return try run(experiment, unit, locator, watch)
  }

  private func run<E: Experiment>(
    _ experiment: E, _ unit: SweepPlan.Unit, _ locator: DataLocator, _ watch: (WorkProgress) -> Void
  ) throws -> Bool {
    var runner = Runner(experiment, threads: threads, output: folder.store)
    runner.reproduce = plan.arms[unit.arm].reproduce
    let prepared = try runner.prepared(locator)
    guard case .done = try runner.runSeed(unit.seed, prepared, watch: watch) else { return false }
    folder.forgetFailure(of: unit)
    let isWhole = plan.seeds.allSatisfy { folder.summary(plan.unit(arm: unit.arm, seed: $0), of: plan) != nil }
    guard isWhole, !folder.isConcluded(unit.arm, of: plan) else { return true }
    do { _ = try runner.conclude(prepared) } catch let problem as Problem where problem.kind == .badData {
      // A record is damaged since its seed was done: every seed is looked at anew.
      for seed in plan.seeds { _ = try runner.runSeed(seed, prepared, watch: watch) }
      _ = try runner.conclude(prepared)
    }
    return true
  }
}
