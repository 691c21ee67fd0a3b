import Basics
import Foundation

/// Runs jobs on a few threads; jobs may add jobs. Jobs of the chain (the rounds of a seed) go before leaves (controls), so
/// that no core idles while another walks the last chain.
///
/// It is `@unchecked Sendable` because all its state is behind one lock.
public final class WorkerPool: @unchecked Sendable {
  public typealias Job = @Sendable () throws -> Void

  private let condition = NSCondition()
  private var chain: [Job] = []
  private var leaves: [Job] = []
  private var running = 0
  private var failure: (any Error)?
  private let tolerates: @Sendable (any Error) -> Bool

  /// - Parameter tolerates: Whether the rest goes on although a job failed so.
  public init(tolerating tolerates: @escaping @Sendable (any Error) -> Bool = { _ in false }) {
    self.tolerates = tolerates
  }

  public func add(_ job: @escaping Job, leaf: Bool) {
    condition.withLock { if leaf { leaves.append(job) } else { chain.append(job) } }
    condition.broadcast()
  }

  /// Runs until no job is left. After a failure that is not tolerated no further job starts.
  /// - Throws: The first such failure, or `Problem.failed` if the system gives fewer threads.
  public func run(workers: Int) throws {
    try SystemThread.together(workers, stackSize: 16 << 20) { [self] _ in work() }
    if let failure { throw failure }
  }

  private func work() {
    while let job = next() {
      do { try job() } catch {
        if !tolerates(error) { condition.withLock { failure = failure ?? error } }
      }
      condition.withLock { running -= 1 }
      condition.broadcast()
    }
  }

  /// The next job; waits while running jobs may still add some, and is `nil` when all is done.
  private func next() -> Job? {
    condition.withLock {
      while failure == nil {
        if !chain.isEmpty || !leaves.isEmpty {
          running += 1
          return chain.isEmpty ? leaves.removeFirst() : chain.removeFirst()
        }
        if running == 0 { return nil }
        condition.wait()
      }
      return nil
    }
  }
}
