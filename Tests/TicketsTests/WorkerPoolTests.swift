import Basics
import Foundation
import Testing
import Tickets

/// What is put on the pool is run, in its order, to its end.
@Suite struct WorkerPoolTests {
  /// Notes what ran, from any thread.
  private final class Log: @unchecked Sendable {
    private let lock = NSLock()
    private var names: [String] = []
    func note(_ name: String) { lock.withLock { names.append(name) } }
    var all: [String] { lock.withLock { names } }
  }

  private struct Failure: Error, Equatable { var name: String }

  @Test func chainsGoBeforeLeaves() throws {
    let pool = WorkerPool(), log = Log()
    for name in ["leaf 1", "leaf 2"] { pool.add({ log.note(name) }, leaf: true) }
    pool.add(
      {
        log.note("round 1")
        pool.add({ log.note("leaf of round 1") }, leaf: true)
        pool.add({ log.note("round 2") }, leaf: false)
      }, leaf: false)
    try pool.run(workers: 1)
    #expect(log.all == ["round 1", "round 2", "leaf 1", "leaf 2", "leaf of round 1"])
  }

  /// Jobs add jobs, over more levels and workers than there are cores; none is lost and none is run twice.
  @Test(arguments: [1, 2, 7]) func jobsThatJobsAddAreRun(_ workers: Int) throws {
    let pool = WorkerPool(), log = Log()
    @Sendable func grow(_ name: String, _ depth: Int) {
      log.note(name)
      guard depth > 0 else { return }
      for child in 0..<3 { pool.add({ grow("\(name).\(child)", depth - 1) }, leaf: child == 2) }
    }
    pool.add({ grow("0", 4) }, leaf: false)
    try pool.run(workers: workers)
    #expect(log.all.count == 1 + 3 + 9 + 27 + 81 && Set(log.all).count == log.all.count)
    try pool.run(workers: workers)
    #expect(log.all.count == 121, "an empty pool ends at once")
  }

  @Test func afterAFailureNothingStarts() throws {
    let pool = WorkerPool(), log = Log()
    pool.add({ throw Failure(name: "first") }, leaf: false)
    pool.add({ throw Failure(name: "second") }, leaf: false)
    pool.add({ log.note("later") }, leaf: true)
    #expect(throws: Failure(name: "first")) { try pool.run(workers: 1) }
    #expect(log.all.isEmpty)
  }

  @Test func toleratedFailuresLeaveTheOthers() throws {
    let log = Log(), pool = WorkerPool { ($0 as? Failure)?.name == "tolerated" }
    pool.add({ throw Failure(name: "tolerated") }, leaf: false)
    pool.add({ log.note("later") }, leaf: true)
    try pool.run(workers: 2)
    #expect(log.all == ["later"])
    pool.add({ throw Failure(name: "other") }, leaf: false)
    #expect(throws: Failure(name: "other")) { try pool.run(workers: 2) }
  }
}

/// How far work is.
@Suite struct WorkProgressTests {
  @Test func countsWhatIsDone() {
    let progress = WorkProgress(expected: WorkProgress.work(steps: 300, density: 1))
    #expect(progress.snapshot.fraction == 0 && progress.snapshot.left == nil)
    progress.finished(steps: 100, density: 1)
    progress.advanced("dense", steps: 100, density: 1)
    let half = progress.snapshot
    #expect(abs(half.fraction - 2.0 / 3) < 1e-12 && half.stage == "dense" && half.elapsed >= 0)
    // What turns up on the way lowers the share; more than was expected is never more than all.
    progress.expect(WorkProgress.work(steps: 100, density: 1))
    #expect(abs(progress.snapshot.fraction - 0.5) < 1e-12)
    progress.advanced("round-01", steps: 10_000, density: 0.1)
    #expect(progress.snapshot.fraction == 1)
  }

  /// What remains takes as long as what this process has done itself; what was there before says nothing of its speed.
  @Test func timeLeftIsThatOfOwnWork() throws {
    let progress = WorkProgress(expected: 100)
    progress.finished(steps: 50, density: 1)
    #expect(progress.snapshot.left == nil)
    progress.advanced("dense", steps: 10, density: 1)
    while progress.snapshot.elapsed <= 0.5 { usleep(20_000) }
    let now = progress.snapshot, left = try #require(now.left)
    #expect(abs(left - 4 * now.elapsed) < 1e-9 * now.elapsed)
    progress.advanced("dense", steps: 40, density: 1)
    #expect(progress.snapshot.left == 0)
  }

  @Test func sparseStepsAreLessWork() {
    let densities = [1, 0.5, 0.1, 0.01, 0]
    let work = densities.map { WorkProgress.work(steps: 1000, density: $0) }
    #expect(work[0] == 1000 && zip(work, work.dropFirst()).allSatisfy { $0 > $1 } && work.last! > 0)
  }
}
