import Basics
import Foundation
import Pages
import Sweeps
import Tickets

/// Runs a sweep from the command line: plan, progress, table, report.
struct SweepSession {
  let plan: SweepPlan
  let folder: SweepFolder
  let options: SweepOptions

  /// Units that are neither done nor failed for good; those of arms that lack only their result are among them.
  private func open(failed: Set<String>) -> [SweepPlan.Unit] {
    var arms: Set<Int> = []
    let units = plan.units.filter { unit in
      if failed.contains(unit.name) { return false }
      let isOpen = folder.summary(unit, of: plan) == nil
      if isOpen { arms.insert(unit.arm) }
      return isOpen
    }
    let broken = Set(failed.compactMap { plan.unit(named: $0)?.arm })
    let unfinished = plan.arms.indices.filter { arm in
      !arms.contains(arm) && !broken.contains(arm) && !folder.isConcluded(arm, of: plan)
    }
    return units + unfinished.map { plan.unit(arm: $0, seed: plan.seeds[0]) }
  }

  func printPlan() throws {
    let budget = try SweepBudget(of: plan, in: folder.store, locator: options.data.locator, known: folder.budget)
    let open = open(failed: options.retry ? [] : folder.failedUnits())
    let outline = SweepOutline(plan: plan, open: open, budget: budget, cores: options.cores)
    if options.json { try Terminal.json(outline) } else { Terminal.print(outline.text) }
  }

  func run(_ source: Data) throws {
    let budget = try SweepBudget(of: plan, in: folder.store, locator: options.data.locator, known: folder.budget)
    let lock = try folder.open(source)
    defer { withExtendedLifetime(lock) {} }
    try folder.keep(budget)
    folder.uncancel()
    if options.retry { for unit in plan.units { folder.forgetFailure(of: unit) } }
    let open = open(failed: folder.failedUnits())
    budget.data?.forEach(Terminal.note)
    Terminal.note(SweepOutline(plan: plan, open: open, budget: budget, cores: options.cores).summary)
    if !open.isEmpty {
      switch options.slurm.engine {
      case .local: try carryOut(open, budget)
      case .slurm: guard try submit(open, budget) else { return }
      }
    }
    try conclude()
  }

  /// The units of one task of a job array, as Slurm starts it.
  func run(pack units: [SweepPlan.Unit]) throws {
    let failed = folder.failedUnits(), open = Set(open(failed: failed)).intersection(units)
    try carryOut(units.filter(open.contains), folder.budget)
  }

  /// - Returns: Whether everything is done: with `--wait` alone.
  private func submit(_ units: [SweepPlan.Unit], _ budget: SweepBudget) throws -> Bool {
    let slurm = options.slurm
    let words = [program, "sweep", "pack", plan.name, "--out", folder.store.path, "--cores", "\(options.cores)"]
    var engine = SlurmEngine(
      folder: folder, plan: plan, budget: budget,
      command: words + (options.data.dataDir.map { ["--data-dir", $0] } ?? []))
    (engine.pack, engine.cores, engine.timeLimit, engine.options) = (
      slurm.pack, options.cores, slurm.time, slurm.options
    )
    let jobs = try engine.submit(units)
    Terminal.note(
      jobs.isEmpty ? "Everything is in Slurm's queue already." : "Slurm: job \(jobs.joined(separator: ", "))")
    guard slurm.wait else {
      Terminal.print("See how far it is with: tombola sweep status \(Shell.quoted(folder.url.path))")
      return false
    }
    try wait(for: units, engine)
    return true
  }

  /// Looks every second at the run folders, and at Slurm's queue. What has left the queue without being done, because a task
  /// was ended from outside or met another at work on its run, is submitted again as long as that leads on.
  private func wait(for units: [SweepPlan.Unit], _ engine: SlurmEngine) throws {
    let line = SweepLine(), watch = Stopwatch()
    var fruitless = 0, doneBefore = 0
    defer { line.end() }
    while true {
      let failed = folder.failedUnits(), states = units.map { folder.state($0, of: plan, failed: failed) }
      var tally = LocalEngine.Tally(all: units.count)
      (tally.done, tally.failed) = (states.count { $0 == .done }, states.count { $0 == .failed })
      (tally.running, tally.elapsed) = (states.count { $0 == .running }, watch.seconds)
      line.show(tally)
      try Interruption.check()
      if try SlurmQueue(folder).live().isEmpty {
        // What ended between the two looks counts as well.
        let failed = folder.failedUnits()
        let left = units.filter { ![.done, .failed].contains(folder.state($0, of: plan, failed: failed)) }
        if left.isEmpty || folder.isCancelled { return }
        fruitless = units.count - left.count > doneBefore ? 1 : fruitless + 1
        doneBefore = units.count - left.count
        guard fruitless <= 3 else {
          throw Problem.badData(
            "\(left.count) runs left Slurm's queue three times without being done.",
            remedy:
              "Read the tasks' logs in \(folder.slurm.path), then: tombola sweep resume \(Shell.quoted(folder.url.path))"
          )
        }
        let jobs = try engine.submit(left)
        Terminal.note("\(left.count) runs left Slurm's queue undone; again in job \(jobs.joined(separator: ", "))")
      }
      Thread.sleep(forTimeInterval: 1)
    }
  }

  private var program: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }

  private func carryOut(_ units: [SweepPlan.Unit], _ budget: SweepBudget) throws {
    var engine = LocalEngine(
      folder: folder, plan: plan, budget: budget, cores: options.cores, memoryBytes: options.memoryBytes,
      command: unitCommand)
    let line = SweepLine()
    engine.watch = line.show
    defer { line.end() }
    try engine.run(units)
  }

  /// This program again, for one unit.
  private var unitCommand: @Sendable (SweepPlan.Unit, Int) -> [String] {
    let program = program, out = folder.store.path, name = plan.name
    let data = options.data.dataDir.map { ["--data-dir", $0] } ?? []
    return { unit, threads in
      [program, "sweep", "unit", name, unit.name, "--out", out, "--threads", "\(threads)"] + data
    }
  }

  /// Writes the sweep's results and says what they are.
  ///
  /// - Throws: `Problem.Kind.failed` if some units failed.
  private func conclude() throws {
    let result = SweepStatistics(folder: folder, plan: plan).result()
    try folder.keep(result)
    let report = folder.url.appendingPathComponent("report.html"), document = SweepReport(result).document
    try AtomicFile.write(document.html(chartScript: ChartLibrary.locate()), to: report)
    if options.json { try Terminal.json(result) } else { Terminal.print(document.text) }
    Terminal.note("report: \(report.path)")
    guard result.failed > 0 else { return }
    let first = result.arms.flatMap(\.failures).first
    throw Problem(
      .failed, "\(result.failed) of \(plan.units.count) runs failed; the first: \(first?.problem ?? "")",
      remedy: "Their logs are in \(folder.url.path)/logs; run them again with --retry.")
  }
}

/// A live line in a terminal, else a line every ten seconds.
final class SweepLine: @unchecked Sendable {
  private let lock = NSLock()
  private var sinceLine = Stopwatch()

  @Sendable func show(_ tally: LocalEngine.Tally) {
    let left = tally.left.map { ", about \(Terminal.duration($0)) left" } ?? ""
    let failed = tally.failed > 0 ? ", \(tally.failed) failed" : ""
    let text =
      "\(tally.done) of \(tally.all) runs done\(failed), \(tally.running) running, \(Terminal.duration(tally.elapsed))\(left)"
    lock.withLock {
      if Terminal.isInteractive {
        Terminal.live(text)
      } else if sinceLine.seconds >= 10 {
        sinceLine = Stopwatch()
        Terminal.note(text)
      }
    }
  }

  func end() { if Terminal.isInteractive { Terminal.endLive() } }
}
