import Analysis
public import Datasets
public import Foundation
public import Foundations
import Lanes
public import Networks
import Pruning
public import Training

/// A whole search: several seeds, every round with its controls, side by side on the cores; resumable at any point.
public struct Search: Sendable {
  public var settings: SearchSettings
  public var seeds: [UInt64]
  /// Threads in all; seeds and controls run beside each other where there are several, one run on all threads where not.
  public var threads: Int
  /// The folder that holds run folders.
  public var output: URL
  /// Which kernels run; the result is the same for all.
  public var execution = Execution.automatic
  /// The command that repeats the search, for the report.
  public var reproduce = ""

  public init(settings: SearchSettings, seeds: [UInt64], threads: Int, output: URL) {
    self.settings = settings
    self.seeds = seeds
    self.threads = threads
    self.output = output
  }

  /// The search's own folder: named by the hash of the settings that differ from their defaults, and of the graph file.
  public var folder: URL {
    output.appendingPathComponent("find-\(Digest.sha256("find\n" + settings.identity).prefix(12))")
  }

  /// Runs what is not done yet and returns the whole result.
  ///
  /// - Parameter watch: Called with the progress once the work starts.
  /// - Throws: `Problem`; everything that finished before is on disk.
  public func run(locator: DataLocator, watch: (SearchProgress) -> Void = { _ in }) throws -> SearchResult {
    let began = Date()
    let algorithm = try AlgorithmCatalog.algorithm(named: settings.algorithm)
    let (data, architecture) = try prepare(locator)
    let dataSeconds = Date().timeIntervalSince(began)
    try AtomicFile.createFolder(folder)
    let lock = try FolderLock(folder)
    defer { withExtendedLifetime(lock) {} }
    AtomicFile.removeLeftovers(in: [folder] + seeds.map(seedFolder))
    let digest = data.dataset.digest
    try writeIdentity(dataDigest: digest)
    let progress = SearchProgress(expected: expectedWork(data))
    watch(progress)
    let workers = WorkerPool()
    let sideBySide = seeds.count > 1 || !settings.controls.controls.isEmpty
    for seed in seeds {
      let lab = try Lab(
        settings: settings, seed: seed, architecture: architecture, data: data, store: try store(seed),
        workers: workers, threads: sideBySide ? 1 : threads, execution: execution, progress: progress)
      workers.add({ try algorithm.findTickets(in: lab) }, leaf: false)
    }
    try workers.run(workers: sideBySide ? threads : 1)
    return try conclude(data, digest, architecture, dataSeconds: dataSeconds, began: began)
  }

  /// Loads the data and builds the network, refusing what cannot work before anything is trained.
  ///
  /// - Parameter architecture: The network of a ticket, which needs no building.
  public func prepare(_ locator: DataLocator, architecture: Architecture? = nil) throws -> (TrainingData, Architecture)
  {
    _ = try CriterionCatalog.criterion(named: settings.criterion)
    _ = try AllocationCatalog.allocation(named: settings.allocation)
    try settings.recipe.checkObjective()
    let dataset = try Datasets.Catalog.dataset(named: settings.data, from: locator, options: settings.loading)
    try settings.recipe.augmentation.checkFits(dataset.inputShape, data: settings.data)
    let data = try TrainingData(
      dataset, validationCount: validationCount(dataset), trainingCount: settings.trainingSamples,
      seed: settings.splitSeed)
    let architecture =
      try architecture
      ?? ModelCatalog.architecture(settings.model, input: dataset.inputShape, classes: dataset.classCount)
    try checkMemory(architecture)
    try checkSurvivors(architecture.layout)
    try checkRewind(data)
    return (data, architecture)
  }

  /// Weights, gradients, two moments, the start and the masks of one run take about 24 bytes a parameter.
  private func checkMemory(_ architecture: Architecture) throws {
    let parameters = architecture.layout.count
    let activations = Plan.activationBytes(architecture, batch: settings.recipe.batch)
    let gigabytes = (24 * Double(parameters) + Double(activations)) / 1e9
    let available = Double(ProcessInfo.processInfo.physicalMemory) / 1e9
    // Offsets within a tensor are 32-bit numbers.
    let largest = (architecture.shapes.values.map(\.count).max() ?? 0) * (settings.recipe.batch + 15)
    guard largest < 1 << 30 else {
      throw Problem.usage(
        "A layer of \(architecture.name) would give \(largest) numbers a batch.", remedy: "Choose a smaller --batch.")
    }
    guard gigabytes < available, parameters <= Int32.max else {
      throw Problem.usage(
        """
        \(architecture.name) has \(parameters) parameters: training it with batches of \(settings.recipe.batch) takes \
        about \(Int(gigabytes)) GB, and this machine has \(Int(available)) GB.
        """,
        remedy: "Choose a smaller --model or --batch.")
    }
  }

  private func checkRewind(_ data: TrainingData) throws {
    let perEpoch = settings.recipe.stepsPerEpoch(samples: data.train.count)
    let total = settings.recipe.steps.iterations(perEpoch: perEpoch)
    guard settings.rewind.iterations(perEpoch: perEpoch) < total else {
      throw Problem.usage(
        "The rewind step \(settings.rewind) is not before the end of training (\(settings.recipe.steps), \(total) steps).",
        remedy: "Choose an earlier --rewind or more --steps.")
    }
  }

  /// The setting, or a tenth of the training set where that is smaller.
  private func validationCount(_ dataset: Dataset) -> Int {
    min(settings.validation, max(1, dataset.train.count / 10))
  }

  private func checkSurvivors(_ layout: ParameterLayout) throws {
    let excluded = try settings.excludedLayers(layout)
    let factors = try settings.layerFactors(layout)
    guard factors.isEmpty || settings.allocation == LayerwiseAllocation.name else {
      throw Problem.usage(
        "factors has no effect with allocation=\(settings.allocation).",
        remedy: "Use --allocation \(LayerwiseAllocation.name), or leave factors out.")
    }
    let pruned = layout.prunable.filter { !excluded.contains($0.layer) }
    guard !pruned.isEmpty else {
      throw Problem.usage("Every layer is excluded from pruning.", remedy: "Exclude fewer layers (--exclude).")
    }
    let count = Double(pruned.reduce(0) { $0 + $1.count })
    let left = (0..<settings.rounds).reduce(count) { rest, _ in rest * (1 - settings.fraction) }
    guard left >= Double(pruned.count) else {
      throw Problem.usage(
        """
        Removing \(settings.fraction) \(settings.rounds == 1 ? "at once leaves" : "in each of \(settings.rounds) rounds leaves") \
        \(Int(left)) of \(Int(count)) weights, fewer than one a layer.
        """,
        remedy: settings.rounds == 1 ? "Remove a smaller share." : "Use fewer --rounds or a smaller --fraction.")
    }
  }

  func seedFolder(_ seed: UInt64) -> URL { folder.appendingPathComponent("seed-\(seed)") }

  private func store(_ seed: UInt64) throws -> StageStore {
    let seedFolder = seedFolder(seed)
    try AtomicFile.createFolder(seedFolder)
    let journal = Journal(folder.appendingPathComponent("journal.jsonl"))
    try journal.repair()
    return StageStore(folder: seedFolder, journal: journal)
  }

  /// - Throws: `Problem.badData` if the folder holds results of other data.
  private func writeIdentity(dataDigest: String) throws {
    let url = folder.appendingPathComponent("run.json")
    let old = (try? Data(contentsOf: url)).flatMap { try? JSONDecoder().decode(RunIdentity.self, from: $0) }
    if let before = old?.dataDigest, before != dataDigest {
      throw Problem.badData(
        """
        \(settings.data) is not what it was when \(folder.path) was begun (SHA-256 \(before.prefix(12)) then, \
        \(dataDigest.prefix(12)) now).
        """,
        remedy: "Put the old data back, or choose another folder with --out.")
    }
    let identity = RunIdentity(
      command: "find", format: 1,
      settings: Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) }), reproduce: reproduce,
      dataDigest: dataDigest)
    try AtomicFile.write(try Self.encoder.encode(identity), to: url)
  }

  static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return encoder
  }

  private func expectedWork(_ data: TrainingData) -> Double {
    let perEpoch = settings.recipe.stepsPerEpoch(samples: data.train.count)
    let steps = settings.recipe.steps.iterations(perEpoch: perEpoch)
    var work = SearchProgress.work(steps: steps, density: 1), density = 1.0
    for _ in 0..<settings.rounds {
      density *= 1 - settings.fraction
      work += SearchProgress.work(steps: steps, density: density) * Double(1 + settings.controls.controls.count)
    }
    return work * Double(seeds.count)
  }
}

/// What `run.json` says.
struct RunIdentity: Codable, Equatable, Sendable {
  var command: String
  var format: Int
  var settings: [String: String]
  var reproduce: String
  /// `Dataset.digest`; absent in folders of older versions.
  var dataDigest: String?
}
