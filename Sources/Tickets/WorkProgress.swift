import Basics
import Foundation

/// How far work is: thread-safe counts of work done, with an estimate of the time left.
///
/// It is `@unchecked Sendable` because all its state is behind one lock.
public final class WorkProgress: @unchecked Sendable {
  private let lock = NSLock()
  private var done = 0.0
  private var skipped = 0.0
  private var stage = ""
  private var expected: Double
  private let watch = Stopwatch()

  /// - Parameter expected: Work in all, as `work` counts it.
  public init(expected: Double) { self.expected = max(expected, 1) }

  /// A step costs about this much relative to a dense one: part of it does not depend on the density.
  public static func work(steps: Int, density: Double) -> Double { Double(steps) * (0.15 + 0.85 * density) }

  public func advanced(_ stage: String, steps: Int, density: Double) {
    lock.withLock {
      done += Self.work(steps: steps, density: density)
      self.stage = stage
    }
  }

  /// Work that an earlier start of the same command has done.
  public func finished(steps: Int, density: Double) {
    lock.withLock { skipped += Self.work(steps: steps, density: density) }
  }

  /// Notes work that was found on the way.
  public func expect(_ work: Double) { lock.withLock { expected += work } }

  public struct Snapshot: Sendable {
    public var fraction: Double
    public var stage: String
    public var elapsed: Double
    /// Estimated seconds; `nil` before anything can be said.
    public var left: Double?
  }

  public var snapshot: Snapshot {
    lock.withLock {
      let elapsed = watch.seconds, fraction = min(1, (done + skipped) / expected)
      let rest = max(0, expected - done - skipped)
      return Snapshot(
        fraction: fraction, stage: stage, elapsed: elapsed,
        left: done > 0 && elapsed > 0.5 ? elapsed * rest / done : nil)
    }
  }
}
