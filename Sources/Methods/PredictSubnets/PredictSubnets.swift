public import Basics
public import Datasets
public import Experiments
import Lanes
import Networks
import Tickets
import Training

/// Ranks sub-networks of one network by a few that were measured: a graph network fitted to layer-wise keep rates and block
/// drops, after Chen et al. 2020, "Fitting the Search Space of Weight-sharing NAS with Graph Convolutional Networks"
/// (arXiv:2004.08423).
///
/// A related tool, not a lottery-ticket result: which layers keep how much is chosen, which weights stay is by magnitude or at
/// random. Its samples are operators of cells; nodes that are layers, their features, and the regression beside it are ours.
public struct PredictSubnets: Experiment {
  public static let name = "predict-subnets"
  public static let summary = "rank layer-wise keep rates by a few trained networks"
  public static let discussion = """
    Sub-networks with random keep rates in every layer (and without some blocks) are trained shortly; a graph network, ridge \
    regression on the same features, and magnitudes rank others. Kendall's tau on held-out ones says how well, and what they \
    choose within a budget of weights is trained beside as many random ones.
    """
  public static let example = [
    "data=digits", "model=mlp:24,16", "steps=2ep", "batch=64", "keep-rates=0.1,0.3,0.6", "samples=8", "held-out=5",
    "budget=0.5", "chosen=2", "repeats=2", "gcn-steps=5", "gcn-width=4",
  ]

  public let settings: PredictSubnetsSettings
  public let seeds: [UInt64]
  public init(_ settings: PredictSubnetsSettings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  public struct Material: ExtendedMaterial {
    public let training: TrainingMaterial
    let space: SubnetSpace
    /// Weights that chosen networks may have.
    let budget: Int
    public var announcement: [String] {
      training.announcement + [
        """
        sub-networks of \(space.entries.count) layers with \(space.rates.count) keep rates\
        \(space.elastic.isEmpty ? "" : " and \(space.elastic.count) blocks that may go"); at most \(budget) weights chosen
        """
      ]
    }
  }

  public func prepare(_ locator: DataLocator) throws -> Material {
    let training = try TrainingMaterial(settings.search, locator)
    let space = try SubnetSpace(settings, training.architecture)
    let budget = Int(settings.budget * Double(training.architecture.layout.prunableCount))
    let measured = settings.samples + settings.heldOut
    var random = RandomStream(seed: 0, SubnetWork.sampleStream)
    guard space.draw(measured, besides: [], &random).count == measured else {
      throw Problem.usage(
        "\(training.architecture.name) has fewer than \(measured) different sub-networks with these keep rates.",
        remedy: "Use fewer --samples and --held-out, or more --keep-rates.")
    }
    let candidates = SubnetFitting.candidates(space, budget: budget, besides: [], seed: 0).count
    guard candidates >= settings.chosen + (space.all == nil ? 0 : measured) else {
      throw SubnetWork.tooFew(candidates, settings)
    }
    return Material(training: training, space: space, budget: budget)
  }

  // MARK: units

  static let dense = "dense"
  static let fit = "fit"
  /// Networks are chosen by these, and drawn by the last.
  static let choosers = ["gcn", "ridge", "magnitude", "random"]

  static func stage(_ kind: String, _ number: Int) -> String {
    "\(kind)-\(String(repeating: "0", count: max(0, 3 - "\(number)".count)))\(number)"
  }

  private var samples: [String] { (0..<settings.samples).map { Self.stage("sample", $0) } }
  private var heldOut: [String] { (0..<settings.heldOut).map { Self.stage("held", $0) } }
  private var noise: [String] { (0..<settings.repeats).map { Self.stage("noise", $0) } }
  private var raw: [String] {
    settings.measure == .supernet ? (0..<settings.heldOut).map { Self.stage("raw", $0) } : []
  }
  private var chosen: [String] {
    Self.choosers.flatMap { kind in (0..<settings.chosen).map { Self.stage(kind, $0) } }
  }

  public func units(of seed: UInt64, _ material: Material) -> [WorkUnit] {
    let recipe = settings.search.recipe, perEpoch = recipe.stepsPerEpoch(samples: material.training.data.train.count)
    let steps = recipe.steps.iterations(perEpoch: perEpoch), rates = material.space.rates
    let sparse = WorkProgress.work(steps: steps, density: rates.reduce(0, +) / Double(rates.count))
    let isMasked = settings.measure == .supernet, before = isMasked ? [Self.dense] : []
    func units(_ names: [String], after: [String], work: Double) -> [WorkUnit] {
      names.map { WorkUnit($0, seed: seed, after: after, work: work) }
    }
    return [WorkUnit(Self.dense, seed: seed, work: WorkProgress.work(steps: steps, density: 1))]
      + units(samples, after: before, work: isMasked ? 0 : sparse) + units(heldOut + noise, after: before, work: sparse)
      + units(raw, after: before, work: 0) + units([Self.fit], after: before + samples + heldOut + raw, work: 0)
      + units(chosen, after: [Self.fit], work: sparse)
  }

  public func run(_ unit: WorkUnit, on bench: Bench<Material>) throws {
    try SubnetWork(settings: settings, bench: bench).run(unit.name)
  }

  public func stages(of seed: UInt64, _ records: Records<Material>) throws -> [SeedSummary.Stage] {
    let space = records.material.space, work = SubnetWork.samples(settings, space, seed: seed)
    let fit: SubnetFit? = try records.store(of: seed).value(Self.fit)
    let layout = records.material.training.architecture.layout
    func configuration(_ stage: String) -> SubnetConfiguration? {
      let parts = stage.split(separator: "-"), number = Int(parts[1])!
      switch parts[0] {
      case "sample": return work.samples[number]
      case "held", "raw": return work.heldOut[number]
      case "noise": return work.samples[0]
      default: return fit?.chosen(String(parts[0]), number)
      }
    }
    let dense = try records.stage(Self.dense, of: seed, arm: Self.dense, remaining: layout.prunableCount, density: 1)
    return try [dense].compactMap { $0 }
      + (samples + heldOut + raw + noise + chosen).compactMap { stage in
        let weights = configuration(stage).map(space.weights), arm = String(stage.prefix { $0 != "-" })
        return try records.stage(
          stage, of: seed, arm: arm, remaining: weights,
          density: weights.map { Double($0) / Double(layout.prunableCount) })
      }
  }
}

extension SubnetFit {
  /// What `PredictSubnets.choosers` chose; the best heuristic is the one that chose at all.
  func chosen(_ chooser: String) -> [SubnetConfiguration] {
    switch chooser {
    case "random": random
    case "magnitude": predictors.first { $0.name.hasPrefix("heuristic") && !$0.chosen.isEmpty }?.chosen ?? []
    default: predictors.first { $0.name == chooser }?.chosen ?? []
    }
  }

  func chosen(_ chooser: String, _ number: Int) -> SubnetConfiguration? {
    let list = chosen(chooser)
    return list.indices.contains(number) ? list[number] : nil
  }
}
