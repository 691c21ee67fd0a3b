import Basics
import Experiments
import Networks
import Tickets
import Training

/// What one seed does of an arm: train, prune, insert, and again.
///
/// Steps are counted through all rounds, so that arms see the same batches at the same step. Every round begins with an
/// empty optimiser, in every arm.
struct GrowWork {
  let settings: GrowSettings
  let networks: GrownNetworks
  let bench: Bench<TrainingMaterial>

  static func stage(_ round: Int) -> String { Lab.stage(round) }
  static let ticket = "ticket"

  private var search: SearchSettings { settings.search }
  private var perEpoch: Int { bench.trainer.stepsPerEpoch(search.recipe) }
  private var perRound: Int { search.recipe.steps.iterations(perEpoch: perEpoch) }
  private var total: Int { settings.rounds * perRound + settings.fineTuning.iterations(perEpoch: perEpoch) }

  private func trainer(_ architecture: Architecture) -> StageTrainer {
    bench.trainer(architecture, data: bench.material.data)
  }

  private func recipe(until end: Int) -> Recipe {
    var recipe = search.recipe
    recipe.orderSeed = bench.seed
    recipe.steps = .iterations(end)
    return recipe
  }

  private func initial(_ architecture: Architecture) -> Parameters {
    search.initializer.parameters(for: architecture.layout, seed: bench.seed)
  }

  // MARK: rounds

  func run(_ arm: GrowArm) throws {
    var state: GrowState?
    for round in 1...settings.rounds { state = try carryOut(round, arm, from: state) }
    _ = try train(Self.ticket, state!, from: settings.rounds * perRound, until: total)
  }

  /// - Returns: The network that the round leaves, pruned.
  private func carryOut(_ round: Int, _ arm: GrowArm, from before: GrowState?) throws -> GrowState {
    let start = try start(of: round, arm, from: before)
    let trained = try train(Self.stage(round), start, from: (round - 1) * perRound, until: round * perRound)
    let mask = try networks.pruned(start.mask, trained, arm, round)
    var end = start
    (end.parameters, end.mask) = (trained.masked(by: mask), mask)
    let isGrown = before.map { $0.architecture != start.architecture } ?? false
    try measure(round, before, start, end, isGrown: isGrown)
    return end
  }

  /// What a round trains: the network that the last one left, with a new block where one is due, or back at its start.
  private func start(of round: Int, _ arm: GrowArm, from before: GrowState?) throws -> GrowState {
    guard var state = before else {
      let network = networks.architecture(arm, round)
      return GrowState(architecture: network, parameters: initial(network), mask: Mask(fullFor: network.layout))
    }
    let blocks = networks.blocks(arm, round)
    if arm == .reset { state.parameters = initial(state.architecture).masked(by: state.mask) }
    guard blocks > networks.blocks(arm, round - 1) else { return state }
    let edit = GraphEdit.insert(networks.insertion(arm, blocks: blocks))
    let edited = try edit.applied(to: state.architecture, initializer: search.initializer, seed: bench.seed)
    return GrowState(
      architecture: edited.architecture, parameters: edited.parameters(state.parameters), mask: edited.mask(state.mask),
      edits: state.edits + [edit.description])
  }

  /// Trains a network and keeps it as a ticket under the mask that it was trained with.
  private func train(_ stage: String, _ state: GrowState, from first: Int, until end: Int) throws -> Parameters {
    let start = TrainingStart(
      parameters: state.parameters, mask: state.mask, step: first, recipe: recipe(until: end))
    return try trainer(state.architecture).trainKept(stage, from: start) { outcome in
      var search = search
      search.recipe.steps = .iterations(total)
      var ticket = Ticket(
        architecture: state.architecture, mask: state.mask, start: state.parameters, startStep: first,
        trained: outcome.parameters, seed: bench.seed, round: settings.rounds, settings: search.texts,
        metrics: outcome.metrics)
      ticket.edits = state.edits
      return ticket
    }.parameters
  }

  // MARK: measurements

  private func measure(
    _ round: Int, _ before: GrowState?, _ start: GrowState, _ end: GrowState, isGrown: Bool
  ) throws {
    let known: GrowMeasurement? = bench.store.value(GrowMeasurement.stage(round))
    guard known == nil else { return }
    let earlier = before.map(evaluate), later = evaluate(start), pruned = evaluate(end)
    let change = isGrown ? earlier.map { Self.largestDifference($0.outputs, later.outputs) } : nil
    let layout = end.architecture.layout, hidden = networks.prunable(end.architecture)
    let inserted = networks.inserted(end.architecture).filter { !$0.diagonal.isEmpty }
    let onDiagonal = inserted.reduce(0) { sum, tensor in
      sum + tensor.diagonal.count { end.mask.keeps[tensor.entry.offset + $0] }
    }
    try bench.store.keep(
      GrowMeasurement(
        blocks: networks.architectures.firstIndex(of: end.architecture)!,
        kept: hidden.reduce(0) { $0 + end.mask.remaining(in: $1) }, hidden: hidden.reduce(0) { $0 + $1.count },
        remaining: end.mask.remaining, weights: layout.prunableCount, diagonal: onDiagonal,
        offDiagonal: inserted.reduce(0) { $0 + end.mask.remaining(in: $1.entry) } - onDiagonal,
        before: earlier?.state, start: later.state, pruned: pruned.state, largestChange: change),
      GrowMeasurement.stage(round))
  }

  private func evaluate(_ network: GrowState) -> (state: GrowMeasurement.State, outputs: [[Float]]) {
    let run = trainer(network.architecture).makeRun(
      TrainingStart(parameters: network.parameters, mask: network.mask, recipe: recipe(until: total)))
    let (score, outputs) = run.outputs(.test)
    return (GrowMeasurement.State(testAccuracy: score.accuracy, testLoss: score.loss), outputs)
  }

  private static func largestDifference(_ a: [[Float]], _ b: [[Float]]) -> Double {
    zip(a, b).reduce(0) { largest, samples in
      zip(samples.0, samples.1).reduce(largest) { max($0, Double(abs($1.0 - $1.1))) }
    }
  }

  // MARK: networks beside the arms

  /// The network of full depth, trained at once for all steps.
  func trainDense(_ stage: String) throws {
    let mask = Mask(fullFor: networks.full.layout)
    try trainAtOnce(stage, TrainingStart(parameters: initial(networks.full), mask: mask, recipe: recipe(until: total)))
  }

  /// The mask that growth ends with under fresh weights, or shuffled under the dense network's initial ones, trained at once.
  ///
  /// Growth's own start, identities, would leave a shuffled mask with next to nothing but zeros.
  func trainBeside(_ control: any Control.Type, _ stage: String) throws {
    let store = bench.folder.reader(Grow.folder(.growth, bench.seed))
    guard let ticket = store.ticket(Self.ticket) else { throw store.missing(Self.ticket) }
    let weights = initial(networks.full)
    let context = ControlContext(
      networks.full, search, seed: bench.seed, mask: ticket.mask, step: 0, stepsPerEpoch: perEpoch, place: "growth",
      rewound: { weights })
    var start = try control.init().start("", context)
    start.recipe = recipe(until: total)
    try trainAtOnce(stage, start)
  }

  private func trainAtOnce(_ stage: String, _ start: TrainingStart) throws {
    var start = start
    start.evaluatesAt = Set((1...settings.rounds).map { $0 * perRound })
    try trainer(networks.full).train(stage, from: start)
  }
}
