public import Basics
public import Datasets
public import Foundation
public import Lanes
public import Networks
import Pages
public import Tickets
public import Training

/// Runs an experiment: what is not done yet of all seeds side by side on the cores, or one seed alone, as sweeps do.
public struct Runner<E: Experiment>: Sendable {
  public let experiment: E
  /// Threads in all.
  public var threads: Int
  /// The folder that holds run folders.
  public var output: URL
  /// Which kernels run; the result is the same for all.
  public var execution = Execution.automatic
  /// The command line that repeats it.
  public var reproduce = ""

  public init(_ experiment: E, threads: Int, output: URL) {
    self.experiment = experiment
    self.threads = threads
    self.output = output
  }

  public var folder: URL { E.folder(experiment.settings, in: output) }

  /// Material with how long it took to load.
  public struct Prepared: Sendable {
    public let material: E.Material
    public let seconds: Double
  }

  public func prepared(_ locator: DataLocator) throws -> Prepared {
    let watch = Stopwatch(), material = try experiment.prepare(locator)
    return Prepared(material: material, seconds: watch.seconds)
  }

  /// Runs what is not done yet and returns the whole record.
  ///
  /// - Parameter watch: Called with the progress once the work starts.
  /// - Throws: `Problem`; everything that finished before is on disk.
  public func run(locator: DataLocator, watch: (WorkProgress) -> Void = { _ in }) throws -> Record<E.Finding> {
    let clock = Stopwatch(), prepared = try prepared(locator), files = RunFolder(folder)
    let units = try experiment.seeds.flatMap { try experiment.units(of: $0, prepared.material) }
    let identity = identity(prepared)
    let lock =
      try E.sharesFolder
      ? files.share(identity, onlyReads: units.isEmpty) : files.open(identity, parts: Set(units.map(\.folder)).sorted())
    defer { withExtendedLifetime(lock) {} }
    let progress = WorkProgress(
      expected: units.reduce(0) { $0 + $1.work }, announcement: prepared.material.announcement)
    watch(progress)
    try schedule(units, prepared, files, progress, shared: nil)
    for seed in experiment.seeds { try summarise(seed, files, prepared) }
    return try conclude(prepared, files, since: clock)
  }

  // MARK: one seed

  /// How one seed went.
  public enum SeedOutcome: Equatable, Sendable {
    /// All its units are done.
    case done(SeedSummary)
    /// Another process is at work on it.
    case busy
  }

  /// Does what is missing of one seed beside processes that work on others, and writes its summary last.
  ///
  /// - Throws: `Problem`; everything that finished before is on disk.
  public func runSeed(
    _ seed: UInt64, _ prepared: Prepared, watch: (WorkProgress) -> Void = { _ in }
  ) throws -> SeedOutcome {
    let files = RunFolder(folder), units = try experiment.units(of: seed, prepared.material)
    let parts = Set(units.map(\.folder) + ["seed-\(seed)"]).sorted()
    guard let locks = try files.join(identity(prepared), parts: parts) else { return .busy }
    defer { withExtendedLifetime(locks) {} }
    if let done = Self.summary(seed, in: folder), done.answers(experiment.settings.extent),
      isWhole(done, files, prepared)
    {
      return .done(done)
    }
    let progress = WorkProgress(
      expected: units.reduce(0) { $0 + $1.work }, announcement: prepared.material.announcement)
    watch(progress)
    try schedule(units, prepared, files, progress, shared: output)
    return .done(try summarise(seed, files, prepared))
  }

  /// Whether the records say what the summary says; one that is damaged since is made anew.
  private func isWhole(_ summary: SeedSummary, _ files: RunFolder, _ prepared: Prepared) -> Bool {
    let records = Records(folder: files, seeds: [summary.seed], material: prepared.material)
    return (try? experiment.stages(of: summary.seed, records)) == summary.stages
  }

  /// Puts all seeds, which must be done, together in `result.json` and the page.
  public func conclude(_ prepared: Prepared) throws -> Record<E.Finding> {
    let files = RunFolder(folder)
    try files.clear()
    return try conclude(prepared, files, since: Stopwatch())
  }

  private func identity(_ prepared: Prepared) -> RunIdentity {
    var identity = RunIdentity(
      command: E.name, settings: experiment.settings, reproduce: reproduce,
      dataDigest: prepared.material.dataset?.digest)
    identity.draws = prepared.material.draws
    identity.guess = prepared.material.guess
    return identity
  }

  // MARK: units

  private func schedule(
    _ units: [WorkUnit], _ prepared: Prepared, _ files: RunFolder, _ progress: WorkProgress, shared: URL?
  ) throws {
    let workers = WorkerPool(), plan = UnitPlan(units)
    let isAlone = units.count == 1 && !(units[0].spawns && threads > 1)
    @Sendable func add(_ unit: WorkUnit) throws {
      let bench = Bench(
        material: prepared.material, unit: unit, folder: files, store: try files.store(unit.folder),
        threads: isAlone || plan.isChain ? threads : 1, execution: execution, progress: progress, workers: workers,
        shared: shared)
      workers.add(
        {
          if Interruption.isRequested { throw Interruption.problem }
          try experiment.run(unit, on: bench)
          for next in plan.finished(unit) { try add(next) }
        }, leaf: false)
    }
    for unit in plan.first { try add(unit) }
    try workers.run(workers: isAlone || plan.isChain ? 1 : threads)
  }

  // MARK: what seeds gave

  /// The summary of a seed that is done; `nil` if it is missing, damaged, or a record that it names is gone.
  public static func summary(_ seed: UInt64, in folder: URL) -> SeedSummary? { SeedSummary(of: seed, in: folder) }

  /// Writes what a seed gave in short. A summary that says the same stays as it is.
  @discardableResult
  private func summarise(_ seed: UInt64, _ files: RunFolder, _ prepared: Prepared) throws -> SeedSummary {
    let records = Records(folder: files, seeds: experiment.seeds, material: prepared.material)
    let stages = try experiment.stages(of: seed, records)
    let seconds = try stages.reduce(0.0) { sum, stage in
      guard let record = try records.record(stage.name, of: seed) else { return sum }
      return sum + record.trainingSeconds + record.evaluationSeconds
    }
    let summary = SeedSummary(
      seed: seed, stages: stages, seconds: seconds, residentBytes: ProcessMemory.largestResident,
      finished: Moment.now, settings: experiment.settings.extent)
    if let before = Self.summary(seed, in: files.url), before.stages == stages, before.settings == summary.settings {
      return before
    }
    try files.write(summary, to: SeedSummary.fileName(seed))
    return summary
  }

  private func conclude(_ prepared: Prepared, _ files: RunFolder, since clock: Stopwatch) throws -> Record<E.Finding> {
    let records = Records(folder: files, seeds: experiment.seeds, material: prepared.material)
    var record = Record(
      command: E.name, settings: experiment.settings.texts, seeds: experiment.seeds,
      dataset: prepared.material.dataset, finding: try experiment.finding(records), reproduce: reproduce)
    record.guess = prepared.material.guess
    record.seconds = try experiment.seconds(records)
    record.seconds["data"] = prepared.seconds
    record.residentBytes = ProcessMemory.largestResident
    record.seconds["total"] = clock.seconds
    try experiment.keep(&record, records)
    record.verdict = E.verdict(record)
    record.figures = E.figures(record)
    try files.write(record, to: "result.json")
    try AtomicFile.write(
      E.report(record).html(chartScript: ChartLibrary.locate()), to: files.url.appendingPathComponent("report.html"))
    return record
  }
}
