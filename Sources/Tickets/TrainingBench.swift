import Basics
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
    _ = try trainer.train(stage, start.mask, start.stageStart)
  }

  /// Trains a network and keeps it as a ticket; a finished one is read back. A ticket counts only if its weights are those
  /// of the record and its mask is the one wanted, where none moves it.
  ///
  /// - Parameter ticket: Makes the ticket from what the training gave.
  func trainKept(
    _ stage: String, from start: TrainingStart, ticket: (TrainingOutcome) -> Ticket
  ) throws -> (parameters: Parameters, mask: Mask) {
    if let record = store.record(stage), let kept = store.ticket(stage), let trained = kept.trained,
      start.rule != nil || kept.mask == start.mask, Digest.sha256(trained.values) == record.parametersDigest
    {
      skip(stage, start)
      return (trained, kept.mask)
    }
    var mask = start.mask
    let parameters = try trainer.train(stage, start.mask, start.stageStart) { outcome in
      mask = outcome.mask
      try ticket(outcome).file().write(to: store.ticketURL(stage))
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

  func makeRun(_ start: TrainingStart) -> Run { trainer.run(start.stageStart, start.mask) }

  private func skip(_ stage: String, _ start: TrainingStart) {
    store.removeCheckpoint(stage)
    progress.finished(steps: totalSteps(start.recipe) - start.step, density: start.mask.density)
  }

  private var trainer: StageTrainer {
    StageTrainer(
      architecture: architecture, data: data, store: store, threads: threads, execution: execution, progress: progress)
  }
}

extension TrainingStart {
  fileprivate var stageStart: StageTrainer.Start {
    StageTrainer.Start(parameters: parameters, step: step, recipe: recipe, rule: rule)
  }
}
