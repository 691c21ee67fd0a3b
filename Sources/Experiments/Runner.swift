public import Basics
public import Datasets
public import Foundation
import Lanes
public import Networks
import Pages
public import Tickets
import Training

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
  /// - Returns: What there is; its `failures` name the networks that could not be finished.
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
    let failures = try schedule(units, prepared, files, progress, shared: nil)
    for seed in experiment.seeds { try summarise(seed, files, prepared, failures) }
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
  /// - Throws: `Problem`, also where a network could not be finished; everything that finished is on disk.
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
    let failures = try schedule(units, prepared, files, progress, shared: output)
    let summary = try summarise(seed, files, prepared, failures)
    if let problem = failures.problem { throw problem }
    return .done(summary)
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

  /// - Returns: The networks that could not be finished, by seed; what waited for them was not begun.
  private func schedule(
    _ units: [WorkUnit], _ prepared: Prepared, _ files: RunFolder, _ progress: WorkProgress, shared: URL?
  ) throws -> [NetworkFailure] {
    let failures = FailureList(), workers = WorkerPool(tolerating: failures.note), plan = UnitPlan(units)
    let isAlone = units.count == 1 && !(units[0].spawns && threads > 1)
    @Sendable func add(_ unit: WorkUnit) throws {
      let bench = Bench(
        material: prepared.material, unit: unit, folder: files, store: try files.store(unit.folder),
        threads: isAlone || plan.isChain ? threads : 1, execution: execution, progress: progress, workers: workers,
        shared: shared)
      workers.add(
        {
          if Interruption.isRequested { throw Interruption.problem }
          do { try experiment.run(unit, on: bench) } catch let problem as Problem {
            throw problem.at(seed: unit.seed, network: unit.name)
          }
          for next in plan.finished(unit) { try add(next) }
        }, leaf: false)
    }
    for unit in plan.first { try add(unit) }
    try workers.run(workers: isAlone || plan.isChain ? 1 : threads)
    return failures.sorted
  }

  /// Problems of single networks, noted from several threads.
  ///
  /// It is `@unchecked Sendable` because all its state is behind one lock.
  private final class FailureList: @unchecked Sendable {
    private let lock = NSLock()
    private var failures: [NetworkFailure] = []

    @Sendable func note(_ error: any Error) -> Bool {
      guard let problem = error as? Problem, problem.isOfOneNetwork else { return false }
      lock.withLock { failures.append(NetworkFailure(problem)) }
      return true
    }

    var sorted: [NetworkFailure] { lock.withLock { failures.sorted { ($0.seed, $0.network) < ($1.seed, $1.network) } } }
  }

  // MARK: what seeds gave

  /// The summary of a seed that is done; `nil` if it is missing, damaged, or a record that it names is gone.
  public static func summary(_ seed: UInt64, in folder: URL) -> SeedSummary? { SeedSummary(of: seed, in: folder) }

  /// Writes what a seed gave in short. A summary that says the same stays as it is.
  @discardableResult
  private func summarise(
    _ seed: UInt64, _ files: RunFolder, _ prepared: Prepared, _ failures: [NetworkFailure]
  ) throws -> SeedSummary {
    let failures = failures.filter { $0.seed == seed }
    let records = Records(
      folder: files, seeds: experiment.seeds, material: prepared.material, failures: failures)
    let stages = try experiment.stages(of: seed, records)
    let seconds = try stages.reduce(0.0) { sum, stage in
      guard let record = try records.record(stage.name, of: seed) else { return sum }
      return sum + record.trainingSeconds + record.evaluationSeconds
    }
    var summary = SeedSummary(
      seed: seed, stages: stages, seconds: seconds, residentBytes: ProcessMemory.largestResident,
      finished: Moment.now, settings: experiment.settings.extent)
    if !failures.isEmpty { summary.failures = failures }
    if failures.isEmpty, let before = Self.summary(seed, in: files.url), before.stages == stages,
      before.settings == summary.settings
    {
      return before
    }
    try files.write(summary, to: SeedSummary.fileName(seed))
    return summary
  }

  /// The records of seeds and networks that can be compared: all of them, unless some could not be finished.
  private func comparable(_ files: RunFolder, _ prepared: Prepared) throws -> Records<E.Material> {
    let summaries = experiment.seeds.compactMap { SeedSummary(partOf: $0, in: files.url) }
    let failures = summaries.flatMap { $0.failures ?? [] }
    guard !failures.isEmpty else {
      return Records(folder: files, seeds: experiment.seeds, material: prepared.material)
    }
    let whole = summaries.comparable
    return Records(
      folder: files, seeds: whole.map(\.seed), material: prepared.material, failures: failures,
      networks: Set(whole.first?.stages.map(\.name) ?? []))
  }

  /// - Throws: `Problem.Kind.failed` where what could not be finished leaves nothing to report.
  private func finding(_ records: Records<E.Material>) throws -> E.Finding {
    guard let failure = records.failures.problem else { return try experiment.finding(records) }
    let nothing = Problem(
      .failed, "\(failure.problem) What is left is too little for a result.", remedy: failure.remedy)
    guard !records.seeds.isEmpty else { throw nothing }
    do { return try experiment.finding(records) } catch let problem as Problem where problem.kind == .badData {
      throw nothing
    }
  }

  private func conclude(_ prepared: Prepared, _ files: RunFolder, since clock: Stopwatch) throws -> Record<E.Finding> {
    let records = try comparable(files, prepared)
    var record = Record(
      command: E.name, settings: experiment.settings.texts, seeds: records.seeds,
      dataset: prepared.material.dataset, finding: try finding(records), reproduce: reproduce)
    record.failures = records.failures
    record.guess = prepared.material.guess
    record.seconds = try experiment.seconds(records)
    record.seconds["data"] = prepared.seconds
    record.residentBytes = ProcessMemory.largestResident
    record.seconds["total"] = clock.seconds
    try experiment.keep(&record, records)
    record.verdict = E.verdict(record) + record.failureSentences(of: experiment.seeds) + prepared.material.notes
    record.figures = E.figures(record)
    try files.write(record, to: "result.json")
    try AtomicFile.write(
      E.report(record).html(chartScript: ChartLibrary.locate()), to: files.url.appendingPathComponent("report.html"))
    return record
  }
}
