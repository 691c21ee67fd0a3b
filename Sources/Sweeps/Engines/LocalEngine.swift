import Basics
import Experiments
import Foundation
import Tickets

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Does units of a sweep on this machine, each in a process of its own: whatever happens to one touches no other.
package struct LocalEngine: Sendable {
  package var folder: SweepFolder
  package var plan: SweepPlan
  package var budget: SweepBudget
  /// Processes at once.
  package var cores: Int
  /// Processes are not started beyond this, except the first.
  package var memoryBytes: Int
  /// The command that does a unit: program and arguments, for so many threads.
  package var command: @Sendable (SweepPlan.Unit, Int) -> [String]
  /// How often a unit whose process was killed is started again.
  package var restarts = 3
  /// Called about five times a second.
  package var watch: @Sendable (Tally) -> Void = { _ in }

  package init(
    folder: SweepFolder, plan: SweepPlan, budget: SweepBudget, cores: Int, memoryBytes: Int,
    command: @escaping @Sendable (SweepPlan.Unit, Int) -> [String]
  ) {
    self.folder = folder
    self.plan = plan
    self.budget = budget
    self.cores = cores
    self.memoryBytes = memoryBytes
    self.command = command
  }

  /// How far the engine is.
  package struct Tally: Equatable, Sendable {
    package var all: Int
    package var done = 0
    package var failed = 0
    package var running = 0
    package var elapsed = 0.0
    /// Estimated seconds; `nil` before anything can be said.
    package var left: Double?

    package init(all: Int) { self.all = all }
  }

  /// - Throws: `Interruption.problem` if the user or `tombola sweep cancel` asked to stop, and `Problem.cannotWrite` where
  ///   nothing more can be written; running units have saved what they have. A failing unit throws nothing.
  @discardableResult
  package func run(_ units: [SweepPlan.Unit]) throws -> Tally {
    var session = Session(engine: self, units: units)
    return try session.run()
  }
}

extension LocalEngine {
  private struct Job {
    var unit: SweepPlan.Unit
    var process: ChildProcess
    var memoryBytes: Int
    /// The dense training that others must not begin meanwhile.
    var dense: URL?
  }

  private struct Session {
    let engine: LocalEngine
    private var waiting: [SweepPlan.Unit]
    private var jobs: [Job] = []
    private var kills: [SweepPlan.Unit: Int] = [:]
    /// In seconds of `watch`.
    private var notBefore: [SweepPlan.Unit: Double] = [:]
    private var tally: Tally
    private let watch = Stopwatch()
    private var lastReport = -1.0
    private let expected: Double
    private let threads: Int

    init(engine: LocalEngine, units: [SweepPlan.Unit]) {
      self.engine = engine
      waiting = units
      tally = Tally(all: units.count)
      expected = engine.budget.total(units, of: engine.plan).seconds
      threads = max(1, engine.cores / max(1, units.count))
    }

    mutating func run() throws -> Tally {
      do {
        while !waiting.isEmpty || !jobs.isEmpty {
          if Interruption.isRequested || engine.folder.isCancelled { throw Interruption.problem }
          try reap()
          try startWhatFits()
          report()
          usleep(jobs.isEmpty ? 100_000 : 10_000)
        }
      } catch {
        stop()
        throw error
      }
      report(now: true)
      return tally
    }

    /// Lets running units save what they have.
    private mutating func stop() {
      for job in jobs { job.process.send(SIGTERM) }
      while !jobs.isEmpty {
        jobs.removeAll { $0.process.exitCode() != nil }
        usleep(10_000)
      }
    }

    // MARK: ends

    private mutating func reap() throws {
      var ended: [(Job, Int32)] = []
      jobs.removeAll { job in
        guard let code = job.process.exitCode() else { return false }
        ended.append((job, code))
        return true
      }
      for (job, code) in ended { try settle(job.unit, code) }
    }

    private mutating func settle(_ unit: SweepPlan.Unit, _ code: Int32) throws {
      switch code {
      case 0: tally.done += 1
      case SweepWorker.busyCode:
        notBefore[unit] = watch.seconds + 0.3
        waiting.append(unit)
      case Problem.Kind.cannotWrite.exitCode:
        throw Problem.cannotWrite(engine.lastWords(unit), remedy: "Then start the same command again: it continues.")
      case 129..., Problem.Kind.interrupted.exitCode:
        kills[unit, default: 0] += 1
        if kills[unit, default: 0] <= engine.restarts { waiting.append(unit) } else { try fail(unit, code) }
      default: try fail(unit, code)
      }
    }

    private mutating func fail(_ unit: SweepPlan.Unit, _ code: Int32) throws {
      tally.failed += 1
      let before = engine.folder.failure(unit)?.attempts ?? 0
      let problem = code > 128 ? "ended by signal \(code - 128), \(engine.restarts + 1) times" : engine.lastWords(unit)
      try engine.folder.keep(
        SweepFolder.Failure(
          problem: problem, code: code, attempts: before + 1, time: Moment.now), of: unit)
    }

    // MARK: starts

    private mutating func startWhatFits() throws {
      while jobs.count < engine.cores, let next = nextUnit() {
        let unit = waiting[next], memory = engine.memory(unit)
        let inUse = jobs.reduce(0) { $0 + $1.memoryBytes }
        guard jobs.isEmpty || inUse + memory <= engine.memoryBytes else { return }
        waiting.remove(at: next)
        let words = engine.command(unit, threads)
        let process = try ChildProcess(words[0], Array(words.dropFirst()), log: engine.folder.log(unit))
        jobs.append(Job(unit: unit, process: process, memoryBytes: memory, dense: engine.dense(unit)))
      }
    }

    /// The first unit that need not wait for another's dense training, or for another process.
    private func nextUnit() -> Int? {
      let blocked = Set(
        jobs.compactMap { job in
          job.dense.flatMap { SharedDense.isDone($0, seed: job.unit.seed) ? nil : Need($0, job.unit.seed) }
        })
      let now = watch.seconds
      return waiting.firstIndex { unit in
        if let time = notBefore[unit], time > now { return false }
        return blocked.isEmpty || !(engine.dense(unit).map { blocked.contains(Need($0, unit.seed)) } ?? false)
      }
    }

    private struct Need: Hashable {
      var dense: URL
      var seed: UInt64
      init(_ dense: URL, _ seed: UInt64) { (self.dense, self.seed) = (dense, seed) }
    }

    private mutating func report(now: Bool = false) {
      guard now || watch.seconds - lastReport >= 0.2 else { return }
      lastReport = watch.seconds
      tally.running = jobs.count
      tally.elapsed = lastReport
      let settled = tally.done + tally.failed, open = tally.all - settled
      let rate = settled > 0 ? tally.elapsed / Double(settled) : expected / Double(max(1, tally.all * engine.cores))
      tally.left = rate > 0 ? rate * Double(open) : nil
      engine.watch(tally)
    }
  }

  private func memory(_ unit: SweepPlan.Unit) -> Int {
    let known = budget.arms[plan.arms[unit.arm].run]?.estimate.memoryBytes ?? 0
    return known > 0 ? known : memoryBytes / max(1, cores)
  }

  private func dense(_ unit: SweepPlan.Unit) -> URL? {
    guard let name = budget.arms[plan.arms[unit.arm].run]?.dense, !name.isEmpty else { return nil }
    return folder.store.appendingPathComponent(name)
  }

  /// What the unit's process said last.
  private func lastWords(_ unit: SweepPlan.Unit) -> String {
    let text = (try? Data(contentsOf: folder.log(unit))).map { String(decoding: $0.suffix(4000), as: UTF8.self) } ?? ""
    let lines = text.split(separator: "\n")
    guard let place = lines.lastIndex(where: { $0.hasPrefix("tombola: ") }) else {
      return lines.last.map(String.init) ?? "it said nothing"
    }
    return lines[place...].prefix(2).map { $0.trimmingPrefix("tombola: ").trimmingCharacters(in: .whitespaces) }
      .joined(separator: " ")
  }
}
