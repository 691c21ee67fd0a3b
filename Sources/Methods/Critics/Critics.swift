import Basics
public import Datasets
public import Experiments
import Networks
import Tickets
import Training

/// Networks in groups of layers that learn from a critic each, after Lee, Hsieh & Lee 2021, "Local Critic Training for
/// Model-Parallel Learning of Deep Neural Networks" (arXiv:2102.01963), beside back-propagation; and the sub-networks that come
/// of it.
///
/// A related tool, no way to tickets: what is chosen is how many layers a network has, not which weights. Tickets are found
/// inside the chosen sub-network, by magnitude and with their controls.
public struct Critics: Experiment {
  public static let name = "critics"
  public static let summary = "train groups of layers by local critics, side by side"
  public static let discussion = """
    Cuts a network in groups of layers whose gradients end at their input: each group but the last learns from a small critic \
    that predicts the loss behind it. Gives sub-networks with early exits, chooses one, and prunes inside it. With --cores 2 --threads 1 \
    groups work side by side, to the same bits; `tombola bench critics` measures that.
    """
  public static let example = [
    "data=digits", "model=mlp:24,20,16", "training-samples=0", "validation=100", "steps=2ep", "batch=64", "groups=2,3",
    "evaluate=1ep", "sparsity=0.5", "allowance=50", "warmup=0it",
  ]

  public let settings: CriticsSettings
  public let seeds: [UInt64]
  public init(_ settings: CriticsSettings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  /// Data, and the network in groups.
  public struct Material: ExtendedMaterial {
    public let training: TrainingMaterial
    /// In the order of `CriticsSettings.counts`.
    let groups: [LayerGroups]
    public var announcement: [String] { training.announcement + groups.map(\.sentence) }
  }

  public func prepare(_ locator: DataLocator) throws -> Material {
    try settings.search.requireDrawnWeights(Self.name)
    let training = try TrainingMaterial(settings.search, locator), recipe = settings.search.recipe
    let perEpoch = recipe.stepsPerEpoch(samples: training.data.train.count)
    guard recipe.steps.iterations(perEpoch: perEpoch) % perEpoch == 0 else {
      throw Problem.usage(
        "Groups of layers train for whole epochs, and \(recipe.steps) are none (an epoch has \(perEpoch) steps).",
        remedy: "Give --steps in epochs: --steps 12ep.")
    }
    try settings.search.controls.requireOfOneTicket()
    let groups = try settings.counts.map { try LayerGroups(training.architecture, count: $0, head: settings.head) }
    for groups in groups {
      for i in 1..<groups.count { try SearchSettings.checkMemory(try groups.subnetwork(i), batch: recipe.batch) }
    }
    return Material(training: training, groups: groups)
  }

  // MARK: units

  static let backPropagation = "bp"
  static func critics(_ groups: Int) -> String { "critics-\(groups)" }
  static func alone(_ first: Int, of groups: Int) -> String { "alone-\(groups)-\(first)" }
  static func ticket(_ sparsity: Double) -> String { "ticket-\(sparsity)" }
  static func control(_ name: String, _ sparsity: Double) -> String { "\(ticket(sparsity)).\(name)" }

  public func units(of seed: UInt64, _ material: Material) -> [WorkUnit] {
    let recipe = settings.search.recipe, perEpoch = recipe.stepsPerEpoch(samples: material.training.data.train.count)
    let steps = recipe.steps.iterations(perEpoch: perEpoch)
    func unit(_ name: String, after: [String] = [], density: Double = 1, trainings: Int = 1) -> WorkUnit {
      WorkUnit(
        name, seed: seed, after: after,
        work: Double(trainings) * WorkProgress.work(steps: steps, density: density))
    }
    let trained = settings.counts.map { unit(Self.critics($0)) }
    let alone = settings.counts.flatMap { count in (1..<count).map { unit(Self.alone($0, of: count)) } }
    let tickets = settings.sparsityValues.flatMap { sparsity in
      [
        unit(
          Self.ticket(sparsity), after: [Self.critics(settings.counts.last!)], density: 1 - sparsity,
          trainings: settings.rounds)
      ]
        + settings.search.controls.names.map {
          unit(Self.control($0, sparsity), after: [Self.ticket(sparsity)], density: 1 - sparsity)
        }
    }
    return trained + [unit(Self.backPropagation)] + tickets + alone
  }

  public func run(_ unit: WorkUnit, on bench: Bench<Material>) throws {
    for groups in bench.material.groups {
      let work = CriticsWork(settings: settings, bench: bench, groups: groups)
      if unit.name == Self.critics(groups.count) { return try work.train() }
      for first in 1..<groups.count where unit.name == Self.alone(first, of: groups.count) {
        return try work.trainAlone(unit.name, try groups.subnetwork(first))
      }
    }
    let work = CriticsWork(settings: settings, bench: bench, groups: bench.material.groups.last!)
    if unit.name == Self.backPropagation { return try work.trainAlone(unit.name, bench.material.training.architecture) }
    for sparsity in settings.sparsityValues {
      if unit.name == Self.ticket(sparsity) { return try work.findTicket(sparsity) }
      for control in settings.search.controls.types where unit.name == Self.control(control.name, sparsity) {
        return try work.train(control, sparsity)
      }
    }
    preconditionFailure("\(unit.name) is no unit")
  }
}

extension LayerGroups {
  /// `2 groups: conv1 to pool1 | conv3 to fc3`, with the shares of a training step.
  var sentence: String {
    let parts = zip(groups, shares).map { group, share in
      "\(group.nodes[0].name) to \(group.outputName) (\(Int((100 * share).rounded())) %)"
    }
    return "\(count) groups: \(parts.joined(separator: ", ")); shares of a step's multiply-adds, critics included"
  }
}
