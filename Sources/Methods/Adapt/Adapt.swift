import Basics
public import Datasets
public import Experiments
import Networks
import Tickets
import Training

/// Networks trained on a source, dense and tickets, adapt to a shifted target of which they see no label and no sample of the
/// source (after Tang, Guo & He 2023, arXiv:2306.16957, and SHOT, Liang et al. 2020, arXiv:2002.08546). A related tool, no way to
/// tickets.
public struct Adapt: Experiment {
  public static let name = "adapt"
  public static let summary = "adapt tickets to shifted samples without labels"
  public static let discussion = """
    Trains a network and tickets of it on a data set, and adapts them to the same data changed (--shift), or to another, by samples \
    without labels: masks and the last layer stay. An examiner that learns which of two samples is nearer to a third guides one \
    arm, and says of all how far it agrees with them. docs/methods.md says what is the paper's and what is ours.
    """
  public static let example = [
    "data=digits", "model=mlp:24,16", "training-samples=0", "validation=100", "steps=2ep", "batch=64",
    "shift=contrast:0.4", "sparsity=0.5", "controls=reinit", "target-samples=256", "adapt-steps=2ep",
    "attention-weight=0", "examiner-width=8", "judge-steps=5",
  ]

  public let settings: AdaptSettings
  public let seeds: [UInt64]
  public init(_ settings: AdaptSettings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  public struct Material: ExtendedMaterial {
    public let training: TrainingMaterial
    let target: TargetSamples
    /// By whether the encoder gives its image.
    let splits: [Bool: SplitNetwork]
    let arms: [AdaptArm]
    public var announcement: [String] {
      training.announcement + [
        "target: \(target.name): \(target.unlabelled.count) samples without labels\(target.isApart ? "" : ", of pictures that the source is trained on"), \(target.test.count) to test with"
      ] + (hasNorm ? [] : ["no batch norm in \(training.architecture.name): the arm statistics is left out"])
    }

    var hasNorm: Bool { training.architecture.nodes.contains { $0.layer is BatchNorm } }

    func split(_ arm: AdaptArm) -> SplitNetwork { splits[arm == .examiner && splits[true] != nil]! }
  }

  public func prepare(_ locator: DataLocator) throws -> Material {
    try settings.search.controls.requireOfOneTicket()
    try checkTerms()
    let training = try TrainingMaterial(settings.search, locator)
    var splits = [false: try SplitNetwork(training.architecture, hasImage: false)]
    if settings.arms.values.contains(.examiner), settings.attention > 0 {
      splits[true] = try SplitNetwork(training.architecture, hasImage: true)
    }
    let hasNorm = training.architecture.nodes.contains { $0.layer is BatchNorm }
    let target = try TargetSamples(settings, training.data, locator)
    guard target.unlabelled.count >= 32 else {
      throw Problem.usage(
        "The target has \(target.unlabelled.count) samples without labels.",
        remedy: "Give at least 32 (--target-samples).")
    }
    return Material(
      training: training, target: target, splits: splits,
      arms: settings.armValues.filter { $0 != .statistics || hasNorm })
  }

  /// An arm without a term that is its own is another arm.
  private func checkTerms() throws {
    let arms = settings.arms.values
    func refuse(_ arm: AdaptArm, _ words: String) -> Problem {
      .usage(
        "The arm \(arm.rawValue) would do nothing that is its own: \(words) is 0.",
        remedy: "Give it a weight, or leave \(arm.rawValue) out of --arms.")
    }
    if arms.contains(.information), settings.entropy == 0, settings.diversity == 0 {
      throw refuse(.information, "entropy-weight and diversity-weight")
    }
    if arms.contains(.pseudoLabels), settings.pseudo == 0 { throw refuse(.pseudoLabels, "pseudo-weight") }
    if arms.contains(.examiner), !settings.weights.examines {
      throw refuse(.examiner, "correlation-weight and attention-weight")
    }
  }

  // MARK: units

  /// Networks that the source makes.
  var networks: [AdaptNetwork] {
    [AdaptNetwork()]
      + settings.sparsityValues.flatMap { sparsity in
        ([AdaptNetwork.ticket] + settings.search.controls.names).map { AdaptNetwork(sparsity: sparsity, kind: $0) }
      }
  }

  public func units(of seed: UInt64, _ material: Material) throws -> [WorkUnit] {
    let recipe = settings.search.recipe
    let steps = recipe.steps.iterations(
      perEpoch: recipe.stepsPerEpoch(samples: material.training.data.train.count))
    let adapting = settings.steps.epochs * max(1, material.target.unlabelled.count / recipe.batch)
    return networks.flatMap { network -> [WorkUnit] in
      let density = 1 - network.sparsity
      return [
        WorkUnit(
          network.name, seed: seed, after: network.sparsity == 0 ? [] : [AdaptNetwork().name],
          work: WorkProgress.work(steps: steps, density: density))
      ]
        + material.arms.map { arm in
          WorkUnit(
            network.stage(arm), seed: seed, after: [network.name],
            work: arm == .source ? 0 : WorkProgress.work(steps: adapting, density: density))
        }
    }
  }

  public func run(_ unit: WorkUnit, on bench: Bench<Material>) throws {
    for network in networks {
      let work = AdaptWork(settings: settings, bench: bench, network: network)
      if unit.name == network.name { return try work.trainSource() }
      for arm in bench.material.arms where unit.name == network.stage(arm) { return try work.adapt(arm) }
    }
    preconditionFailure("\(unit.name) is no unit")
  }
}

/// A network that the source makes.
struct AdaptNetwork: Hashable {
  static let dense = "dense"
  static let ticket = "ticket"

  var sparsity = 0.0
  /// `dense`, `ticket`, or the name of a control.
  var kind = AdaptNetwork.dense

  var name: String { sparsity == 0 ? kind : "\(sparsity)-\(kind)" }
  func stage(_ arm: AdaptArm) -> String { "\(name).\(arm.rawValue)" }
}
