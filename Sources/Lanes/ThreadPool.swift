import CLanes

/// Threads that run one program together: each does its share of every task, and the shares are disjoint outputs, so the
/// number of threads never changes a bit.
///
/// It is `@unchecked Sendable` because the C pool behind it is only used by `run`, one caller at a time: a pool belongs to
/// one run.
public final class ThreadPool: @unchecked Sendable {
  let pool: OpaquePointer
  public let threads: Int

  public init(threads: Int) {
    precondition(threads > 0, "a pool of \(threads) threads")
    guard let pool = clanes_pool_create(Int32(threads)) else { fatalError("no memory for a thread pool") }
    self.pool = pool
    self.threads = threads
  }

  deinit { clanes_pool_destroy(pool) }
}
