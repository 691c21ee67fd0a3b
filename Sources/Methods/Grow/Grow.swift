public import Basics
public import Datasets
public import Experiments
import Networks
import Tickets
import Training

/// Recursive ticket growth: a pruned network keeps its trained weights and is given a fresh block that changes nothing, is
/// trained, pruned, and given another.
///
/// Zhang 2021, "Juvenile state hypothesis: What we can learn from lottery ticket hypothesis researches?" (arXiv:2109.03862),
/// Algorithm 2. Differences: the optimiser starts empty each round; the first of the rounds trains the base, so that a network
/// ends with a block less than it has rounds; and controls stand beside it that the paper lacks: the same without growth, with
/// a random block, without pruning, and of full depth without resets. Cost: a training of all rounds an arm, a seed.
public struct Grow: Experiment {
  public static let name = "grow"
  public static let summary = "grow a ticket: train, prune, insert, and again"
  public static let discussion = """
    All arms take equally many steps on the same batches. Beside growth stand the full-depth network, reset each round as in \
    iterative magnitude pruning or not, the pruned network without growth, a random block, and growth without pruning; beside \
    the ticket its mask on fresh weights, shuffled, and the dense network. Starting the same command again goes on where it \
    stopped; more --controls run only what is new.
    """
  public static let example = [
    "data=digits", "model=mlp:24", "steps=2ep", "batch=64", "rounds=3", "sparsity=0.8", "evaluate=20it", "lr=0.005",
  ]

  public let settings: GrowSettings
  public let seeds: [UInt64]
  public init(_ settings: GrowSettings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  static let dense = "dense"
  /// Beside the ticket.
  static let besides: [any Control.Type] = [Reinitialised.self, ShuffledMask.self]

  public func prepare(_ locator: DataLocator) throws -> TrainingMaterial {
    try settings.search.requireDrawnWeights(Self.name)
    let material = try TrainingMaterial(settings.search, locator)
    let networks = try networks(material)
    try SearchSettings.checkMemory(networks.full, batch: settings.search.recipe.batch)
    if networks.prunable(networks.full).isEmpty {
      throw Problem.usage("There is no hidden layer to prune.", remedy: "Use more --rounds, or prune-ends=true.")
    }
    return material
  }

  func networks(_ material: TrainingMaterial) throws -> GrownNetworks {
    try GrownNetworks(material.architecture, settings)
  }

  // MARK: steps

  func perRound(_ material: TrainingMaterial) -> Int { iterations(settings.search.recipe.steps, material) }
  func fineTuning(_ material: TrainingMaterial) -> Int { iterations(settings.fineTuning, material) }

  private func iterations(_ step: Step, _ material: TrainingMaterial) -> Int {
    step.iterations(perEpoch: settings.search.recipe.stepsPerEpoch(samples: material.data.train.count))
  }

  // MARK: units

  static func folder(_ arm: GrowArm, _ seed: UInt64) -> String { "\(arm.rawValue)/seed-\(seed)" }

  /// An arm goes through its rounds in one unit; what stands beside the ticket waits for its mask.
  public func units(of seed: UInt64, _ material: TrainingMaterial) throws -> [WorkUnit] {
    let networks = try networks(material), steps = perRound(material), rest = fineTuning(material)
    let total = settings.rounds * steps + rest
    let arms = settings.arms.map { arm in
      let rounds = (1...settings.rounds).reduce(0) {
        $0 + WorkProgress.work(steps: steps, density: networks.density(arm, $1))
      }
      return WorkUnit(arm.rawValue, seed: seed, folder: Self.folder(arm, seed), work: rounds + Double(rest))
    }
    let beside = Self.besides.map { control in
      WorkUnit(
        control.name, seed: seed, after: [GrowArm.growth.rawValue], work: WorkProgress.work(steps: total, density: 0.5))
    }
    return arms + [WorkUnit(Self.dense, seed: seed, work: WorkProgress.work(steps: total, density: 1))] + beside
  }

  public func run(_ unit: WorkUnit, on bench: Bench<TrainingMaterial>) throws {
    let work = GrowWork(settings: settings, networks: try networks(bench.material), bench: bench)
    if let arm = GrowArm(rawValue: unit.name) { return try work.run(arm) }
    if unit.name == Self.dense { return try work.trainDense(unit.name) }
    for control in Self.besides where control.name == unit.name { try work.trainBeside(control, unit.name) }
  }

  // MARK: stages

  /// The networks of an arm, as `stages` names them.
  func stageNames(_ arm: GrowArm) -> [String] {
    ((1...settings.rounds).map(GrowWork.stage) + [GrowWork.ticket]).map { "\(arm.rawValue)/\($0)" }
  }

  public func stages(of seed: UInt64, _ records: Records<TrainingMaterial>) throws -> [SeedSummary.Stage] {
    let arms = try settings.arms.flatMap { arm -> [SeedSummary.Stage] in
      try stageNames(arm).enumerated().compactMap { place, name in
        let round = min(place + 1, settings.rounds), store = try records.store(of: seed, arm: arm.rawValue)
        let measured: GrowMeasurement? = store.value(GrowMeasurement.stage(round))
        let isTicket = place == settings.rounds
        return try records.stage(
          name, of: seed, arm: isTicket ? "\(arm.rawValue)-ticket" : arm.rawValue, round: round,
          remaining: measured?.remaining, density: measured.map { Double($0.remaining) / Double($0.weights) })
      }
    }
    let beside = try ([Self.dense] + Self.besides.map { $0.name }).compactMap { name in
      try records.stage(name, of: seed, arm: name, round: name == Self.dense ? 0 : settings.rounds)
    }
    return arms + beside
  }
}
