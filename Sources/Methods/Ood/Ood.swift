import Basics
public import Datasets
public import Experiments
import Networks
import Pruning
import Tickets
import Training

/// Which networks know samples that are of another kind than theirs: cross-entropy beside fixed, evenly spread class centres
/// (Zhu, Zheng & Yan 2022, arXiv:2204.04665), dense and as tickets. A related tool, no way to tickets.
public struct Ood: Experiment {
  public static let name = "ood"
  public static let summary = "tell samples of another kind, by fixed class centres"
  public static let discussion = """
    Trains with cross-entropy and with fixed class centres, prunes both by magnitude, and says how well scores of each network \
    tell its test samples from other data and from noise. docs/methods.md says what is the paper's and what is ours.
    """
  public static let example = [
    "data=digits", "model=mlp:24,16", "training-samples=0", "validation=100", "steps=2ep", "batch=64", "out-data=none",
    "out-samples=100", "sparsity=0.5",
  ]

  public let settings: OodSettings
  public let seeds: [UInt64]
  public init(_ settings: OodSettings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  /// Data, samples from elsewhere, and a network a loss.
  public struct Material: ExtendedMaterial {
    public let training: TrainingMaterial
    let outside: [OutSet]
    let architectures: [OodLoss: Architecture]
    public var announcement: [String] {
      training.announcement + [
        "samples from elsewhere: \(outside.map { "\($0.samples.count) of \($0.name)" }.joined(separator: ", "))"
      ]
    }

    var classes: Int { training.data.dataset.classCount }
  }

  public func prepare(_ locator: DataLocator) throws -> Material {
    try check()
    let training = try TrainingMaterial(settings.search, locator), data = training.data
    let outside = try OutSet.all(settings, data, locator)
    guard !outside.isEmpty else {
      throw Problem.usage(
        "There are no samples from elsewhere.", remedy: "Name data sets with --out-data or noise with --out-noise.")
    }
    var architectures = [OodLoss.ce: training.architecture]
    if settings.losses.values.contains(.pedcc) { architectures[.pedcc] = try centred(training) }
    return Material(training: training, outside: outside, architectures: architectures)
  }

  private func check() throws {
    guard settings.search.recipe.steps.iterations == 0 else {
      throw Problem.usage(
        "These networks are trained in whole epochs, not for \(settings.search.recipe.steps).",
        remedy: "Give --steps in epochs: --steps 10ep.")
    }
    try settings.search.controls.requireOfOneTicket()
  }

  /// The network whose outputs are features among centres.
  private func centred(_ training: TrainingMaterial) throws -> Architecture {
    let classes = training.data.dataset.classCount, dimension = settings.centreDimension(classes)
    guard dimension >= classes - 1 else {
      throw Problem.usage(
        "\(classes) centres cannot stand evenly among \(dimension) numbers.",
        remedy: "Choose a --centre-dimension of at least \(classes - 1), or 0.")
    }
    let model = settings.search.model
    let network = try ModelCatalog.architecture(
      model, input: training.data.dataset.inputShape, classes: dimension)
    guard network.output.count == dimension else {
      throw Problem.usage(
        "\(model) has \(network.output.count) outputs whatever is asked for, not the \(dimension) numbers of a feature.",
        remedy: "Choose another --model, --centre-dimension \(network.output.count), or --loss-of ce.")
    }
    return network
  }

  // MARK: units

  var stages: [OodStage] {
    settings.losses.values.flatMap { loss in
      [OodStage(loss: loss)]
        + settings.sparsityValues.flatMap { sparsity in
          [OodStage(loss: loss, sparsity: sparsity, arm: OodStage.ticket)]
            + settings.search.controls.names.map { OodStage(loss: loss, sparsity: sparsity, arm: $0) }
        }
    }
  }

  public func units(of seed: UInt64, _ material: Material) throws -> [WorkUnit] {
    let recipe = settings.search.recipe
    let steps = recipe.steps.iterations(
      perEpoch: recipe.stepsPerEpoch(samples: material.training.data.train.count))
    return stages.map { stage in
      WorkUnit(
        stage.name, seed: seed, after: stage.sparsity == 0 ? [] : [OodStage(loss: stage.loss).name],
        work: WorkProgress.work(steps: steps, density: 1 - stage.sparsity))
    }
  }

  public func run(_ unit: WorkUnit, on bench: Bench<Material>) throws {
    guard let stage = stages.first(where: { $0.name == unit.name }) else {
      preconditionFailure("\(unit.name) is no unit")
    }
    try OodWork(settings: settings, bench: bench, stage: stage).run()
  }
}

/// A network of the study.
struct OodStage: Hashable {
  static let dense = "dense"
  static let ticket = "ticket"

  var loss: OodLoss
  var sparsity = 0.0
  /// `dense`, `ticket`, or the name of a control.
  var arm = OodStage.dense

  var name: String { sparsity == 0 ? "\(loss.rawValue)-\(arm)" : "\(loss.rawValue)-\(sparsity)-\(arm)" }
}

extension OodSettings {
  func centreDimension(_ classes: Int) -> Int { dimension == 0 ? classes - 1 : dimension }
}
