import Basics
import Lanes
public import Networks
public import Pruning
package import Training

/// The bench on which an algorithm works on one seed: it trains, prunes and keeps records, and skips what is already done.
public final class Lab: Sendable {
  public let settings: SearchSettings
  public let seed: UInt64
  package let bench: StageTrainer
  let workers: WorkerPool
  /// Where dense trainings are that searches have in common, if this one takes part.
  let shared: SharedDense?
  /// Whose coefficients are trained, pruned and rewound in place of weights: all parameters and masks are then theirs.
  let basis: BasisCoefficients?
  private let layout: ParameterLayout
  /// Weights from a file that the dense network starts from; `nil` if they are drawn.
  let given: Parameters?
  /// Tensors that may lose weights.
  package let prunable: [ParameterLayout.Entry]

  package init(
    settings: SearchSettings, seed: UInt64, bench: StageTrainer, workers: WorkerPool, shared: SharedDense? = nil,
    basis: BasisCoefficients? = nil
  ) throws {
    self.settings = settings
    self.seed = seed
    self.bench = bench
    self.workers = workers
    self.shared = shared
    self.basis = basis
    layout = bench.architecture.layout
    given = try settings.startingWeights(of: bench.architecture)?.parameters
    let excluded = try settings.excludedLayers(layout)
    // The last layer's units are the classes.
    let classes = settings.structure == .units ? layout.prunable.last?.layer : nil
    prunable = layout.prunable.filter { !excluded.contains($0.layer) && $0.layer != classes }
  }

  /// The mask of a file; `nil` where masks are found.
  func givenMask() throws -> Mask? { try settings.givenMask(of: bench.architecture)?.mask }
  public var fullMask: Mask { Mask(fullFor: layout) }
  public var initialParameters: Parameters {
    let weights = given ?? settings.initializer.parameters(for: layout, seed: seed)
    return basis?.rotated(weights) ?? weights
  }
  package var recipe: Recipe {
    var recipe = settings.recipe
    recipe.orderSeed = seed
    return recipe
  }
  var stepsPerEpoch: Int { bench.stepsPerEpoch(recipe) }
  package var rewindStep: Int { settings.rewind.iterations(perEpoch: stepsPerEpoch) }

  // MARK: what algorithms do

  /// The weights that survivors go back to: those of the dense network at the rewind step.
  public func rewindPoint() throws -> Parameters {
    try denseWeights(after: settings.rewind, stage: "rewind-point")
  }

  /// Trains the whole network and returns its weights.
  public func trainDense() throws -> Parameters {
    if let shared, bench.store.record("dense") == nil || bench.store.ticket("dense") == nil {
      try shared.provide(settings.findingTexts, seed: seed, to: bench.store) { store in
        _ = try trainRound("dense", denseStart, round: 0, on: bench.storing(in: store))
      }
    }
    return try trainRound("dense", denseStart, round: 0).parameters
  }

  /// The mask after removing a share of the survivors, as criterion, allocation and structure say.
  ///
  /// - Parameters:
  ///   - criterion: Instead of the one that the settings name.
  ///   - allocation: Likewise.
  ///   - allowsEmptyLayers: Whether a layer may lose its last weight.
  ///   - initial: What criteria take for the weights at initialisation, where those are not the seed's.
  ///   - stage: The name under which scores are kept, where that is not the round's.
  public func prune(
    _ mask: Mask, by fraction: Double, trained: Parameters, round: Int, criterion: (any Criterion)? = nil,
    allocation: (any Allocation)? = nil, allowsEmptyLayers: Bool = false, initial: Parameters? = nil,
    stage: String? = nil
  ) throws -> Mask {
    let criterion = try criterion ?? CriterionCatalog.criterion(named: settings.criterion)
    let allocation = try allocation ?? AllocationCatalog.allocation(named: settings.allocation)
    var context = ScoringContext(
      trained: trained.masked(by: mask), initial: initial ?? initialParameters, mask: mask, seed: seed, round: round,
      probe: probe)
    for step in criterion.needs.early { context.early[step] = try denseWeights(after: step) }
    if settings.keepsScores { context.log = ScoringLog() }
    let request = AllocationRequest(
      mask: mask, fraction: fraction, entries: prunable, factors: try settings.layerFactors(layout))
    do {
      let pruned = try Pruner.prune(
        request, by: criterion, allocation, context: context, structure: settings.structure,
        passes: settings.scoringPasses == 0 ? nil : settings.scoringPasses, allowsEmptyLayers: allowsEmptyLayers)
      try context.log.map { try keep($0, of: mask, stage ?? Self.stage(round)) }
      return pruned
    } catch var problem as Problem {
      // Rounds before it stay what they are.
      if round > 1, [.usage, .badData].contains(problem.kind) { problem.kind = .failed }
      throw problem.at(seed: seed, network: bench.store.place(of: Self.stage(round))?.network ?? Self.stage(round))
    }
  }

  /// Trains the ticket of a round, has its controls trained beside it, and returns its weights.
  public func trainTicket(_ mask: Mask, rewoundTo start: Parameters, trained: Parameters, round: Int) throws
    -> Parameters
  {
    trainControls(of: mask, rewound: start, round: round)
    let start = restart(mask, trained: trained, rewound: start)
    return try trainRound(Self.stage(round), start, round: round).parameters
  }

  /// Iterative pruning to exact counts: in `rounds` rounds of about the same share each to the first, then a round for each of
  /// the others.
  ///
  /// - Parameter counts: Of the weights that may go those that stay; descending.
  package func findTickets(keeping counts: [Int], rounds: Int) throws {
    let rewound = try rewindPoint()
    var trained = try trainDense(), mask = fullMask
    for round in 1..<rounds + counts.count {
      let wanted = counts[max(0, round - rounds)], rest = Double(max(1, rounds - round + 1))
      let kept = Deterministic.power(Double(wanted) / Double(remaining(in: mask)), 1 / rest)
      mask = try prune(mask, by: 1 - kept, trained: trained, round: round)
      trained = try trainTicket(mask, rewoundTo: rewound, trained: trained, round: round)
    }
  }

  /// Has a network trained from the rewind step beside what else is under way.
  package func trainLater(_ stage: String, _ mask: Mask, from start: Parameters) {
    let begin = TrainingStart(parameters: start, mask: mask, step: rewindStep, recipe: recipe)
    workers.add({ try self.trainBeside(stage, from: begin, round: 1) }, leaf: true)
  }

  /// Finds a ticket a round by training from a random mask of the round's density that moves; masks of later rounds begin
  /// within those of earlier ones.
  func findMovingTickets(_ growth: DropAndGrow.Growth) throws {
    let start = try rewindPoint(), trained = try trainDense()
    var mask = fullMask
    for round in 1...settings.rounds {
      mask = try prune(mask, by: settings.fraction, trained: trained, round: round, criterion: RandomScore())
      var begin = TrainingStart(parameters: start, mask: mask, step: rewindStep, recipe: recipe)
      begin.rule = DropAndGrow(
        growth, every: max(1, settings.moveEvery.iterations(perEpoch: stepsPerEpoch)),
        fraction: settings.moveFraction, last: Int(settings.moveUntil * Double(bench.totalSteps(recipe))),
        entries: prunable, seed: seed)
      let end = try trainRound(Self.stage(round), begin, round: round)
      trainControls(of: end.mask, rewound: start, round: round)
    }
  }

  // MARK: what criteria see

  /// Whether the criterion's scores change with what is pruned already.
  func criterionSeesMask() throws -> Bool { try CriterionCatalog.criterion(named: settings.criterion).seesMask }

  /// The share of all weights that rounds of `fraction` remove together, each by its exact count.
  func fraction(after rounds: Int) -> Double {
    let all = prunable.reduce(0) { $0 + $1.count }
    let left = (0..<rounds).reduce(all) { left, _ in left - Int((settings.fraction * Double(left)).rounded()) }
    return 1 - Double(left) / Double(all)
  }

  /// Survivors among the weights that may go.
  package func remaining(in mask: Mask) -> Int { prunable.reduce(0) { $0 + mask.remaining(in: $1) } }

  /// The share of all weights that a mask has removed.
  package func fraction(leaving mask: Mask) -> Double {
    1 - Double(remaining(in: mask)) / Double(prunable.reduce(0) { $0 + $1.count })
  }

  /// The network with its data.
  var probe: GradientProbe {
    GradientProbe(
      bench.architecture, data: bench.data, loss: settings.recipe.loss, samples: settings.scoring, seed: seed,
      threads: bench.threads, execution: bench.execution)
  }

  /// The dense network's weights after some steps; kept on disk.
  func denseWeights(after step: Step, stage: String? = nil) throws -> Parameters {
    let steps = step.iterations(perEpoch: stepsPerEpoch), stage = stage ?? "dense-\(step)"
    if steps == 0 { return initialParameters }
    if let kept = bench.store.ticket(stage), kept.startStep == steps { return kept.start }
    let point = try bench.weights(from: inBasis(denseStart), after: steps)
    let ticket = Ticket(
      architecture: bench.architecture, mask: fullMask, start: point, startStep: steps, trained: nil, seed: seed,
      round: 0, settings: ticketTexts)
    try ticket.file().write(to: bench.store.ticketURL(stage))
    return point
  }

  // MARK: trainings

  /// The name of a record: `dense`, `round-03`, `round-03.reinit`; `dense-tuned` for a control of no round.
  package static func stage(_ round: Int, _ control: String? = nil) -> String {
    if round == 0 { return control ?? "dense" }
    return "round-\(round < 10 ? "0" : "")\(round)\(control.map { ".\($0)" } ?? "")"
  }

  private var denseStart: TrainingStart {
    TrainingStart(parameters: initialParameters, mask: fullMask, step: 0, recipe: recipe)
  }

  private func inBasis(_ start: TrainingStart) -> TrainingStart {
    var start = start
    start.materialisation = basis
    return start
  }

  private func restart(_ mask: Mask, trained: Parameters, rewound: Parameters) -> TrainingStart {
    let parameters = settings.retraining == .rewind ? rewound : trained
    let recipe = settings.retraining == .finetune ? self.recipe.atLastRate(stepsPerEpoch: stepsPerEpoch) : self.recipe
    return TrainingStart(parameters: parameters, mask: mask, step: rewindStep, recipe: recipe)
  }

  private func trainRound(
    _ stage: String, _ start: TrainingStart, round: Int, on other: StageTrainer? = nil
  ) throws -> (parameters: Parameters, mask: Mask) {
    try (other ?? bench).trainKept(stage, from: inBasis(start)) {
      self.ticket($0, start, round, self.bench.architecture)
    }
  }

  /// Trains a network of which the record is needed; its mask and weights are kept where the settings say so.
  package func trainBeside(
    _ stage: String, from start: TrainingStart, round: Int, on other: StageTrainer? = nil
  ) throws {
    let trainer = other ?? bench, start = inBasis(start)
    guard settings.keepsControls else { return try trainer.train(stage, from: start) }
    _ = try trainer.trainKept(stage, from: start) { outcome in
      var ticket = self.ticket(outcome, start, round, trainer.architecture), own = self.settings
      own.recipe = start.recipe
      ticket.settings = own.findingTexts
      return ticket
    }
  }

  private func ticket(_ outcome: TrainingOutcome, _ start: TrainingStart, _ round: Int, _ architecture: Architecture)
    -> Ticket
  {
    Ticket(
      architecture: architecture, mask: basis == nil ? outcome.mask : start.mask, start: start.parameters,
      startStep: start.step, trained: outcome.latent, seed: seed, round: round, settings: ticketTexts,
      metrics: outcome.metrics)
  }

  private var ticketTexts: [String: String] {
    settings.findingTexts.merging(basis.map { [Ticket.basisKey: $0.name] } ?? [:]) { $1 }
  }
}
