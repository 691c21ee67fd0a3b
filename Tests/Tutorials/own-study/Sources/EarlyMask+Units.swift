import Basics
import Experiments
import Networks
import Pruning
import Tickets
import Training

extension EarlyMask {
  /// The dense network, a mask for each step, and the control: the last of these masks, shuffled within each layer.
  private enum Arm: Equatable {
    case dense, mask(Step), shuffled

    var name: String {
      switch self {
      case .dense: "dense"
      case .mask(let step): "at-\(step)"
      case .shuffled: "shuffled"
      }
    }
  }

  private var arms: [Arm] { [.dense] + settings.steps.values.map { .mask($0) } + [.shuffled] }

  static func maskName(_ step: Step) -> String { Arm.mask(step).name }

  func units(of seed: UInt64, _ material: TrainingMaterial) -> [WorkUnit] {
    let recipe = settings.search.recipe, perEpoch = recipe.stepsPerEpoch(samples: material.data.train.count)
    let total = recipe.steps.iterations(perEpoch: perEpoch)
    return arms.map { arm in
      WorkUnit(
        arm.name, seed: seed,
        work: WorkProgress.work(steps: total, density: arm == .dense ? 1 : settings.density))
    }
  }

  func run(_ unit: WorkUnit, on bench: Bench<TrainingMaterial>) throws {
    let layout = bench.material.architecture.layout
    var start = TrainingStart(
      parameters: settings.search.initializer.parameters(for: layout, seed: unit.seed), mask: Mask(fullFor: layout),
      recipe: settings.search.recipe)
    start.recipe.orderSeed = unit.seed
    switch arms.first(where: { $0.name == unit.name }) {
    case .mask(let step):
      start.mask = try mask(after: step, from: start, bench)
    case .shuffled:
      start.mask = try mask(after: settings.steps.values.last ?? .zero, from: start, bench)
        .shuffledLayerwise(seed: unit.seed, stream: "early-mask/shuffle")
    default: break
    }
    try bench.trainer.train(unit.name, from: start)
  }

  /// The mask of the largest weights after some steps of dense training.
  private func mask(after step: Step, from start: TrainingStart, _ bench: Bench<TrainingMaterial>) throws -> Mask {
    let steps = step.iterations(perEpoch: bench.trainer.stepsPerEpoch(start.recipe))
    let weights = try bench.trainer.weights(from: start, after: steps)
    return try Pruner.magnitude(weights, by: 1 - settings.density, allocation: GlobalAllocation())
  }

  func stages(of seed: UInt64, _ records: Records<TrainingMaterial>) throws -> [SeedSummary.Stage] {
    try arms.compactMap { arm in
      try records.stage(arm.name, of: seed, arm: arm.name, density: arm == .dense ? 1 : settings.density)
    }
  }
}
