public import Basics
public import Datasets
public import Foundation
public import Networks
import Pruning
public import Training

/// What a search needs in memory before it trains; runs of the same data and network can share it.
public struct PreparedSearch: Sendable {
  public let data: TrainingData
  public let architecture: Architecture
  /// `Dataset.digest`.
  public let dataDigest: String
  /// How long loading took.
  public let seconds: Double
}

/// How one seed of a search went.
public enum SeedOutcome: Equatable, Sendable {
  /// All its trainings are on disk.
  case done(SeedSummary)
  /// Another process is at work on it.
  case busy
}

/// A search one seed at a time, by processes that may work on other seeds of the same folder: what sweeps are made of.
extension Search {
  public func prepared(_ locator: DataLocator) throws -> PreparedSearch {
    let began = Date(), (data, architecture) = try prepare(locator), digest = data.dataset.digest
    return PreparedSearch(
      data: data, architecture: architecture, dataDigest: digest, seconds: Date().timeIntervalSince(began))
  }

  /// Refuses settings that cannot work, with what was prepared for a search of the same data and network.
  public func check(_ prepared: PreparedSearch) throws {
    _ = try AlgorithmCatalog.algorithm(named: settings.algorithm)
    _ = try AllocationCatalog.allocation(named: settings.allocation)
    try settings.check(prepared.data, prepared.architecture)
  }

  /// Where the dense training that this search shares with others is kept.
  public func sharedDenseFolder(_ prepared: PreparedSearch) -> URL {
    SharedDense(settings, dataDigest: prepared.dataDigest, output: output).folder
  }

  /// Whether the dense training in a folder that `sharedDenseFolder` named is done.
  public static func sharedDenseIsDone(_ folder: URL, seed: UInt64) -> Bool { SharedDense.isDone(folder, seed: seed) }

  /// Trains what is missing of one seed, and writes its summary last.
  ///
  /// - Throws: `Problem`; everything that finished before is on disk.
  public func runSeed(
    _ seed: UInt64, _ prepared: PreparedSearch, watch: (WorkProgress) -> Void = { _ in }
  ) throws -> SeedOutcome {
    let files = RunFolder(folder), part = "seed-\(seed)"
    guard let locks = try files.join(identity(prepared.dataDigest), parts: [part]) else { return .busy }
    defer { withExtendedLifetime(locks) {} }
    if let done = Self.summary(seed, in: folder) { return .done(done) }
    let progress = WorkProgress(expected: expectedWork(prepared.data) / Double(seeds.count))
    watch(progress)
    let workers = WorkerPool(), sideBySide = !settings.controls.names.isEmpty && threads > 1
    let bench = StageTrainer(
      prepared.architecture, data: prepared.data, store: try files.store(part), threads: sideBySide ? 1 : threads,
      execution: execution, progress: progress)
    let shared = SharedDense(settings, dataDigest: prepared.dataDigest, output: output)
    let lab = try Lab(settings: settings, seed: seed, bench: bench, workers: workers, shared: shared)
    let algorithm = try AlgorithmCatalog.algorithm(named: settings.algorithm)
    workers.add({ try algorithm.findTickets(in: lab) }, leaf: false)
    try workers.run(workers: sideBySide ? threads : 1)
    return .done(try summarise(seed, files, prepared.architecture))
  }

  /// Puts the search's seeds, all of them done, together in `result.json`.
  public func conclude(_ prepared: PreparedSearch) throws -> SearchResult {
    let files = RunFolder(folder)
    if let alone = try FolderLock.ifFree(folder) {
      AtomicFile.removeLeftovers(in: [folder])
      withExtendedLifetime(alone) {}
    }
    return try conclude(
      prepared.data, prepared.dataDigest, prepared.architecture, files, dataSeconds: prepared.seconds, began: Date())
  }

  func identity(_ dataDigest: String) -> RunIdentity {
    RunIdentity(command: "find", settings: settings, reproduce: reproduce, dataDigest: dataDigest)
  }

  // MARK: summaries

  /// The summary of a seed that is done; `nil` if it is missing, damaged, or a record that it names is gone.
  public static func summary(_ seed: UInt64, in folder: URL) -> SeedSummary? {
    let url = folder.appendingPathComponent(SeedSummary.fileName(seed))
    guard let data = try? Data(contentsOf: url), let summary = try? JSONDecoder().decode(SeedSummary.self, from: data),
      summary.seed == seed, !summary.stages.isEmpty
    else { return nil }
    let records = summary.stages.map { folder.appendingPathComponent("seed-\(seed)/\($0.name).json").path }
    return records.allSatisfy(FileManager.default.fileExists) ? summary : nil
  }

  /// Writes what a seed gave in short. A summary that says the same stays as it is.
  @discardableResult
  func summarise(_ seed: UInt64, _ files: RunFolder, _ architecture: Architecture) throws -> SeedSummary {
    let store = try files.store("seed-\(seed)")
    let arms = [("ticket", nil)] + settings.controls.names.map { ($0, $0) }
    let weights = architecture.layout.prunable.reduce(0) { $0 + $1.count }
    var stages = [try stage("dense", 0, "dense", store, remaining: weights, density: 1)], seconds = 0.0
    for round in 1...settings.rounds {
      guard let mask = store.ticket(Lab.stage(round))?.mask else { throw store.missing(Lab.stage(round)) }
      for (arm, control) in arms {
        let name = Lab.stage(round, control)
        stages.append(try stage(name, round, arm, store, remaining: mask.remaining, density: mask.density))
      }
    }
    for stage in stages {
      if let record = store.record(stage.name) { seconds += record.trainingSeconds + record.evaluationSeconds }
    }
    let summary = SeedSummary(
      seed: seed, stages: stages, seconds: seconds, residentBytes: ProcessMemory.largestResident,
      finished: Date().timeIntervalSince1970)
    if let before = Self.summary(seed, in: files.url), before.stages == stages { return before }
    try files.write(summary, to: SeedSummary.fileName(seed))
    return summary
  }

  private func stage(
    _ name: String, _ round: Int, _ arm: String, _ store: StageStore, remaining: Int, density: Double
  ) throws -> SeedSummary.Stage {
    guard let record = store.record(name) else { throw store.missing(name) }
    return SeedSummary.Stage(
      name: name, round: round, arm: arm, remaining: remaining, density: density,
      metrics: record.metrics, digest: record.parametersDigest)
  }
}
