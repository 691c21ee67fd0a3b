import Basics
import Experiments
import Networks
import Pruning
import Tickets
import Training

/// What one seed does: the searches on source and target, the stretched or squeezed ticket, and what stands beside it.
struct ElasticWork {
  let settings: ElasticSettings
  let bench: Bench<ElasticMaterial>
  private let sourceFolder: String
  /// The search on the target, whose records lie in a folder of their own.
  private let lab: Lab

  init(settings: ElasticSettings, bench: Bench<ElasticMaterial>, sourceFolder: String) throws {
    (self.settings, self.bench, self.sourceFolder) = (settings, bench, sourceFolder)
    let target = bench.material.target
    lab = try Lab(
      settings: settings.targetSearch, seed: bench.seed, bench: bench.trainer(target.architecture, data: target.data),
      workers: bench.workers)
  }

  // MARK: searches

  /// Finds the ticket that is moved.
  func findSource() throws {
    let source = bench.material.source
    let lab = try Lab(
      settings: settings.sourceSearch, seed: bench.seed, bench: bench.trainer(source.architecture, data: source.data),
      workers: bench.workers)
    try IterativePruning().findTickets(in: lab)
  }

  func trainDense() throws {
    _ = try lab.rewindPoint()
    _ = try lab.trainDense()
  }

  /// Iterative pruning of the target in as many rounds as the ticket took, each by the same share of the survivors, the last
  /// to exactly as many weights as the moved ticket has.
  func search() throws {
    try lab.findTickets(keeping: [lab.remaining(in: try moved().mask)], rounds: settings.search.rounds)
  }

  // MARK: the moved ticket

  /// The ticket of the source, read from where it is.
  private func source() throws -> Ticket {
    if let ticket = bench.material.ticket { return ticket }
    let store = bench.folder.reader(sourceFolder), stage = Lab.stage(settings.search.rounds)
    guard let ticket = store.ticket(stage) else { throw store.missing(stage) }
    return ticket
  }

  /// Mask and start of the source's ticket in the target's blocks.
  private func moved() throws -> (start: Parameters, mask: Mask, step: Int) {
    let ticket = try source(), edited = bench.material.edited
    return (edited.parameters(ticket.start), edited.mask(ticket.mask), ticket.startStep)
  }

  // MARK: trainings

  func train(_ arm: ElasticArm) throws {
    let moved = try moved()
    var ticket = lab.context(moved.mask, moved.start, round: settings.search.rounds)
    // A random mask keeps weights that the moved ticket has none of.
    ticket.rewound = { [lab] in try lab.rewindPoint() }
    switch arm {
    case .elastic: try trainMoved(moved)
    case .reinit: try trainControl(arm, Reinitialised().start("", ticket))
    case .shuffled: try trainControl(arm, ShuffledMask().start("", ticket))
    case .random: try trainControl(arm, RandomMask().start("", ticket))
    case .snip: try trainPruned(arm, SNIP(), keeping: moved.mask)
    case .magnitude: try trainPruned(arm, Magnitude(), keeping: moved.mask)
    }
  }

  private func trainControl(_ arm: ElasticArm, _ start: TrainingStart) throws {
    try lab.trainBeside(arm.rawValue, from: start, round: settings.search.rounds)
  }

  /// The target's weights at the rewind step, pruned at once to as many as the moved ticket has.
  private func trainPruned(_ arm: ElasticArm, _ criterion: any Criterion, keeping wanted: Mask) throws {
    let rewound = try lab.rewindPoint()
    let mask = try lab.prune(
      lab.fullMask, by: lab.fraction(leaving: wanted), trained: rewound, round: 1, criterion: criterion,
      allowsEmptyLayers: true, initial: rewound, stage: arm.rawValue)
    try trainControl(arm, TrainingStart(parameters: rewound, mask: mask, step: lab.rewindStep, recipe: lab.recipe))
  }

  /// Trains the moved ticket from its step on and keeps it.
  private func trainMoved(_ moved: (start: Parameters, mask: Mask, step: Int)) throws {
    let start = TrainingStart(parameters: moved.start, mask: moved.mask, step: moved.step, recipe: lab.recipe)
    let edits = try source().edits
    var search = settings.targetSearch
    search.controls = settings.search.controls
    _ = try lab.bench.trainKept(ElasticArm.elastic.rawValue, from: start) { outcome in
      var ticket = Ticket(
        architecture: bench.material.target.architecture, mask: moved.mask, start: moved.start, startStep: moved.step,
        trained: outcome.parameters, seed: bench.seed, round: settings.search.rounds,
        settings: search.findingTexts, metrics: outcome.metrics)
      ticket.edits = edits + ["\(GraphEdit.blocks(bench.material.map)) of \(bench.material.source.architecture.name)"]
      return ticket
    }
  }
}
