import Foundation
import Foundations
import Lanes
import Networks
import Training

/// Where a training begins and how it goes on.
struct TrainingStart: Sendable {
  var parameters: Parameters
  var mask: Mask
  /// The step that the parameters belong to.
  var step: Int
  var recipe: Recipe
  /// What moves the mask, if anything does.
  var rule: (any MaskRule)?
}

/// Trains networks of one seed under the names of stages, keeps their records, and skips what is done already.
final class TrainingBench: Sendable {
  let architecture: Architecture
  let data: TrainingData
  let store: StageStore
  let threads: Int
  let execution: Execution
  let progress: SearchProgress

  init(
    _ architecture: Architecture, data: TrainingData, store: StageStore, threads: Int, execution: Execution,
    progress: SearchProgress
  ) {
    self.architecture = architecture
    self.data = data
    self.store = store
    self.threads = threads
    self.execution = execution
    self.progress = progress
  }

  /// The same with its records elsewhere.
  func storing(in store: StageStore) -> TrainingBench {
    TrainingBench(
      architecture, data: data, store: store, threads: threads, execution: execution, progress: progress)
  }

  func stepsPerEpoch(_ recipe: Recipe) -> Int { recipe.stepsPerEpoch(samples: data.train.count) }
  func totalSteps(_ recipe: Recipe) -> Int { recipe.steps.iterations(perEpoch: stepsPerEpoch(recipe)) }

  /// Trains a network of which only the record is kept.
  func train(_ stage: String, from start: TrainingStart) throws {
    guard store.record(stage) == nil else { return skip(stage, start) }
    try run(stage, start)
  }

  /// Trains a network and keeps it as a ticket; a finished one is read back. A ticket counts only if its weights are those
  /// of the record and its mask is the one wanted, where none moves it.
  ///
  /// - Parameter ticket: Makes the ticket from what the training gave and the mask at its end.
  func trainKept(
    _ stage: String, from start: TrainingStart, ticket: (TrainingOutcome, Mask) -> Ticket
  ) throws -> (parameters: Parameters, mask: Mask) {
    if let record = store.record(stage), let kept = store.ticket(stage), let trained = kept.trained,
      start.rule != nil || kept.mask == start.mask, Digest.sha256(trained.values) == record.parametersDigest
    {
      skip(stage, start)
      return (trained, kept.mask)
    }
    var mask = start.mask
    let parameters = try run(stage, start) { outcome, moved in
      mask = moved
      try ticket(outcome, moved).file().write(to: store.ticketURL(stage))
    }
    return (parameters, mask)
  }

  /// The weights after some steps, without evaluations and records.
  func weights(from start: TrainingStart, after steps: Int) throws -> Parameters {
    let run = makeRun(start)
    while run.iteration < steps {
      if Interruption.isRequested { throw Interruption.problem }
      run.takeStep()
    }
    return run.parameters
  }

  private func skip(_ stage: String, _ start: TrainingStart) {
    store.removeCheckpoint(stage)
    progress.finished(steps: totalSteps(start.recipe) - start.step, density: start.mask.density)
  }

  private func makeRun(_ start: TrainingStart) -> Run {
    Run(
      architecture, start: start.parameters, mask: start.mask, at: start.step, recipe: start.recipe, data: data,
      pool: ThreadPool(threads: threads), execution: execution)
  }

  /// Trains to the end, going on from a checkpoint if there is one. The record is written last.
  @discardableResult
  private func run(
    _ stage: String, _ start: TrainingStart, keep: (TrainingOutcome, Mask) throws -> Void = { _, _ in }
  ) throws -> Parameters {
    if Interruption.isRequested { throw Interruption.problem }
    let run = makeRun(start), density = start.mask.density
    var curve: [CurvePoint] = []
    if let kept = store.checkpoint(stage, architecture.layout) { (run.state, curve) = kept }
    var trainer = Trainer(), done = start.step
    trainer.rule = start.rule
    trainer.progress = { [progress] step, _ in
      progress.advanced(stage, steps: step - done, density: density)
      done = step
    }
    trainer.checkpoint = { [store] in try store.saveCheckpoint(stage, $0, $1) }
    var lastNote = Date()
    trainer.evaluated = { [store] point, end in
      guard Date().timeIntervalSince(lastNote) >= 1 else { return }
      try store.noteProgress(stage, point, of: end)
      lastNote = Date()
    }
    let outcome = try trainer.train(run, curve: curve)
    try keep(outcome, run.plan.mask)
    try store.finish(
      stage,
      StageRecord(
        curve: outcome.curve, trainingSeconds: outcome.trainingSeconds, evaluationSeconds: outcome.evaluationSeconds,
        parametersDigest: Digest.sha256(outcome.parameters.values)))
    return outcome.parameters
  }
}
