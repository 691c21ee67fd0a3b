public import Basics
public import Datasets
public import Experiments
import Foundation
import Networks
import Tickets
import Training

/// Prunes a random network of twice the depth to a trained target: a strong ticket by construction, without training.
///
/// Malach, Yehudai, Shalev-Shwartz & Shamir 2020, "Proving the Lottery Ticket Hypothesis" (arXiv:2002.00585): one random
/// weight near each target weight. Pensia, Rajput, Nagle, Vishwakarma & Papailiopoulos 2020, "Optimal Lottery Tickets via
/// SubsetSum" (arXiv:2006.07990): a subset of random weights whose sum is near it; with it comes the threshold to zero of
/// their code. Weights are pruned, not neurons. Biases are weights on a constant input, as in both papers; where they are
/// larger than 1 the constant is a power of two. Their experiment solves the subset sums by a mixed-integer program up to the
/// error; here they are exact. Cost: about 14 microseconds a target weight for 20 candidates.
public struct Prove: Experiment {
  public static let name = "prove"
  public static let summary = "prune a random network to a trained target"
  public static let discussion = """
    Makes every weight of a trained fully connected network of a few random weights (Malach et al. 2020, Pensia et al. \
    2020), and bounds how far the pruned random network can be from the target. The target is a ticket or onnx:FILE; \
    without one a dense network is trained first.
    """
  public static let example = [
    "data=digits", "model=mlp:24,16", "steps=2ep", "batch=64", "candidates=10", "points=64",
  ]

  public let settings: ProveSettings
  public let seeds: [UInt64]

  public init(_ settings: ProveSettings, seeds: [UInt64]) {
    self.settings = settings
    self.seeds = seeds
  }

  public struct Material: ExperimentMaterial {
    let training: TrainingMaterial
    let ticket: Ticket?
    public var dataset: DatasetSummary? { training.dataset }
    public var timed: TrainingMaterial? { training }
    public var draws: Int? { training.draws }
  }

  public func prepare(_ locator: DataLocator) throws -> Material {
    guard settings.method == .singlePick || settings.candidates <= SubsetSum.largestCount else {
      throw Problem.usage(
        "candidates=\(settings.candidates) is out of range for method=subset-sum.",
        remedy: "Give at most \(SubsetSum.largestCount), or method=single-pick.")
    }
    if let model = settings.targetModel { return try prepare(model, locator) }
    let path = settings.ticket.paths.first
    let ticket = try path.map { try Ticket(contentsOf: URL(fileURLWithPath: $0)) }
    if let path, ticket?.trained == nil {
      throw Problem.badData(
        "\(path) holds no trained weights.",
        remedy: "Train it first: tombola train \(path) --save trained.safetensors")
    }
    let training = try TrainingMaterial(settings.search, locator, architecture: ticket?.architecture)
    try TargetNetwork.check(training.architecture)
    let dataset = training.data.dataset
    try ticket?.checkFits(input: dataset.inputShape, classes: dataset.classCount, data: settings.search.data)
    try ticket?.checkModel(settings.search.model)
    return Material(training: training, ticket: ticket)
  }

  /// The target is a network trained elsewhere.
  private func prepare(_ model: String, _ locator: DataLocator) throws -> Material {
    guard settings.search.model == model else {
      throw Problem.usage(
        "\(model) is the target, and --model names \(settings.search.model).", remedy: "Leave --model out.")
    }
    let training = try TrainingMaterial(settings.search, locator), architecture = training.architecture
    try TargetNetwork.check(architecture)
    let start = try settings.search.initialParameters(of: architecture, seed: 0)
    let ticket = Ticket(
      architecture: architecture, mask: Mask(fullFor: architecture.layout), start: start, startStep: 0, trained: start,
      seed: 0, round: 0, settings: settings.search.texts, metrics: [:])
    return Material(training: training, ticket: ticket)
  }

  // MARK: units

  static let targetStage = "target"
  static let proofStage = "proof"

  /// The target's training, unless a ticket is the target, and the construction.
  public func units(of seed: UInt64, _ material: Material) -> [WorkUnit] {
    guard material.ticket == nil else { return [WorkUnit(Self.proofStage, seed: seed, work: 0)] }
    let recipe = settings.search.recipe
    let steps = recipe.steps.iterations(perEpoch: recipe.stepsPerEpoch(samples: material.training.data.train.count))
    return [
      WorkUnit(Self.targetStage, seed: seed, work: WorkProgress.work(steps: steps, density: 1)),
      WorkUnit(Self.proofStage, seed: seed, after: [Self.targetStage], work: 0),
    ]
  }

  public func run(_ unit: WorkUnit, on bench: Bench<Material>) throws {
    if unit.name == Self.targetStage {
      try trainTarget(bench)
    } else {
      try ProofWork(prove: self, bench: bench).carryOut()
    }
  }

  private func trainTarget(_ bench: Bench<Material>) throws {
    let training = bench.material.training, architecture = training.architecture,
      mask = Mask(fullFor: architecture.layout)
    let start = try settings.search.initialParameters(of: architecture, seed: bench.seed)
    var recipe = settings.search.recipe
    recipe.orderSeed = bench.seed
    _ = try bench.trainer(architecture, data: training.data).trainKept(
      Self.targetStage, from: TrainingStart(parameters: start, mask: mask, recipe: recipe)
    ) { outcome in
      Ticket(
        architecture: architecture, mask: mask, start: start, startStep: 0, trained: outcome.parameters,
        seed: bench.seed,
        round: 0, settings: settings.search.texts,
        metrics: ["testAccuracy": outcome.last.testAccuracy, "validationAccuracy": outcome.last.validationAccuracy])
    }
  }
}
