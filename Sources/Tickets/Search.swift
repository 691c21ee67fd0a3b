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
  public func run(locator: DataLocator, watch: (WorkProgress) -> Void = { _ in }) throws -> SearchResult {
    let began = Date()
    let algorithm = try AlgorithmCatalog.algorithm(named: settings.algorithm)
    let (data, architecture) = try prepare(locator)
    let dataSeconds = Date().timeIntervalSince(began)
    let files = RunFolder(folder), digest = data.dataset.digest
    let lock = try files.open(identity(digest), parts: parts)
    defer { withExtendedLifetime(lock) {} }
    let progress = WorkProgress(expected: expectedWork(data))
    watch(progress)
    let workers = WorkerPool()
    let sideBySide = seeds.count > 1 || !settings.controls.names.isEmpty
    for seed in seeds {
      let bench = StageTrainer(
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
  public func prepare(_ locator: DataLocator, architecture: Architecture? = nil) throws -> (TrainingData, Architecture)
  { try settings.prepare(locator, architecture: architecture) }

  /// The folder's parts, one a seed.
  private var parts: [String] { seeds.map { "seed-\($0)" } }

  func expectedWork(_ data: TrainingData) -> Double {
    let perEpoch = settings.recipe.stepsPerEpoch(samples: data.train.count)
    let steps = settings.recipe.steps.iterations(perEpoch: perEpoch)
    var work = WorkProgress.work(steps: steps, density: 1), density = 1.0
    for _ in 0..<settings.rounds {
      density *= 1 - settings.fraction
      work += WorkProgress.work(steps: steps, density: density) * Double(1 + settings.controls.names.count)
    }
    return work * Double(seeds.count)
  }
}
