public import Basics
public import Datasets
public import Foundation
import Lanes
import Networks
import Pruning
import Training

/// A grid of criteria, densities and seeds: every cell a mask cut from the whole network, trained from the rewind point;
/// beside it the same with a shuffled mask. Resumable at any point; more criteria, densities or seeds run only what is new.
public struct CriteriaStudy: Sendable {
  /// Data, network, allocation, structure, scoring and recipe; what `find` alone uses must be at its default.
  public var settings: SearchSettings
  public var criteria: [String]
  public var densities: [Double]
  public var seeds: [UInt64]
  public var threads: Int
  /// The folder that holds run folders.
  public var output: URL
  public var hasShuffled = true
  /// The command that repeats the study, for the report.
  public var reproduce = ""

  public init(
    settings: SearchSettings, criteria: [String], densities: [Double], seeds: [UInt64], threads: Int, output: URL
  ) {
    self.settings = settings
    self.criteria = criteria
    self.densities = densities
    self.seeds = seeds
    self.threads = threads
    self.output = output
  }

  /// The study's own folder: named by the hash of the settings that differ from their defaults.
  public var folder: URL {
    output.appendingPathComponent("criteria-\(Digest.sha256("criteria\n" + settings.canonicalText).prefix(12))")
  }

  /// Settings that have no meaning here.
  private static let unused = ["algorithm", "criterion", "rounds", "fraction", "retraining", "controls", "tolerance"]

  /// Runs what is not done yet and returns the whole result.
  ///
  /// - Parameter watch: Called with the progress once the work starts.
  /// - Throws: `Problem`; everything that finished before is on disk.
  public func run(locator: DataLocator, watch: (WorkProgress) -> Void = { _ in }) throws -> CriteriaResult {
    let began = Date()
    let parsed = try checkedCriteria()
    var plain = settings
    plain.rounds = 1
    let (data, architecture) = try plain.prepare(locator)
    for (name, criterion) in parsed { try plain.checkScoring(criterion, named: name, data) }
    let dataSeconds = Date().timeIntervalSince(began)
    let run = RunFolder(folder), digest = data.dataset.digest
    let lock = try run.open(
      RunIdentity(command: "criteria", settings: settings, reproduce: reproduce, dataDigest: digest),
      parts: seeds.map { "seed-\($0)" })
    defer { withExtendedLifetime(lock) {} }
    let progress = WorkProgress(expected: expectedWork(data)), workers = WorkerPool()
    watch(progress)
    for seed in seeds {
      let bench = StageTrainer(
        architecture, data: data, store: try run.store("seed-\(seed)"), threads: 1, execution: .automatic,
        progress: progress)
      let lab = try Lab(settings: settings, seed: seed, bench: bench, workers: workers)
      workers.add({ try train(parsed, in: lab) }, leaf: false)
    }
    try workers.run(workers: threads)
    return try conclude(data, digest, architecture, run, dataSeconds: dataSeconds, began: began)
  }

  private func checkedCriteria() throws -> [(String, any Criterion)] {
    let changed = Set(settings.canonicalText.split(separator: "\n").compactMap { $0.split(separator: "=").first })
    if let unused = Self.unused.first(where: { changed.contains(Substring($0)) }) {
      throw Problem.usage(
        "\(unused) has no effect here: the grid names criteria and densities.", remedy: "Leave \(unused) out.")
    }
    guard !criteria.isEmpty, !densities.isEmpty else {
      throw Problem.usage("The grid is empty.", remedy: "Name criteria and densities.")
    }
    if case .neighbours = settings.structure {
      throw Problem.usage(
        "structure=\(settings.structure.settingText) has a density of its own.",
        remedy: "Use 'tombola find --rounds 1' for it.")
    }
    if let density = densities.first(where: { !(0 < $0 && $0 <= 1) }) {
      throw Problem.usage("\(density) is no density.", remedy: "Give densities above 0 and up to 1.")
    }
    return try criteria.map { ($0, try CriterionCatalog.criterion(named: $0)) }
  }

  // MARK: one seed

  /// Trains the dense network, then makes all masks; tickets and their controls train beside that.
  private func train(_ criteria: [(String, any Criterion)], in lab: Lab) throws {
    let trained = try lab.trainDense(), start = try lab.rewindPoint()
    for (name, criterion) in criteria {
      for density in densities {
        let stage = Self.stage(name, density)
        let mask = try mask(stage, criterion, density, trained: trained, lab)
        lab.trainLater(stage, mask, from: start)
        guard hasShuffled else { continue }
        let shuffled = mask.shuffledLayerwise(seed: lab.seed, stream: "control-mask/shuffled/\(stage)")
        lab.trainLater("\(stage).shuffled", shuffled, from: start)
      }
    }
  }

  /// A mask cut from the whole network, kept on disk with the seconds that its scores took.
  private func mask(
    _ stage: String, _ criterion: any Criterion, _ density: Double, trained: Parameters, _ lab: Lab
  ) throws -> Mask {
    if let kept = lab.bench.store.mask(stage, lab.fullMask.layout) { return kept.mask }
    if Interruption.isRequested { throw Interruption.problem }
    let began = Date()
    let mask = try lab.prune(
      lab.fullMask, by: 1 - density, trained: trained, round: 1, criterion: criterion, allowsEmptyLayers: true)
    try lab.bench.store.save(mask, stage, seconds: Date().timeIntervalSince(began))
    return mask
  }

  /// `magnitude+fisher+init-0.05`: a file's name.
  static func stage(_ criterion: String, _ density: Double) -> String {
    "\(criterion.replacing(":", with: "+").replacing("@", with: "+"))-\(density)"
  }

  private func expectedWork(_ data: TrainingData) -> Double {
    let perEpoch = settings.recipe.stepsPerEpoch(samples: data.train.count)
    let steps = settings.recipe.steps.iterations(perEpoch: perEpoch)
    let cells = densities.reduce(0) { $0 + WorkProgress.work(steps: steps, density: $1) } * Double(criteria.count)
    return (WorkProgress.work(steps: steps, density: 1) + cells * (hasShuffled ? 2 : 1)) * Double(seeds.count)
  }
}
