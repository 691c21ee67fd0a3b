import Analysis
public import Basics
public import Datasets
public import Foundation
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
    let files = RunFolder(folder), digest = data.dataset.digest
    let lock = try files.open(identity(digest), parts: parts)
    defer { withExtendedLifetime(lock) {} }
    let progress = SearchProgress(expected: expectedWork(data))
    watch(progress)
    let workers = WorkerPool()
    let sideBySide = seeds.count > 1 || !settings.controls.controls.isEmpty
    for seed in seeds {
      let bench = TrainingBench(
        architecture, data: data, store: try files.store("seed-\(seed)"), threads: sideBySide ? 1 : threads,
        execution: execution,
        progress: progress)
      let lab = try Lab(settings: settings, seed: seed, bench: bench, workers: workers)
      workers.add({ try algorithm.findTickets(in: lab) }, leaf: false)
    }
    try workers.run(workers: sideBySide ? threads : 1)
    for seed in seeds { try summarise(seed, files, architecture) }
    return try conclude(data, digest, architecture, files, dataSeconds: dataSeconds, began: began)
  }

  /// Loads the data and builds the network, refusing what cannot work before anything is trained.
  ///
  /// - Parameter architecture: The network of a ticket, which needs no building.
  public func prepare(_ locator: DataLocator, architecture: Architecture? = nil) throws -> (TrainingData, Architecture)
  {
    let criterion = try CriterionCatalog.criterion(named: settings.criterion)
    _ = try AllocationCatalog.allocation(named: settings.allocation)
    try settings.recipe.checkObjective()
    try checkMoving()
    let dataset = try Datasets.Catalog.dataset(named: settings.data, from: locator, options: settings.loading)
    try settings.recipe.augmentation.checkFits(dataset.inputShape, data: settings.data)
    let data = try TrainingData(
      dataset, validationCount: validationCount(dataset), trainingCount: settings.trainingSamples,
      seed: settings.splitSeed)
    let architecture =
      try architecture
      ?? ModelCatalog.architecture(settings.model, input: dataset.inputShape, classes: dataset.classCount)
    try check(data, architecture, criterion)
    return (data, architecture)
  }

  /// Refuses settings that cannot work with the data and the network.
  func check(_ data: TrainingData, _ architecture: Architecture, _ criterion: any Criterion) throws {
    try checkMemory(architecture)
    try checkSurvivors(architecture.layout)
    try checkRewind(data)
    try checkScoring(criterion, named: settings.criterion, data)
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

  private func checkMoving() throws {
    guard settings.recipe.isAdversarial, [RigL.name, SET.name].contains(settings.algorithm) else { return }
    throw Problem.usage(
      "Masks cannot move in adversarial training (algorithm=\(settings.algorithm), objective=\(settings.recipe.objective.settingText)).",
      remedy: "Use --algorithm iterative, or objective=natural.")
  }

  /// Refuses what a criterion cannot look at.
  func checkScoring(_ criterion: any Criterion, named name: String, _ data: TrainingData) throws {
    let perEpoch = settings.recipe.stepsPerEpoch(samples: data.train.count)
    let total = settings.recipe.steps.iterations(perEpoch: perEpoch)
    if let late = criterion.needs.early.first(where: { $0.iterations(perEpoch: perEpoch) > total }) {
      throw Problem.usage(
        "Criterion \(name) looks at step \(late), after the end of training (\(total) steps).",
        remedy: "Choose an earlier step, or @end.")
    }
    if case .neighbours = settings.structure, settings.rounds > 1 {
      throw Problem.usage(
        "structure=\(settings.structure.settingText) has a single density, but there are \(settings.rounds) rounds.",
        remedy: "Use --rounds 1.")
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

  /// The folder's parts, one a seed.
  private var parts: [String] { seeds.map { "seed-\($0)" } }

  func expectedWork(_ data: TrainingData) -> Double {
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
