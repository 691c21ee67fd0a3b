import Basics
package import Database
import Foundation
package import Tickets

/// Does the runs of a list that a table does not have yet, side by side on a few threads, and keeps their rows.
package struct TableRun<Row: RunRecord>: Sendable {
  package var table: RunTable<Row>
  package var threads: Int
  /// No more runs than this.
  package var budget = Int.max
  /// Rows wait for company at most this long, and in no greater number than 512.
  package var flushSeconds = 1.0

  package init(table: RunTable<Row>, threads: Int) {
    self.table = table
    self.threads = threads
  }

  /// - Parameters:
  ///   - command: What the session is noted as in the table.
  ///   - body: Does one run; it is called on several threads.
  /// - Returns: How many runs were done.
  /// - Throws: `Interruption.problem` if the user asked to stop; the first failure of a run or of the table. What was done
  ///   before is kept.
  @discardableResult
  package func run<Run: Sendable>(
    _ runs: [Run], name: (Run) -> String, command: String, progress: WorkProgress,
    body: @escaping @Sendable (Run) throws -> Row
  ) throws -> Int {
    let done = try table.names(), missing = Array(runs.filter { !done.contains(name($0)) }.prefix(budget))
    progress.expect(Double(missing.count))
    let start = Moment.now, watch = Stopwatch(), queue = Queue(runs: missing, of: self, progress, body: body)
    let result = Result { try queue.work() }
    if queue.finished > 0 {
      try table.note(
        TableSession(
          command: command, runs: queue.finished, threads: threads, seconds: watch.seconds,
          start: start))
    }
    try result.get()
    return queue.finished
  }

  /// The runs that are left, and the rows that wait to be written.
  ///
  /// It is `@unchecked Sendable` because a lock guards all that changes.
  private final class Queue<Run: Sendable>: @unchecked Sendable {
    private let runs: [Run]
    private let settings: TableRun
    private let progress: WorkProgress
    private let body: @Sendable (Run) throws -> Row
    private let lock = NSLock()
    private var next = 0
    private var rows: [Row] = []
    private var sinceFlush = Stopwatch()
    private var hasFailed = false
    private(set) var finished = 0

    init(runs: [Run], of settings: TableRun, _ progress: WorkProgress, body: @escaping @Sendable (Run) throws -> Row) {
      self.runs = runs
      self.settings = settings
      self.progress = progress
      self.body = body
    }

    func work() throws {
      let pool = WorkerPool(), workers = max(1, min(settings.threads, runs.count))
      for _ in 0..<workers { pool.add({ [self] in try walk() }, leaf: false) }
      let result = Result { try pool.run(workers: workers) }
      try lock.withLock { try flush() }
      try result.get()
    }

    private func walk() throws {
      do {
        while let run = try take() {
          let row = try body(run)
          try lock.withLock { try keep(row) }
        }
      } catch {
        lock.withLock { hasFailed = true }
        throw error
      }
    }

    private func take() throws -> Run? {
      try Interruption.check()
      return lock.withLock {
        guard !hasFailed, next < runs.count else { return nil }
        next += 1
        return runs[next - 1]
      }
    }

    private func keep(_ row: Row) throws {
      rows.append(row)
      if rows.count >= 512 || sinceFlush.seconds >= settings.flushSeconds { try flush() }
    }

    private func flush() throws {
      sinceFlush = Stopwatch()
      try settings.table.insert(rows)
      finished += rows.count
      progress.advanced("run \(finished) of \(runs.count)", steps: rows.count, density: 1)
      rows = []
    }
  }
}
