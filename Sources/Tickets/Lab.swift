import Foundations
import Lanes
public import Networks
import Pruning
import Training

/// The bench on which an algorithm works on one seed: it trains, prunes and keeps records, and skips what is already done.
public final class Lab: Sendable {
  public let settings: SearchSettings
  public let seed: UInt64
  let architecture: Architecture
  let data: TrainingData
  let store: StageStore
  let workers: WorkerPool
  let threads: Int
  let execution: Execution
  let progress: SearchProgress
  private let layout: ParameterLayout
  private let prunable: [ParameterLayout.Entry]

  init(
    settings: SearchSettings, seed: UInt64, architecture: Architecture, data: TrainingData, store: StageStore,
    workers: WorkerPool, threads: Int, execution: Execution, progress: SearchProgress
  ) throws {
    self.settings = settings
    self.seed = seed
    self.architecture = architecture
    self.data = data
    self.store = store
    self.workers = workers
    self.threads = threads
    self.execution = execution
    self.progress = progress
    layout = architecture.layout
    let excluded = try settings.excludedLayers(layout)
    prunable = layout.prunable.filter { !excluded.contains($0.layer) }
  }

  public var fullMask: Mask { Mask(fullFor: layout) }
  public var initialParameters: Parameters { settings.initializer.parameters(for: layout, seed: seed) }
  private var recipe: Recipe {
    var recipe = settings.recipe
    recipe.orderSeed = seed
    return recipe
  }
  private var stepsPerEpoch: Int { recipe.stepsPerEpoch(samples: data.train.count) }
  private var rewindStep: Int { settings.rewind.iterations(perEpoch: stepsPerEpoch) }

  // MARK: what algorithms do

  /// The weights that survivors go back to: those of the dense network at the rewind step.
  public func rewindPoint() throws -> Parameters {
    if rewindStep == 0 { return initialParameters }
    if let kept = store.ticket("rewind-point") { return kept.start }
    let pool = ThreadPool(threads: threads), run = makeRun(initialParameters, fullMask, at: 0, recipe, pool)
    while run.iteration < rewindStep {
      if Interruption.isRequested { throw Interruption.problem }
      run.takeStep()
    }
    let point = run.parameters
    try ticket(fullMask, start: point, startStep: rewindStep, trained: nil, round: 0, metrics: [:]).file()
      .write(to: store.ticketURL("rewind-point"))
    return point
  }

  /// Trains the whole network and returns its weights.
  public func trainDense() throws -> Parameters {
    let start = Start(parameters: initialParameters, step: 0, recipe: recipe)
    return try trainRound("dense", fullMask, start, round: 0)
  }

  /// The mask after removing a share of the survivors, as criterion and allocation say.
  public func prune(_ mask: Mask, by fraction: Double, trained: Parameters, round: Int) throws -> Mask {
    let criterion = try CriterionCatalog.criterion(named: settings.criterion)
    let allocation = try AllocationCatalog.allocation(named: settings.allocation)
    let scores = criterion.scores(
      ScoringContext(trained: trained, initial: initialParameters, mask: mask, seed: seed, round: round))
    let request = AllocationRequest(
      mask: mask, fraction: fraction, entries: prunable, factors: try settings.layerFactors(layout))
    return try Pruner.prune(mask, scores: scores, quota: allocation.quota(request))
  }

  /// Trains the ticket of a round, has its controls trained beside it, and returns its weights.
  public func trainTicket(_ mask: Mask, rewoundTo start: Parameters, trained: Parameters, round: Int) throws
    -> Parameters
  {
    for control in settings.controls.controls {
      workers.add({ try self.trainControl(control, mask, rewound: start, round: round) }, leaf: true)
    }
    return try trainRound(Self.stage(round), mask, restart(trained: trained, rewound: start), round: round)
  }

  static func stage(_ round: Int, _ control: Control? = nil) -> String {
    let number = round < 10 ? "0\(round)" : "\(round)"
    return control.map { "round-\(number).\($0.rawValue)" } ?? (round == 0 ? "dense" : "round-\(number)")
  }

  // MARK: trainings

  private struct Start: Sendable {
    var parameters: Parameters
    var step: Int
    var recipe: Recipe
  }

  private func restart(trained: Parameters, rewound: Parameters) -> Start {
    switch settings.retraining {
    case .rewind: return Start(parameters: rewound, step: rewindStep, recipe: recipe)
    case .learningRateRewind: return Start(parameters: trained, step: rewindStep, recipe: recipe)
    case .finetune:
      let flat = recipe.atLastRate(stepsPerEpoch: stepsPerEpoch)
      return Start(parameters: trained, step: rewindStep, recipe: flat)
    }
  }

  private func trainControl(_ control: Control, _ mask: Mask, rewound: Parameters, round: Int) throws {
    let stage = Self.stage(round, control)
    let fresh = settings.initializer.parameters(
      for: layout, seed: seed, stream: "control-weights/\(control)/round \(round)")
    let randomMask = mask.shuffledLayerwise(seed: seed, stream: "control-mask/\(control)/round \(round)")
    switch control {
    case .reinit: _ = try train(stage, mask, Start(parameters: fresh, step: 0, recipe: recipe))
    case .random: _ = try train(stage, randomMask, Start(parameters: fresh, step: 0, recipe: recipe))
    case .shuffled: _ = try train(stage, randomMask, Start(parameters: rewound, step: rewindStep, recipe: recipe))
    }
  }

  /// Trains a ticket and keeps it with its weights; a finished one is read back.
  private func trainRound(_ stage: String, _ mask: Mask, _ start: Start, round: Int) throws -> Parameters {
    if let record = store.record(stage), let kept = store.ticket(stage), kept.mask == mask, let trained = kept.trained,
      Digest.sha256(trained.values) == record.parametersDigest
    {
      store.removeCheckpoint(stage)
      progress.finished(steps: totalSteps - start.step, density: mask.density)
      return trained
    }
    return try train(stage, mask, start) { outcome in
      let metrics = [
        "testAccuracy": outcome.last.testAccuracy, "validationAccuracy": outcome.last.validationAccuracy,
        "earlyStopStep": Double(outcome.earlyStop.step), "earlyStopTestAccuracy": outcome.earlyStop.testAccuracy,
      ]
      try self.ticket(
        mask, start: start.parameters, startStep: start.step, trained: outcome.parameters, round: round,
        metrics: metrics
      ).file().write(to: self.store.ticketURL(stage))
    }
  }

  private func ticket(
    _ mask: Mask, start: Parameters, startStep: Int, trained: Parameters?, round: Int, metrics: [String: Double]
  ) -> Ticket {
    Ticket(
      architecture: architecture, mask: mask, start: start, startStep: startStep, trained: trained, seed: seed,
      round: round, settings: Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) }),
      metrics: metrics)
  }

  private var totalSteps: Int { recipe.steps.iterations(perEpoch: stepsPerEpoch) }

  private func makeRun(_ start: Parameters, _ mask: Mask, at step: Int, _ recipe: Recipe, _ pool: ThreadPool) -> Run {
    Run(
      architecture, start: start, mask: mask, at: step, recipe: recipe, data: data, pool: pool, execution: execution)
  }

  /// Trains from `start` to the end, going on from a checkpoint if there is one.
  private func train(
    _ stage: String, _ mask: Mask, _ start: Start, keep: (TrainingOutcome) throws -> Void = { _ in }
  ) throws -> Parameters {
    if let record = store.record(stage), stage.contains(".") {
      store.removeCheckpoint(stage)
      progress.finished(steps: record.last.step - start.step, density: mask.density)
      return start.parameters
    }
    let begin = StageTrainer.Start(parameters: start.parameters, step: start.step, recipe: start.recipe)
    return try trainer.train(stage, mask, begin, keep: keep)
  }

  private var trainer: StageTrainer {
    StageTrainer(
      architecture: architecture, data: data, store: store, threads: threads, execution: execution, progress: progress)
  }
}
