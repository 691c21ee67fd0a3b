import Basics
import Detectors
import Experiments
import Foundation
import Networks
import Pruning
import Tickets
import Training

/// The trainings of one task and seed.
struct DetectWork {
  /// Controls that stand beside direct tickets.
  static let controls: Set<String> = [Reinitialised.name, ShuffledMask.name]

  let settings: DetectSettings
  let bench: Bench<DetectMaterial>
  let task: SceneTask

  private var part: DetectMaterial.Part { bench.material.parts[task]! }
  private var detector: Detector { part.detector }
  private var seed: UInt64 { bench.seed }
  private var full: Mask { Mask(fullFor: detector.architecture.layout) }
  private var trainer: StageTrainer { bench.trainer(detector.architecture, data: part.data) }
  private var resetStep: Int { settings.reset.iterations(perEpoch: trainer.stepsPerEpoch(recipe)) }

  private var recipe: Recipe {
    var recipe = settings.search.recipe
    recipe.orderSeed = seed
    return recipe
  }

  func run(_ stage: DetectStage) throws {
    switch stage.kind {
    case .dense: try trainDense()
    case .sparse(.direct, let sparsity): try trainDirect(sparsity)
    case .sparse(let strategy, let sparsity):
      try train(stage.name, try moved(strategy, sparsity))
    case .control(let control, let sparsity):
      try train(stage.name, try self.control(control, of: sparsity))
    }
  }

  // MARK: starting points

  /// What a backbone learned on classification.
  private func pretrained(_ stage: String = "dense") throws -> Ticket? {
    if let ticket = bench.material.ticket { return ticket }
    guard settings.isPretrained else { return nil }
    let store = bench.folder.reader("\(DetectPlan.objects)/seed-\(seed)")
    guard let ticket = store.ticket(stage) else { throw store.missing(stage) }
    return ticket
  }

  /// New heads on the backbone as it is after classification.
  private func initial(_ backbone: Ticket?) -> Parameters {
    let drawn = detector.initialParameters(settings.search.initializer, seed: seed)
    return backbone?.trained.map { drawn.taking($0, of: detector.backbone.layers) } ?? drawn
  }

  private func start(_ parameters: Parameters, _ mask: Mask, at step: Int = 0) -> TrainingStart {
    TrainingStart(parameters: parameters, mask: mask, step: step, recipe: recipe)
  }

  private func ticket(_ name: String, _ store: StageStore? = nil) throws -> Ticket {
    let store = store ?? bench.store
    guard let ticket = store.ticket(name) else { throw store.missing(name) }
    return ticket
  }

  // MARK: dense

  private func trainDense() throws {
    var start = start(initial(try pretrained()), full)
    let store = bench.store, step = resetStep, seed = seed, architecture = detector.architecture
    let texts = settings.ticketTexts
    let stability = try MaskTrack(settings: settings, bench: bench, detector: detector)
    if step > 0 { start.evaluatesAt = [step] }
    start.watch = { run in
      try stability.note(run)
      guard run.iteration == step, step > 0, store.ticket(Self.resetName) == nil else { return }
      let point = Ticket(
        architecture: architecture, mask: Mask(fullFor: architecture.layout), start: run.parameters, startStep: step,
        trained: nil, seed: seed, round: 0, settings: texts)
      try point.file().write(to: store.ticketURL(Self.resetName))
    }
    stability.check()
    try train("dense", start)
    try stability.finish(try ticket("dense").trained!)
  }

  private static let resetName = "reset"

  /// The weights that direct tickets go back to.
  private func resetPoint() throws -> Parameters {
    guard resetStep > 0 else { return initial(try pretrained()) }
    if let kept = bench.store.ticket(Self.resetName), kept.startStep == resetStep { return kept.start }
    return try trainer.weights(from: start(initial(try pretrained()), full), after: resetStep)
  }

  // MARK: tickets

  /// Pruned in rounds from the trained network, each of them trained again from the reset point.
  private func trainDirect(_ sparsity: Double) throws {
    let entries = try bench.material.scope(settings, detector), reset = try resetPoint()
    let allocation = try AllocationCatalog.allocation(named: settings.search.allocation)
    var trained = try ticket("dense").trained!
    for round in 1...settings.rounds {
      let kept = pow(1 - sparsity, Double(round) / Double(settings.rounds))
      let mask = try Pruner.magnitude(trained, of: entries, by: 1 - kept, allocation: allocation)
      let isLast = round == settings.rounds
      let name = "\(DetectStrategy.direct.rawValue)-\(sparsity)\(isLast ? "" : ".round-\(round)")"
      try train(name, start(reset, mask, at: resetStep), measures: isLast)
      trained = try ticket(name).trained!
    }
  }

  private func moved(_ strategy: DetectStrategy, _ sparsity: Double) throws -> TrainingStart {
    let backbone = detector.backbone.layers
    switch strategy {
    case .direct: preconditionFailure("a direct ticket is not moved")
    case .transfer:
      guard let found = try pretrained(DetectPlan.pretrained(sparsity)) else { throw bench.store.missing("dense") }
      return start(initial(found), full.taking(found.mask, of: backbone))
    case .maskTransfer:
      let weights = initial(try pretrained())
      let mask = try Pruner.magnitude(
        weights, of: weights.layout.prunable(in: backbone), by: sparsity, allocation: LayerwiseAllocation())
      return start(weights, mask)
    case .taskTransfer:
      let source = settings.source(of: task)
      let other = try ticket(
        "\(DetectStrategy.direct.rawValue)-\(sparsity)", bench.folder.reader("\(source.rawValue)/seed-\(seed)"))
      let layers = Set(other.architecture.nodes.map(\.name))
      return start(
        initial(try pretrained()).taking(other.trained!, of: layers), full.taking(other.mask, of: layers))
    }
  }

  private func control(_ name: String, of sparsity: Double) throws -> TrainingStart {
    let ticket = try ticket("\(DetectStrategy.direct.rawValue)-\(sparsity)"), detector = detector
    let context = ControlContext(
      detector.architecture, settings.search, seed: seed, mask: ticket.mask, step: resetStep,
      stepsPerEpoch: trainer.stepsPerEpoch(recipe), place: "\(task.rawValue) \(sparsity)", rewound: { try resetPoint() }
    )
    if name == Reinitialised.name {
      let fresh = detector.initialParameters(
        settings.search.initializer, seed: seed, stream: "control-weights/\(name)/\(context.place)")
      return start(fresh, ticket.mask)
    }
    guard let control = ControlCatalog.all.first(where: { $0.name == name }) else {
      preconditionFailure("\(name) is no control")
    }
    return try control.init().start("", context)
  }

  // MARK: training

  private func train(_ name: String, _ start: TrainingStart, measures: Bool = true) throws {
    let trained = try trainer.trainKept(name, from: start) {
      Ticket(
        architecture: detector.architecture, mask: start.mask, start: start.parameters, startStep: start.step,
        trained: $0.parameters, seed: seed, round: name == "dense" ? 0 : 1, settings: settings.ticketTexts,
        metrics: $0.metrics)
    }
    let measured: DetectMeasurement? = bench.store.value(DetectMeasurement.stage(name))
    guard measures, measured == nil else { return }
    let run = trainer.makeRun(self.start(trained.parameters, trained.mask))
    try bench.store.keep(
      DetectMeasurement(part, outputs: run.outputs(.test).outputs, mask: trained.mask), DetectMeasurement.stage(name))
  }
}
