import Basics
import Foundation

/// A part of the work that failed while the rest went on.
public struct WorkFailure: Codable, Equatable, Sendable {
  public var seed: UInt64
  public var unit: String
  /// What happened: the training, its rate, the step.
  public var problem: String
  public var remedy: String
  /// Whether the whole seed is left out for it.
  public var isSeedLeftOut: Bool

  var sentence: String {
    let what = isSeedLeftOut ? "Seed \(seed) failed and is left out" : "Part of seed \(seed) failed and is left out"
    return "\(what) (\(unit)): \(problem) \(remedy)"
  }
}

/// Failures as they come, from several threads.
///
/// It is `@unchecked Sendable` because a lock guards all that changes.
final class FailureList: @unchecked Sendable {
  private let lock = NSLock()
  private var list: [(unit: WorkUnit, problem: Problem)] = []

  func add(_ unit: WorkUnit, _ problem: Problem) { lock.withLock { list.append((unit, problem)) } }

  /// The first of each unit, by seed and name.
  var all: [(unit: WorkUnit, problem: Problem)] {
    lock.withLock {
      var seen: Set<WorkUnit> = []
      return list.filter { seen.insert($0.unit).inserted }.sorted {
        ($0.unit.seed, $0.unit.name) < ($1.unit.seed, $1.unit.name)
      }
    }
  }
}
