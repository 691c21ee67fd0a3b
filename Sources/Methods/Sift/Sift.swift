import Analysis
public import Basics
public import Datasets
public import Experiments
import Foundation
import Networks
import Pages
import Tickets
import Training

/// What pruning makes of a fully connected network on images, beside controls: ladders of masks, and where their units look.
///
/// Pellegrini & Biroli 2022, "Neural network pruning denoises the features and makes local connectivity emerge in visual
/// tasks" (arXiv:2104.13343). Locality is measured beside random masks of the same degrees.
public struct Sift: Experiment {
  public static let name = "sift"
  public static let summary = "see whether pruning leaves local receptive fields"
  public static let discussion = """
    Pellegrini & Biroli 2022, arXiv:2104.13343; with --data k-pattern, what 'tombola k-pattern' does: which networks learn \
    a pattern of neighbouring signs. The same command again goes on with what is not done; more arms or seeds run only \
    what is new.
    """
  public static let example = [
    "data=digits+share:0.5", "model=bn-mlp:24,16", "steps=40it", "rewind=4it", "rounds=2", "batch=64", "draws=4",
    "arms=iterative,random-mask",
  ]

  public let settings: SiftSettings
  public let seeds: [UInt64]

  public init(_ settings: SiftSettings, seeds: [UInt64]) {
    self.settings = settings
    self.seeds = seeds
  }

  /// One arm's data and network, shared by its seeds.
  struct Ground: Sendable {
    let arm: SiftArm
    /// With the data's name as the arm changes it.
    let settings: SearchSettings
    let training: TrainingMaterial
    /// Of the images.
    let shape: FeatureShape
    /// Pixels that are not the same in all training samples.
    let available: [Bool]
  }

  public struct Material: ExperimentMaterial {
    let grounds: [Ground]
    public let dataset: DatasetSummary?
    public var guess: GuessingShare? { grounds[0].training.guess }
    public var notes: [String] { grounds[0].training.notes }
    public var draws: Int? { grounds[0].training.draws }
    public var timed: TrainingMaterial? { grounds[0].training }
  }

  public func prepare(_ locator: DataLocator) throws -> Material {
    try settings.search.requireDrawnWeights(Self.name)
    let name = settings.search.data
    let plain = try Datasets.Catalog.dataset(named: name, from: locator, options: settings.search.loading)
    let images = plain.inputShape, digest = plain.digest
    guard !images.isFlat, images.width <= ReceptiveFields.widest else {
      throw Problem.usage(
        "\(name) has samples of \(images), no images up to \(ReceptiveFields.widest) pixels wide.",
        remedy: "Choose images, or halve them: \(name)+half.")
    }
    let grounds = try settings.arms.arms.map { try ground($0, images, digest, locator) }
    var dataset = grounds[0].training.dataset
    dataset?.name = name
    dataset?.shape = [images.channels, images.height, images.width]
    dataset?.normalisation = "every pixel by its own mean and deviation"
    return Material(grounds: grounds, dataset: dataset)
  }

  /// Loads the arm's data, flat, and builds its network.
  private func ground(_ arm: SiftArm, _ images: FeatureShape, _ digest: String, _ locator: DataLocator) throws -> Ground
  {
    var search = settings.search
    search.data += "\(arm.transform)+\(Flat().name)"
    let training = try TrainingMaterial(search, locator, digest: digest), network = training.architecture
    let linear = network.nodes.filter { $0.layer is Linear }
    guard linear.count >= 2,
      linear[0].layer.parameters(of: network.inputShapes(of: linear[0]))[0].dimensions[1] == images.count
    else {
      throw Problem.usage(
        "\(search.model) does not begin with a fully connected layer over all pixels.",
        remedy: "Use bn-mlp:WIDTHS or mlp:WIDTHS.")
    }
    return Ground(
      arm: arm, settings: search, training: training, shape: images, available: training.data.dataset.train.varies)
  }

  // MARK: units

  private static func locality(_ arm: SiftArm) -> String { "\(arm.rawValue).locality" }

  /// A ladder an arm, and where its masks look.
  public func units(of seed: UInt64, _ material: Material) -> [WorkUnit] {
    material.grounds.flatMap { ground in
      let name = ground.arm.rawValue, folder = "\(name)/seed-\(seed)"
      return [
        WorkUnit(name, seed: seed, folder: folder, work: expectedWork(ground)),
        WorkUnit(Self.locality(ground.arm), seed: seed, folder: folder, after: [name], work: 0),
      ]
    }
  }

  private func expectedWork(_ ground: Ground) -> Double {
    let recipe = settings.search.recipe, samples = ground.training.data.train.count
    let steps = recipe.steps.iterations(perEpoch: recipe.stepsPerEpoch(samples: samples))
    return (0...settings.search.rounds).reduce(0) { work, round in
      work + WorkProgress.work(steps: steps, density: settings.search.density(after: round))
    }
  }

  public func run(_ unit: WorkUnit, on bench: Bench<Material>) throws {
    for ground in bench.material.grounds {
      if unit.name == ground.arm.rawValue {
        let trainer = bench.trainer(ground.training.architecture, data: ground.training.data)
        return try SiftLadder(settings: settings, ground: ground, seed: unit.seed, bench: trainer).climb()
      }
      if unit.name == Self.locality(ground.arm) {
        for (round, _) in rounds(in: bench.store) {
          try Interruption.check()
          _ = try locality(ground, unit.seed, round, in: bench.store)
        }
        return
      }
    }
    preconditionFailure("\(unit.name) is no unit of these settings")
  }

  /// The rounds that a seed of an arm has reached.
  func rounds(in store: StageStore) -> [(round: Int, record: StageRecord)] {
    var rounds: [(Int, StageRecord)] = []
    for round in 0...settings.search.rounds {
      guard let record = store.record(Lab.stage(round)) else { break }
      rounds.append((round, record))
    }
    return rounds
  }

  // MARK: where masks look

  /// Kept beside the ticket that it measures.
  struct LocalityRecord: Codable, Sound {
    /// Its digest.
    var ticket: String
    var draws: Int
    var analysis: LocalityAnalysis
    /// Absent in records of older versions.
    var seconds: Double?

    var isSound: Bool { analysis.displacements.isSound && analysis.patch.isSound && analysis.nullPatch.isSound }

    static func name(_ round: Int) -> String { "\(Lab.stage(round)).locality" }
  }

  /// A mask and its analysis, measured unless it is there.
  func locality(
    _ ground: Ground, _ seed: UInt64, _ round: Int, in store: StageStore
  ) throws -> (ticket: Ticket, analysis: LocalityAnalysis) {
    let watch = Stopwatch(), ticket = try Ticket(contentsOf: store.ticketURL(Lab.stage(round))),
      name = LocalityRecord.name(round)
    if let kept: LocalityRecord = store.value(name), kept.ticket == ticket.digest, kept.draws == settings.draws {
      return (ticket, kept.analysis)
    }
    let fields = ReceptiveFields(ticket.mask, ticket.mask.layout.prunable[0], shape: ground.shape)
    let analysis = LocalityAnalysis(fields, available: ground.available, draws: settings.draws, seed: seed)
    try store.keep(
      LocalityRecord(
        ticket: ticket.digest, draws: settings.draws, analysis: analysis, seconds: watch.seconds),
      name)
    return (ticket, analysis)
  }

  // MARK: records

  public func stages(of seed: UInt64, _ records: Records<Material>) throws -> [SeedSummary.Stage] {
    try records.material.grounds.flatMap { ground -> [SeedSummary.Stage] in
      let arm = ground.arm.rawValue, store = try records.store(of: seed, arm: arm)
      return try rounds(in: store).compactMap { round, _ in
        let kept: LocalityRecord? = store.value(LocalityRecord.name(round))
        let density = kept.map { Self.density($0.analysis) }
        var stage = try records.stage("\(arm)/\(Lab.stage(round))", of: seed, arm: arm, round: round, density: density)
        stage?.metrics["localityScore"] = kept?.analysis.comparison(.within2, .degreePreserving)?.z
        return stage
      }
    }
  }

  /// Of the first layer.
  private static func density(_ analysis: LocalityAnalysis) -> Double {
    Double(analysis.unitDegrees.reduce(0, +)) / Double(analysis.unitDegrees.count * analysis.inputDegrees.count)
  }

  public func seconds(_ records: Records<Material>) throws -> [String: Double] {
    var seconds = ["training": 0.0, "evaluation": 0.0, "analysis": 0.0]
    for seed in seeds {
      for ground in records.material.grounds {
        let store = try records.store(of: seed, arm: ground.arm.rawValue)
        for (round, record) in rounds(in: store) {
          let locality: LocalityRecord? = store.value(LocalityRecord.name(round))
          seconds["training"]! += record.trainingSeconds
          seconds["evaluation"]! += record.evaluationSeconds
          seconds["analysis"]! += locality?.seconds ?? 0
        }
      }
    }
    return seconds
  }

  /// The page's larger pictures, for documents.
  public func keep(_ record: inout Record<SiftFinding>, _ records: Records<Material>) throws {
    for picture in Self.pictures(record) {
      try AtomicFile.write(picture.image.file, to: records.folder.url.appendingPathComponent("\(picture.name).png"))
    }
  }
}

extension Split {
  /// Whether each number of a sample differs between any two samples.
  fileprivate var varies: [Bool] {
    func varies<Value: Equatable>(_ values: [Value]) -> [Bool] {
      let size = sampleCount
      var result = [Bool](repeating: false, count: size)
      for i in values.indices where values[i] != values[i % size] { result[i % size] = true }
      return result
    }
    switch pixels {
    case .bytes(let values): return varies(values)
    case .floats(let values): return varies(values)
    }
  }
}
