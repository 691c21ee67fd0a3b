import Basics
import Experiments
import Foundation
import Lanes
import Networks
import Pruning
import Tickets
import Training

/// The trainings of one seed of a boost.
struct BoostWork {
  let settings: BoostSettings
  let bench: Bench<TrainingMaterial>

  private var trainer: StageTrainer { bench.trainer }
  private var seed: UInt64 { bench.seed }
  private var layout: ParameterLayout { bench.material.architecture.layout }
  private var perEpoch: Int { settings.search.recipe.stepsPerEpoch(samples: bench.material.data.train.count) }
  private var initial: Parameters { settings.search.initializer.parameters(for: layout, seed: seed) }
  private var full: Mask { Mask(fullFor: layout) }
  private var pruning: BoostPruning { BoostPruning(settings: settings, initial: initial, seed: seed) }

  /// Trains the dense network of a mask phase, and measures how far its magnitudes went.
  func findMask(_ name: String) throws {
    let stage = "\(Boost.maskStage(name)).correlation",
      correlation = Self.correlation(initial, try maskPhase(name), at: 0.1)
    if bench.store.value(stage) != correlation { try bench.store.keep(correlation, stage) }
  }

  private func maskPhase(_ name: String) throws -> Parameters {
    let recipe = settings.maskRecipe(rate: settings.maskRate(of: name), seed: seed, perEpoch: perEpoch)
    let stage = Boost.maskStage(name), steps = recipe.steps.iterations(perEpoch: perEpoch)
    let stability = MaskStability(
      store: bench.store, stage: stage, perEpoch: perEpoch, limit: settings.maskStop, pruning: pruning)
    var start = TrainingStart(parameters: initial, mask: full, recipe: recipe)
    if settings.maskStop > 0 {
      start.evaluatesAt = stability.places(of: steps)
      start.ends = stability.isStable
      stability.checkCheckpoint(pixels: recipe.keptPixels(input: trainer.architecture.input))
    }
    // Where a phase ends belongs to its own run.
    let trained = try trainDense(stage, from: start, isShared: settings.maskStop == 0)
    if settings.maskStop > 0 { stability.removeMasks(of: steps) }
    return trained
  }

  /// Trains a dense network, which the runs of a sweep have in common.
  private func trainDense(_ stage: String, from start: TrainingStart, isShared: Bool = true) throws -> Parameters {
    func train(_ stage: String, _ trainer: StageTrainer) throws -> Parameters {
      try trainer.trainKept(stage, from: start) { ticket(full, initial, $0, round: 0) }.parameters
    }
    if isShared, let output = bench.shared, let data = bench.material.dataset?.digest, !bench.store.isBegun(stage) {
      var search = settings.search
      search.recipe = start.recipe
      let shared = SharedDense(search, evaluated: start.evaluatesAt.sorted(), dataDigest: data, output: output)
      try shared.provide(settings.search.texts, as: stage, seed: seed, to: bench.store) { store in
        _ = try train(SharedDense.stage, trainer.storing(in: store))
      }
    }
    return try train(stage, trainer)
  }

  /// The mask that a phase found. Its unit is done, so this reads it back.
  private func mask(of name: String) throws -> Mask {
    guard let trained = bench.store.ticket(Boost.maskStage(name))?.trained else {
      throw bench.store.missing(Boost.maskStage(name))
    }
    return try pruning.mask(of: trained)
  }

  /// Trains a network under a random mask.
  func trainRandom(_ rates: RandomRates) throws {
    let recipe = settings.ticketRecipe(seed: seed, perEpoch: perEpoch)
    try train(Boost.randomStage(rates), pruning.randomMask(rates), initial, recipe)
  }

  /// Trains a network that a mask phase gives its mask.
  func trainTicket(_ arm: String) throws {
    let recipe = settings.ticketRecipe(seed: seed, perEpoch: perEpoch), mask = try mask(of: Boost.phase(of: arm))
    switch arm {
    case "reinit":
      let fresh = settings.search.initializer.parameters(
        for: layout, seed: seed, stream: "control-weights/reinit/boost")
      try train(arm, mask, fresh, recipe)
    case "shuffled":
      try train(arm, mask.shuffledLayerwise(seed: seed, stream: "control-mask/shuffled/boost"), initial, recipe)
    default: try train(arm, mask, initial, recipe)
    }
  }

  func trainDense(_ stage: Boost.DenseStage) throws {
    let recipe = settings.denseRecipe(stage, seed: seed, perEpoch: perEpoch)
    _ = try trainDense(stage.name, from: start(initial, full, recipe))
  }

  private func train(_ stage: String, _ mask: Mask, _ parameters: Parameters, _ recipe: Recipe) throws {
    let parameters = settings.rescalesSurvivors ? parameters.rescaled(forSurvivorsOf: mask) : parameters
    _ = try trainer.trainKept(stage, from: start(parameters, mask, recipe)) { ticket(mask, parameters, $0, round: 1) }
  }

  private func start(_ parameters: Parameters, _ mask: Mask, _ recipe: Recipe) -> TrainingStart {
    var start = TrainingStart(parameters: parameters, mask: mask, recipe: recipe)
    start.evaluatesAt = Set(settings.earlySteps(perEpoch: perEpoch))
    return start
  }

  private func ticket(_ mask: Mask, _ start: Parameters, _ outcome: TrainingOutcome, round: Int) -> Ticket {
    let last = outcome.last
    let metrics = ["testAccuracy": last.testAccuracy, "validationAccuracy": last.validationAccuracy]
    return Ticket(
      architecture: trainer.architecture, mask: mask, start: start, startStep: 0, trained: outcome.parameters,
      seed: seed, round: round, settings: settings.search.texts, metrics: metrics)
  }

  // MARK: diagnostics

  /// The share of the largest `part` of the initial magnitudes that are among the largest `part` of the trained ones, over
  /// all prunable weights: about `part` by chance.
  static func correlation(_ initial: Parameters, _ trained: Parameters, at part: Double) -> Double {
    let layout = initial.layout, count = layout.prunableCount, kept = Int((part * Double(count)).rounded())
    guard kept > 0 else { return 0 }
    func largest(_ parameters: Parameters) -> Mask {
      var mask = Mask(fullFor: layout)
      Selection.clearLowest(
        count - kept, in: layout.prunable.map(\.range), parameters.values.map(\.magnitude), &mask.keeps)
      return mask
    }
    let first = largest(initial), last = largest(trained)
    let both = layout.prunable.reduce(0) { sum, entry in
      sum + entry.range.count { first.keeps[$0] && last.keeps[$0] }
    }
    return Double(both) / Double(kept)
  }

  /// Trains the dense network and the sparse one in step at the constant rate of the mask, and measures after each epoch how
  /// far apart they are.
  func compareTrajectories(_ name: String) throws {
    let stage = "\(Boost.trajectoryStage(name)).distance", mask = try mask(of: name)
    if let kept: Trajectory = bench.store.value(stage), kept.distance.count == settings.trajectory { return }
    var recipe = settings.maskRecipe(rate: settings.maskRate(of: name), seed: seed, perEpoch: perEpoch)
    recipe.schedule.shape = .constant
    recipe.robustSamples = 0
    let dense = trainer.makeRun(TrainingStart(parameters: initial, mask: full, recipe: recipe))
    let sparse = trainer.makeRun(TrainingStart(parameters: initial, mask: mask, recipe: recipe))
    var trajectory = Trajectory()
    for _ in 0..<settings.trajectory {
      for _ in 0..<perEpoch {
        try Interruption.check()
        dense.takeStep()
        sparse.takeStep()
      }
      trajectory.append(dense.parameters, sparse.parameters, mask)
    }
    try bench.store.keep(trajectory, stage)
  }
}

/// Relative distances of a sparse network from the dense one, epoch by epoch.
struct Trajectory: Codable, Equatable, Sendable {
  var distance: [Double] = []
  var maskedDistance: [Double] = []

  mutating func append(_ dense: Parameters, _ sparse: Parameters, _ mask: Mask) {
    var apart = 0.0, length = 0.0, maskedApart = 0.0, maskedLength = 0.0
    for i in dense.layout.prunable.flatMap(\.range) {
      let d = Double(dense.values[i]), s = Double(sparse.values[i])
      apart += (d - s) * (d - s)
      length += d * d
      guard mask.keeps[i] else { continue }
      maskedApart += (d - s) * (d - s)
      maskedLength += d * d
    }
    // Weights that are all zero are as far apart as nothing.
    distance.append(apart == 0 ? 0 : (apart / length).squareRoot())
    maskedDistance.append(maskedApart == 0 ? 0 : (maskedApart / maskedLength).squareRoot())
  }
}

extension Trajectory: Sound {
  var isSound: Bool { distance.count == maskedDistance.count }
}
