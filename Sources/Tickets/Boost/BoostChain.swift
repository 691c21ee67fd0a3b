import Basics
import Foundation
import Lanes
import Networks
import Pruning
import Training

/// The stages of one seed of a boost.
///
/// Li et al. 2020 (Boosting Tickets): the dense network is trained once at a small constant rate; the share `prune` of
/// smallest |w| / mean |w| of its layer goes in one shot; survivors get their initial values back and train with a warm-up
/// that begins at the small rate. The controls: a mask found at the large rate ("winning"), fresh weights and shuffled masks
/// in the ticket's place, and dense networks at several rates, with warm-up and without.
final class BoostChain: Sendable {
  let settings: BoostSettings
  let seed: UInt64
  let trainer: StageTrainer
  private let workers: WorkerPool

  init(_ settings: BoostSettings, seed: UInt64, trainer: StageTrainer, workers: WorkerPool) {
    self.settings = settings
    self.seed = seed
    self.trainer = trainer
    self.workers = workers
  }

  /// What is trained with a mask.
  static let ticketStages = ["ticket", "winning", "reinit", "shuffled"]
  static let maskNames = ["ticket", "winning"]
  static func maskStage(_ name: String) -> String { "mask-\(name)" }
  static func trajectoryStage(_ name: String) -> String { "trajectory-\(name)" }

  static func denseStage(rate: Double, isWarm: Bool) -> String { "dense-\(rate)" + (isWarm ? "-warm" : "") }

  static func denseStages(_ settings: BoostSettings) -> [(name: String, rate: Double, isWarm: Bool)] {
    settings.rates.values.flatMap { rate in
      (settings.hasWarmVariant(rate: rate) ? [false, true] : [false]).map {
        (denseStage(rate: rate, isWarm: $0), rate, $0)
      }
    }
  }

  private var layout: ParameterLayout { trainer.layout }
  private var perEpoch: Int { settings.search.recipe.stepsPerEpoch(samples: trainer.data.train.count) }
  private var initial: Parameters { settings.search.initializer.parameters(for: layout, seed: seed) }
  private var full: Mask { Mask(fullFor: layout) }
  func maskRate(_ name: String) -> Double { name == "ticket" ? settings.maskRate : settings.search.recipe.learningRate }

  /// Queues everything; masks go first, and what needs a mask is queued when it is there.
  func queue() {
    for name in Self.maskNames { workers.add({ try self.findMask(name) }, leaf: false) }
    for stage in Self.denseStages(settings) {
      workers.add(
        {
          let recipe = self.settings.denseRecipe(
            rate: stage.rate, isWarm: stage.isWarm, seed: self.seed, perEpoch: self.perEpoch)
          try self.train(stage.name, self.full, self.initial, recipe)
        }, leaf: true)
    }
  }

  private func findMask(_ name: String) throws {
    let stage = Self.maskStage(name), recipe = settings.maskRecipe(rate: maskRate(name), seed: seed, perEpoch: perEpoch)
    let trained = try trainKept(stage, recipe)
    let mask = try prune(trained), store = trainer.store
    if store.correlation(stage) == nil {
      try store.keep(stage, correlation: Self.correlation(initial, trained, at: 0.1))
    }
    let ticket = settings.ticketRecipe(seed: seed, perEpoch: perEpoch)
    func add(_ stage: String, _ mask: Mask, _ start: Parameters) {
      workers.add({ try self.train(stage, mask, start, ticket) }, leaf: true)
    }
    add(name, mask, initial)
    if name == "ticket" {
      add(
        "reinit", mask,
        settings.search.initializer.parameters(for: layout, seed: seed, stream: "control-weights/reinit/boost"))
      add("shuffled", mask.shuffledLayerwise(seed: seed, stream: "control-mask/shuffled/boost"), initial)
    }
    if settings.trajectory > 0 { workers.add({ try self.compareTrajectories(name, mask) }, leaf: true) }
  }

  /// Exactly round(prune * N) of the N weights of all layers but the excluded ones go; the output layer takes part.
  private func prune(_ trained: Parameters) throws -> Mask {
    let scores = NormalisedMagnitude().scores(
      ScoringContext(trained: trained, initial: initial, mask: full, seed: seed, round: 1))
    let excluded = try settings.search.excludedLayers(layout)
    let open = layout.prunable.filter { !excluded.contains($0.layer) }
    let request = AllocationRequest(mask: full, fraction: settings.prune, entries: open)
    return try Pruner.prune(full, scores: scores, quota: GlobalAllocation().quota(request))
  }

  /// Trains the dense network of a mask phase and keeps its weights; a finished one is read back.
  private func trainKept(_ stage: String, _ recipe: Recipe) throws -> Parameters {
    try trainer.trainKept(stage, from: TrainingStart(parameters: initial, mask: full, recipe: recipe)) {
      self.ticket(self.full, self.initial, $0, round: 0)
    }.parameters
  }

  private func train(_ stage: String, _ mask: Mask, _ parameters: Parameters, _ recipe: Recipe) throws {
    var start = TrainingStart(parameters: parameters, mask: mask, recipe: recipe)
    start.evaluatesAt = Set(settings.earlySteps(perEpoch: perEpoch))
    _ = try trainer.trainKept(stage, from: start) {
      self.ticket(mask, parameters, $0, round: mask.density < 1 ? 1 : 0)
    }
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
  private func compareTrajectories(_ name: String, _ mask: Mask) throws {
    let stage = Self.trajectoryStage(name), store = trainer.store
    if store.trajectory(stage) != nil { return }
    var recipe = settings.maskRecipe(rate: maskRate(name), seed: seed, perEpoch: perEpoch)
    recipe.schedule.shape = .constant
    recipe.robustSamples = 0
    let dense = trainer.makeRun(TrainingStart(parameters: initial, mask: full, recipe: recipe))
    let sparse = trainer.makeRun(TrainingStart(parameters: initial, mask: mask, recipe: recipe))
    var trajectory = Trajectory()
    for _ in 0..<settings.trajectory {
      for _ in 0..<perEpoch {
        if Interruption.isRequested { throw Interruption.problem }
        dense.takeStep()
        sparse.takeStep()
      }
      trajectory.append(dense.parameters, sparse.parameters, mask)
    }
    try store.keep(stage, trajectory: trajectory)
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
    distance.append((apart / length).squareRoot())
    maskedDistance.append((maskedApart / maskedLength).squareRoot())
  }
}

extension StageStore {
  func correlation(_ stage: String) -> Double? { value("\(stage).correlation") }
  func keep(_ stage: String, correlation: Double) throws { try keep(correlation, "\(stage).correlation") }
  func trajectory(_ stage: String) -> Trajectory? { value("\(stage).distance") }
  func keep(_ stage: String, trajectory: Trajectory) throws { try keep(trajectory, "\(stage).distance") }
}
