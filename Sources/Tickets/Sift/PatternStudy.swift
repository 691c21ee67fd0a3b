import Analysis
public import Basics
public import Datasets
public import Foundation
import Lanes
import Networks
import Training

/// One network of a pattern study, over the seeds.
public struct PatternResult: Codable, Sendable {
  public var network: PatternNetwork
  public var summary: String
  /// Surviving weights, and biases.
  public var parameters: Int
  /// On fresh samples, after the last step.
  public var testAccuracy: Interval
  /// Samples seen and mean accuracy on fresh ones.
  public var curve: [Point]

  public struct Point: Codable, Sendable {
    public var samples: Int
    public var accuracy: Double
  }
}

/// The result of `tombola sift --data k-pattern`.
public struct PatternOutcome: Codable, Sendable {
  public var command = "sift"
  public var settings: [String: String]
  public var seeds: [UInt64]
  public var data: String
  public var filters: Int
  /// Where the pattern is.
  public var place: Int
  public var networks: [PatternResult]
  public var seconds: Double
  public var reproduce: String
}

/// Which networks learn a pattern of neighbouring signs from fresh samples: those that look at windows, or all
/// (Malach & Shalev-Shwartz 2021, arXiv:2010.01369). Resumable like a search.
public struct PatternStudy: Sendable {
  public var settings: SearchSettings
  /// Units at every place.
  public var filters: Int
  public var seeds: [UInt64]
  public var threads: Int
  public var output: URL
  public var reproduce = ""

  public init(settings: SearchSettings, filters: Int, seeds: [UInt64], threads: Int, output: URL) {
    self.settings = settings
    self.filters = filters
    self.seeds = seeds
    self.threads = threads
    self.output = output
  }

  /// An epoch over fresh samples by Adam.
  public static var preset: SearchSettings {
    var settings = SiftPreset.small.settings
    settings.data = KPattern().name
    settings.recipe.steps = .epochs(1)
    settings.recipe.batch = 128
    settings.recipe.optimizer = .adam
    settings.recipe.learningRate = 0.003
    settings.recipe.evaluateEvery = .iterations(250)
    settings.rewind = .zero
    settings.model = "mlp:1"
    settings.rounds = 1
    return settings
  }

  public var folder: URL {
    let identity = "sift-pattern\n\(settings.canonicalText)\n\(filters)"
    return output.appendingPathComponent("sift-\(Digest.sha256(identity).prefix(12))")
  }

  /// - Throws: `Problem`; everything that finished before is on disk.
  public func run(locator: DataLocator, watch: (WorkProgress) -> Void = { _ in }) throws -> PatternOutcome {
    let began = Date()
    guard let task = try KPattern.task(named: settings.data) else {
      throw Problem.usage("\(settings.data) is no pattern task.", remedy: "Use \(KPattern().usage).")
    }
    guard filters >= 1, filters * task.signs <= 1 << 20 else {
      throw Problem.usage("\(filters) filters are out of range.", remedy: "Give 1 to \((1 << 20) / task.signs).")
    }
    let (data, _) = try settings.prepare(locator)
    let files = RunFolder(folder)
    let identity = RunIdentity(
      command: "sift", settings: settings, reproduce: reproduce, dataDigest: data.dataset.digest)
    let lock = try files.open(identity, parts: seeds.map { "seed-\($0)" })
    defer { withExtendedLifetime(lock) {} }
    let runs = PatternNetwork.allCases.count * seeds.count,
      perEpoch = settings.recipe.stepsPerEpoch(samples: data.train.count)
    let steps = settings.recipe.steps.iterations(perEpoch: perEpoch)
    let progress = WorkProgress(expected: WorkProgress.work(steps: steps, density: 1) * Double(runs))
    watch(progress)
    let workers = WorkerPool()
    for seed in seeds {
      for network in PatternNetwork.allCases {
        let candidate = try network.candidate(task, filters: filters, seed: seed)
        let bench = StageTrainer(
          candidate.architecture, data: data, store: try files.store("seed-\(seed)"), threads: 1,
          execution: .automatic,
          progress: progress)
        var recipe = settings.recipe
        recipe.orderSeed = seed
        let start = TrainingStart(parameters: candidate.start, mask: candidate.mask, step: 0, recipe: recipe)
        workers.add({ try bench.train(network.rawValue, from: start) }, leaf: false)
      }
    }
    try workers.run(workers: threads)
    let outcome = try conclude(task, files, Date().timeIntervalSince(began))
    try files.write(outcome, to: "result.json")
    return outcome
  }

  private func conclude(_ task: KPattern.Task, _ files: RunFolder, _ seconds: Double) throws -> PatternOutcome {
    let networks = try PatternNetwork.allCases.map { network in
      let records = try seeds.compactMap { try files.store("seed-\($0)").record(network.rawValue) }
      guard records.count == seeds.count else {
        throw Problem.badData(
          "A record of \(network.rawValue) is missing or damaged.",
          remedy: "Start the same command again: it trains what is missing.")
      }
      let points = (0..<(records.map(\.curve.count).min() ?? 0)).map { i in
        PatternResult.Point(
          samples: records[0].curve[i].step * settings.recipe.batch,
          accuracy: records.reduce(0) { $0 + $1.curve[i].testAccuracy } / Double(records.count))
      }
      return PatternResult(
        network: network, summary: network.summary,
        parameters: try network.candidate(task, filters: filters, seed: seeds[0]).parameters,
        testAccuracy: Interval(of: records.map(\.last.testAccuracy)), curve: points)
    }
    return PatternOutcome(
      settings: Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) }), seeds: seeds,
      data: settings.data, filters: filters, place: task.place, networks: networks, seconds: seconds,
      reproduce: reproduce)
  }
}
