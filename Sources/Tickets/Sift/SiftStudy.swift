import Analysis
import Basics
public import Datasets
public import Foundation
import Lanes
import Networks
import Training

/// What pruning makes of a fully connected network on images, beside controls: ladders of masks over seeds, and where their
/// units look. Resumable at any point; more arms or seeds run only what is new.
public struct SiftStudy: Sendable {
  public var settings: SearchSettings
  public var terms: SiftTerms
  public var arms: [SiftArm]
  public var seeds: [UInt64]
  public var threads: Int
  /// Random masks for each null model.
  public var draws = 64
  /// The folder that holds run folders.
  public var output: URL
  /// The command that repeats the study, for the report.
  public var reproduce = ""

  public init(
    settings: SearchSettings, terms: SiftTerms, arms: [SiftArm], seeds: [UInt64], threads: Int, output: URL
  ) {
    self.settings = settings
    self.terms = terms
    self.arms = arms
    self.seeds = seeds
    self.threads = threads
    self.output = output
  }

  /// The study's own folder: named by the hash of the settings that differ from their defaults.
  public var folder: URL {
    let identity = "sift\n\(settings.canonicalText)\n\(terms.canonicalText)"
    return output.appendingPathComponent("sift-\(Digest.sha256(identity).prefix(12))")
  }

  /// One arm's data and network, shared by its seeds.
  struct Stand: Sendable {
    let arm: SiftArm
    /// With the data's name as the arm changes it.
    let settings: SearchSettings
    let data: TrainingData
    let architecture: Architecture
    /// Of the images.
    let shape: FeatureShape
    /// Pixels that are not the same in all training samples.
    let available: [Bool]
  }

  /// Trains what is not trained yet, measures all masks and returns the whole result.
  ///
  /// - Parameter watch: Called with the progress once the work starts.
  /// - Throws: `Problem`; everything that finished before is on disk.
  public func run(locator: DataLocator, watch: (WorkProgress) -> Void = { _ in }) throws -> SiftOutcome {
    let began = Date()
    try checkSettings()
    let plain = try Datasets.Catalog.dataset(named: settings.data, from: locator, options: settings.loading)
    let stands = try arms.map { try stand($0, images: plain.inputShape, locator) }
    let files = RunFolder(folder), digest = plain.digest
    var identity = RunIdentity(command: "sift", settings: settings, reproduce: reproduce, dataDigest: digest)
    for (key, value) in terms.assignments { identity.settings[key] = value }
    let lock = try files.open(identity, parts: arms.flatMap { arm in seeds.map { Self.part(arm, $0) } })
    defer { withExtendedLifetime(lock) {} }
    let dataSeconds = Date().timeIntervalSince(began)
    let progress = WorkProgress(expected: stands.reduce(0) { $0 + expectedWork($1) } * Double(seeds.count))
    watch(progress)
    let workers = WorkerPool(), sideBySide = arms.count * seeds.count > 1
    for stand in stands {
      for seed in seeds {
        let ladder = try ladder(stand, seed, files, threads: sideBySide ? 1 : threads, progress)
        workers.add({ try ladder.climb() }, leaf: false)
      }
    }
    try workers.run(workers: sideBySide ? threads : 1)
    return try SiftConclusion(study: self, files: files, stands: stands)
      .outcome(digest: digest, dataSeconds: dataSeconds, began: began)
  }

  static func part(_ arm: SiftArm, _ seed: UInt64) -> String { "\(arm.rawValue)/seed-\(seed)" }

  func ladder(_ stand: Stand, _ seed: UInt64, _ files: RunFolder, threads: Int, _ progress: WorkProgress) throws
    -> SiftLadder
  {
    let bench = StageTrainer(
      stand.architecture, data: stand.data, store: try files.store(Self.part(stand.arm, seed)),
      threads: threads, execution: .automatic, progress: progress)
    return SiftLadder(
      arm: stand.arm, seed: seed, settings: stand.settings, terms: terms, bench: bench, shape: stand.shape,
      available: stand.available)
  }

  /// Loads the arm's data, flat, and builds its network.
  private func stand(_ arm: SiftArm, images: FeatureShape, _ locator: DataLocator) throws -> Stand {
    var settings = settings
    guard !images.isFlat, images.width <= ReceptiveFields.widest else {
      throw Problem.usage(
        "\(settings.data) has samples of \(images), no images up to \(ReceptiveFields.widest) pixels wide.",
        remedy: "Choose images, or halve them: \(settings.data)+half.")
    }
    settings.data += "\(arm.transform)+\(Flat().name)"
    let (data, architecture) = try settings.prepare(locator)
    let linear = architecture.nodes.filter { $0.layer is Linear }
    guard linear.count >= 2,
      linear[0].layer.parameters(of: architecture.inputShapes(of: linear[0]))[0].dimensions[1]
        == images.count
    else {
      throw Problem.usage(
        "\(settings.model) does not begin with a fully connected layer over all pixels.",
        remedy: "Use bn-mlp:WIDTHS or mlp:WIDTHS.")
    }
    return Stand(
      arm: arm, settings: settings, data: data, architecture: architecture, shape: images,
      available: data.dataset.train.varies)
  }

  private func checkSettings() throws {
    let base = SiftPreset.small.settings
    let fixed: [(String, Bool)] = [
      ("algorithm", settings.algorithm == base.algorithm), ("criterion", settings.criterion == base.criterion),
      ("allocation", settings.allocation == base.allocation), ("exclude", settings.exclude == base.exclude),
      ("factors", settings.factors == base.factors), ("retraining", settings.retraining == base.retraining),
      ("controls", settings.controls == base.controls),
    ]
    if let changed = fixed.first(where: { !$0.1 }) {
      throw Problem.usage(
        "Sifting has its own \(changed.0).", remedy: "Leave \(changed.0) out; controls are chosen by --arms.")
    }
    guard !arms.isEmpty, !seeds.isEmpty, draws >= 2 else {
      throw Problem.usage("There is nothing to do.", remedy: "Name at least one arm and one seed, and two draws.")
    }
  }

  private func expectedWork(_ stand: Stand) -> Double {
    let steps = settings.recipe.steps.iterations(
      perEpoch: settings.recipe.stepsPerEpoch(samples: stand.data.train.count))
    return (0...settings.rounds).reduce(0) { work, round in
      work
        + WorkProgress.work(
          steps: steps, density: (0..<round).reduce(1) { rest, _ in rest * (1 - settings.fraction) })
    }
  }
}
