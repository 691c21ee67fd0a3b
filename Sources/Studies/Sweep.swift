import Basics
public import Database
import Foundation

/// Does the runs of a list that a table does not have yet, side by side on a few threads, and keeps their rows.
public struct Sweep<Record: RunRecord>: Sendable {
  public var table: RunTable<Record>
  public var threads: Int
  /// No more runs than this.
  public var budget = Int.max
  /// Called now and then with the runs done and to do in this session.
  public var progress: @Sendable (Int, Int) -> Void = { _, _ in }
  /// Rows wait for company at most this long, and in no greater number than 512.
  public var flushSeconds = 1.0

  public init(table: RunTable<Record>, threads: Int) {
    self.table = table
    self.threads = threads
  }

  /// How long a session took.
  public struct Session: Sendable {
    public var runs: Int
    public var seconds: Double
  }

  /// - Parameters:
  ///   - command: What the session is noted as in the table.
  ///   - body: Does one run; it is called on several threads.
  /// - Throws: `Interruption.problem` if the user asked to stop; the first failure of a run or of the table. What was done
  ///   before is kept.
  @discardableResult
  public func run<Run: Sendable>(
    _ runs: [Run], name: (Run) -> String, command: String, body: @escaping @Sendable (Run) throws -> Record
  ) throws -> Session {
    let done = try table.names()
    let missing = Array(runs.filter { !done.contains(name($0)) }.prefix(budget))
    let start = Date(), queue = Queue(runs: missing, sweep: self, body: body)
    queue.work()
    let session = Session(runs: queue.finished, seconds: Date().timeIntervalSince(start))
    if session.runs > 0 {
      try table.note(
        start: start, seconds: session.seconds, runs: session.runs, threads: threads, command: command)
    }
    if let failure = queue.failure { throw failure }
    return session
  }

  /// The runs that are left, and the rows that wait to be written.
  ///
  /// It is `@unchecked Sendable` because a lock guards all that changes.
  private final class Queue<Run: Sendable>: @unchecked Sendable {
    private let runs: [Run]
    private let sweep: Sweep
    private let body: @Sendable (Run) throws -> Record
    private let lock = NSLock()
    private var next = 0
    private var rows: [Record] = []
    private var lastFlush = Date()
    private(set) var finished = 0
    private(set) var failure: (any Error)?

    init(runs: [Run], sweep: Sweep, body: @escaping @Sendable (Run) throws -> Record) {
      self.runs = runs
      self.sweep = sweep
      self.body = body
    }

    func work() {
      let group = DispatchGroup()
      for _ in 0..<max(1, min(sweep.threads, runs.count)) {
        group.enter()
        let thread = Thread { [self] in
          walk()
          group.leave()
        }
        thread.stackSize = 16 << 20
        thread.start()
      }
      group.wait()
      lock.withLock { flush() }
    }

    private func walk() {
      while let run = take() {
        let result = Result { try body(run) }
        lock.withLock { keep(result) }
      }
    }

    private func take() -> Run? {
      lock.withLock {
        if Interruption.isRequested { failure = failure ?? Interruption.problem }
        guard failure == nil, next < runs.count else { return nil }
        next += 1
        return runs[next - 1]
      }
    }

    private func keep(_ result: Result<Record, any Error>) {
      switch result {
      case .success(let record):
        rows.append(record)
        if rows.count >= 512 || Date().timeIntervalSince(lastFlush) >= sweep.flushSeconds { flush() }
      case .failure(let error): failure = failure ?? error
      }
    }

    private func flush() {
      lastFlush = Date()
      do {
        try sweep.table.insert(rows)
        finished += rows.count
        rows = []
        sweep.progress(finished, runs.count)
      } catch { failure = failure ?? error }
    }
  }
}
