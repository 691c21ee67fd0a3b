import Basics
import Datasets
import Experiments
import Foundation
import Lanes
import Networks
import Pruning
import Tickets
import Training

/// The trainings of one seed with a network in some groups.
struct CriticsWork {
  let settings: CriticsSettings
  let bench: Bench<Critics.Material>
  let groups: LayerGroups

  private var data: TrainingData { bench.material.training.data }
  private var seed: UInt64 { bench.seed }
  private var stage: String { Critics.critics(groups.count) }
  private var checkpoint: URL { bench.store.ticketURL("checkpoint-\(stage)") }
  static func exitsStage(_ groups: Int) -> String { "\(Critics.critics(groups)).exits" }

  private var recipe: Recipe {
    var recipe = settings.search.recipe
    recipe.orderSeed = seed
    return recipe
  }

  /// Every tensor by a stream of its own name, so that a sub-network trained alone starts from the same weights.
  private func initial(_ architecture: Architecture) -> Parameters {
    settings.search.initializer.parameters(for: architecture.layout, seed: seed)
  }

  // MARK: by local critics

  func train() throws {
    let run = LocalCriticRun(
      groups, start: ([groups.network] + groups.critics).map(initial), recipe: recipe, criticRate: settings.criticRate,
      criticEvery: settings.criticEvery, samples: data.train.count,
      threads: max(bench.threads, settings.cores))
    guard bench.store.record(stage) == nil || bench.store.ticket(stage) == nil else {
      return bench.progress.finished(steps: run.totalSteps, density: 1)
    }
    var session = CriticsSession(run: run)
    session.restore(from: checkpoint)
    let all = run.totalSteps / run.stepsPerEpoch, watch = Stopwatch()
    var evaluationSeconds = 0.0
    while session.epochs.count < all {
      let order = EpochOrder.indices(count: data.train.count, seed: seed, epoch: session.epochs.count)
      session.epochs.append(try run.train(data.train, order: order))
      try check(session.epochs.last!, step: run.iteration)
      let evaluation = Stopwatch()
      if isEvaluated(session.epochs.count, run) { session.curve.append(try point(run)) }
      evaluationSeconds += evaluation.seconds
      try session.file().write(to: checkpoint)
      bench.progress.advanced("seed-\(seed)/\(stage)", steps: run.stepsPerEpoch, density: 1)
      try Interruption.check()
    }
    try finish(session, seconds: watch.seconds - evaluationSeconds, evaluationSeconds)
  }

  /// After the epochs in which a step of the setting `evaluate` falls, and the last.
  private func isEvaluated(_ epoch: Int, _ run: LocalCriticRun) -> Bool {
    let every = max(1, recipe.evaluateEvery.iterations(perEpoch: run.stepsPerEpoch)), steps = epoch * run.stepsPerEpoch
    return steps == run.totalSteps || steps / every > (steps - run.stepsPerEpoch) / every
  }

  private func check(_ epoch: LocalCriticRun.Epoch, step: Int) throws {
    guard let loss = epoch.losses.first(where: { !$0.isFinite }) else { return }
    var problem = Problem(
      .failed, "Training by local critics diverged: the training loss up to step \(step) is \(loss.inWords).",
      remedy: "Lower the learning rate (--lr, --critic-lr) or add a warm-up.")
    problem.place = Problem.Place(step: step)
    throw problem
  }

  private func outputs(_ run: LocalCriticRun, _ samples: SampleStore) throws -> ExitOutputs {
    ExitOutputs(
      try run.evaluate(samples), classes: groups.network.output.count,
      labels: Array(UnsafeBufferPointer(start: samples.labels, count: samples.count)))
  }

  /// Of the network, as after an epoch of any other training.
  private func point(_ run: LocalCriticRun) throws -> CurvePoint {
    let validation = try outputs(run, data.validation), test = try outputs(run, data.test)
    return CurvePoint(
      step: run.iteration, validationLoss: validation.loss, validationAccuracy: validation.accuracies.last!,
      testAccuracy: test.accuracies.last!)
  }

  /// Keeps what the exits reach and the chosen sub-network, then the record.
  private func finish(_ session: CriticsSession, seconds: Double, _ evaluationSeconds: Double) throws {
    let run = session.run, count = groups.count, watch = Stopwatch()
    let sizes = try (1...count).map(groups.multiplyAdds), all = Double(sizes.last!)
    let record = CriticsRecord(
      validation: try outputs(run, data.validation), test: try outputs(run, data.test), epochs: session.epochs,
      thresholds: settings.thresholds.values.sorted(),
      work: try (1...count).map { Double(try groups.exitMultiplyAdds($0)) / all }, sizes: sizes,
      allowance: settings.allowance / 100)
    try bench.store.keep(record, Self.exitsStage(count))
    let chosen = try groups.subnetwork(record.chosen)
    let ticket = Ticket(
      architecture: chosen, mask: Mask(fullFor: chosen.layout), start: initial(chosen), startStep: 0,
      trained: try run.parameters(of: record.chosen), seed: seed, round: 0, settings: settings.search.findingTexts,
      metrics: session.curve.metrics(nil, plannedSteps: nil))
    try ticket.file().write(to: bench.store.ticketURL(stage))
    try bench.store.finish(
      stage,
      StageRecord(
        curve: session.curve, trainingSeconds: seconds, evaluationSeconds: evaluationSeconds + watch.seconds,
        attackSeconds: nil,
        parametersDigest: Digest.sha256(run.states.flatMap(\.parameters.values))))
  }

  // MARK: by back-propagation

  func trainAlone(_ name: String, _ architecture: Architecture) throws {
    try bench.trainer(architecture, data: data).train(
      name,
      from: TrainingStart(
        parameters: initial(architecture), mask: Mask(fullFor: architecture.layout), recipe: recipe))
  }

  // MARK: tickets

  /// The chosen sub-network as critics left it.
  private func chosen() throws -> Ticket {
    guard let ticket = bench.store.ticket(stage), ticket.trained != nil else { throw bench.store.missing(stage) }
    return ticket
  }

  private func rewoundStep(_ trainer: StageTrainer) -> Int {
    settings.search.rewind.iterations(perEpoch: trainer.stepsPerEpoch(recipe))
  }

  /// The weights that survivors go back to: those of the sub-network, trained alone, at the rewind step.
  private func rewound(_ source: Ticket) throws -> Parameters {
    let trainer = bench.trainer(source.architecture, data: data), step = rewoundStep(trainer)
    return try trainer.weights(
      from: TrainingStart(parameters: source.start, mask: source.mask, recipe: recipe), after: step)
  }

  /// The smallest weights go, in the first round those of the network that critics trained.
  func findTicket(_ sparsity: Double) throws {
    let source = try chosen(), trainer = bench.trainer(source.architecture, data: data)
    let rewound = try rewound(source), allocation = try AllocationCatalog.allocation(named: settings.search.allocation)
    var trained = source.trained!
    for round in 1...settings.rounds {
      let kept = Deterministic.power(1 - sparsity, Double(round) / Double(settings.rounds))
      let mask = try Pruner.magnitude(trained, by: 1 - kept, allocation: allocation)
      let name = Critics.ticket(sparsity) + (round == settings.rounds ? "" : ".round-\(round)")
      let start = TrainingStart(parameters: rewound, mask: mask, step: rewoundStep(trainer), recipe: recipe)
      trained = try trainer.trainKept(name, from: start) {
        Ticket(
          architecture: source.architecture, mask: mask, start: rewound, startStep: start.step, trained: $0.parameters,
          seed: seed, round: round, settings: settings.search.findingTexts, metrics: $0.metrics)
      }.parameters
    }
  }

  func train(_ control: any Control.Type, _ sparsity: Double) throws {
    let source = try chosen(), trainer = bench.trainer(source.architecture, data: data)
    let stage = Critics.ticket(sparsity)
    guard let ticket = bench.store.ticket(stage) else { throw bench.store.missing(stage) }
    let rewound = try rewound(source)
    let context = ControlContext(
      source.architecture, settings.search, seed: seed, mask: ticket.mask, step: rewoundStep(trainer),
      stepsPerEpoch: trainer.stepsPerEpoch(recipe), place: "critics \(sparsity)", rewound: { rewound })
    try trainer.train(Critics.control(control.name, sparsity), from: try control.init().start("", context))
  }
}
