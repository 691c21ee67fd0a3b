import Basics
import Datasets
import Foundation
import Lanes
public import Networks
public import Training

/// Trains networks of one seed under the names of stages: goes on from checkpoints, keeps records, reports progress, and
/// skips what is done already.
public struct StageTrainer: Sendable {
  public var architecture: Architecture
  public var data: TrainingData
  public var store: StageStore
  public var threads: Int
  public var execution: Execution
  public let progress: WorkProgress

  public init(
    _ architecture: Architecture, data: TrainingData, store: StageStore, threads: Int,
    execution: Execution = .automatic, progress: WorkProgress
  ) {
    self.architecture = architecture
    self.data = data
    self.store = store
    self.threads = threads
    self.execution = execution
    self.progress = progress
  }

  /// The same with its records elsewhere.
  public func storing(in store: StageStore) -> StageTrainer {
    var other = self
    other.store = store
    return other
  }

  public var layout: ParameterLayout { architecture.layout }
  public func stepsPerEpoch(_ recipe: Recipe) -> Int { recipe.stepsPerEpoch(samples: data.train.count) }
  public func totalSteps(_ recipe: Recipe) -> Int { recipe.steps.iterations(perEpoch: stepsPerEpoch(recipe)) }

  // MARK: trainings

  /// Trains a network of which only the record is kept.
  public func train(_ stage: String, from start: TrainingStart) throws {
    guard store.record(stage) == nil else { return skip(stage, start) }
    _ = try carryOut(stage, start)
  }

  /// Trains a network and keeps it as a ticket; a finished one is read back. A ticket counts only if its weights are those
  /// of the record and its mask is the one wanted, where none moves it.
  ///
  /// - Parameter ticket: Makes the ticket, with trained weights, from what the training gave.
  public func trainKept(
    _ stage: String, from start: TrainingStart, ticket: (TrainingOutcome) -> Ticket
  ) throws -> (parameters: Parameters, mask: Mask) {
    if let record = store.record(stage), let kept = store.ticket(stage), let trained = kept.trained,
      start.movesMask || kept.mask == start.mask, Digest.sha256(trained.values) == record.parametersDigest
    {
      skip(stage, start)
      return (trained, kept.mask)
    }
    var mask = start.mask
    let parameters = try carryOut(stage, start) { outcome in
      let kept = ticket(outcome)
      mask = kept.mask
      try kept.file().write(to: store.ticketURL(stage))
      return kept.trained!
    }
    return (parameters, mask)
  }

  /// The weights after some steps, without evaluations and records.
  public func weights(from start: TrainingStart, after steps: Int) throws -> Parameters {
    let run = makeRun(start)
    while run.iteration < steps {
      try Interruption.check()
      run.takeStep()
    }
    return run.parameters
  }

  public func makeRun(_ start: TrainingStart) -> Run {
    Run(
      architecture, start: start.parameters, mask: start.mask, at: start.step, recipe: start.recipe, data: data,
      pool: ThreadPool(threads: threads), execution: execution, materialisation: start.materialisation)
  }

  private func skip(_ stage: String, _ start: TrainingStart) {
    store.removeCheckpoint(stage)
    progress.finished(steps: totalSteps(start.recipe) - start.step, density: start.mask.density)
  }

  /// Trains to the end, going on from a checkpoint if there is one, and writes the stage's record last.
  ///
  /// Seconds are those of this process; where a checkpoint has saved some of the steps they are scaled to all steps.
  ///
  /// - Parameter keep: Keeps what the training gave, before the record says that it is done, and returns it.
  private func carryOut(
    _ stage: String, _ start: TrainingStart, keep: (TrainingOutcome) throws -> Parameters = { $0.parameters }
  ) throws -> Parameters {
    try Interruption.check()
    let run = makeRun(start)
    var curve: [CurvePoint] = []
    let pixels = start.recipe.keptPixels(input: architecture.input)
    if let kept = store.checkpoint(stage, layout, pixels: pixels),
      kept.state.iteration >= start.step, kept.state.iteration <= run.totalSteps
    {
      (run.state, curve) = kept
    }
    let first = run.iteration, outcome: TrainingOutcome
    do { outcome = try trainer(stage, start).train(run, curve: curve) } catch let problem as Problem {
      let place = store.place(of: stage)
      throw problem.at(
        seed: place?.seed, network: place?.network ?? stage, learningRate: start.recipe.learningRate)
    }
    let kept = try keep(outcome)
    let share = Double(run.iteration - start.step) / Double(max(1, run.iteration - first))
    try store.finish(
      stage,
      StageRecord(
        curve: outcome.curve, trainingSeconds: outcome.trainingSeconds * share,
        evaluationSeconds: outcome.evaluationSeconds * share, attackSeconds: outcome.attackSeconds * share,
        parametersDigest: Digest.sha256(kept.values), confusion: outcome.confusion, plannedSteps: outcome.plannedSteps))
    return kept
  }

  /// A trainer that keeps checkpoints and lets those who watch see how far it is.
  private func trainer(_ stage: String, _ start: TrainingStart) -> Trainer {
    var trainer = Trainer(), done = start.step, sinceNote = Stopwatch()
    trainer.evaluatesAt = start.evaluatesAt
    trainer.rule = start.rule
    trainer.watch = start.watch
    trainer.ends = start.ends
    trainer.progress = { [progress] step, _ in
      progress.advanced(stage, steps: step - done, density: start.mask.density)
      done = step
    }
    trainer.checkpoint = { [store] in try store.saveCheckpoint(stage, $0, $1) }
    trainer.evaluated = { [store] point, end in
      guard sinceNote.seconds >= 1 else { return }
      try store.noteProgress(stage, point, of: end)
      sinceNote = Stopwatch()
    }
    return trainer
  }
}
