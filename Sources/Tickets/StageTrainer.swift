import Basics
import Foundation
import Lanes
import Networks
import Training

/// Trains the stages of one seed: goes on from checkpoints, keeps records, reports progress.
struct StageTrainer: Sendable {
  let architecture: Architecture
  let data: TrainingData
  let store: StageStore
  let threads: Int
  let execution: Execution
  let progress: SearchProgress

  /// Where a training begins and how it goes.
  struct Start: Sendable {
    var parameters: Parameters
    var step = 0
    var recipe: Recipe
    /// What moves the mask, if anything does.
    var rule: (any MaskRule)?
  }

  var layout: ParameterLayout { architecture.layout }

  func steps(_ recipe: Recipe) -> Int {
    recipe.steps.iterations(perEpoch: recipe.stepsPerEpoch(samples: data.train.count))
  }

  func run(_ start: Start, _ mask: Mask) -> Run {
    Run(
      architecture, start: start.parameters, mask: mask, at: start.step, recipe: start.recipe, data: data,
      pool: ThreadPool(threads: threads), execution: execution)
  }

  /// Trains from `start` to the end, going on from a checkpoint if there is one, and writes the stage's record last.
  ///
  /// Seconds are those of this process; where a checkpoint has saved some of the steps they are scaled to all steps.
  ///
  /// - Parameters:
  ///   - evaluatesAt: Steps after which to evaluate besides those of the recipe.
  ///   - keep: Keeps what the training gave, before the record says that it is done.
  func train(
    _ stage: String, _ mask: Mask, _ start: Start, evaluatesAt: Set<Int> = [],
    keep: (TrainingOutcome) throws -> Void = { _ in }
  ) throws -> Parameters {
    if Interruption.isRequested { throw Interruption.problem }
    let run = run(start, mask)
    var curve: [CurvePoint] = []
    let pixels = start.recipe.keptPixels(input: architecture.input)
    if let kept = store.checkpoint(stage, layout, pixels: pixels) { (run.state, curve) = kept }
    var trainer = Trainer(), done = start.step
    let first = run.iteration
    trainer.evaluatesAt = evaluatesAt
    trainer.rule = start.rule
    trainer.progress = { [progress] step, _ in
      progress.advanced(stage, steps: step - done, density: mask.density)
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
    try keep(outcome)
    let share = Double(run.iteration - start.step) / Double(max(1, run.iteration - first))
    try store.finish(
      stage,
      StageRecord(
        curve: outcome.curve, trainingSeconds: outcome.trainingSeconds * share,
        evaluationSeconds: outcome.evaluationSeconds * share, attackSeconds: outcome.attackSeconds * share,
        parametersDigest: Digest.sha256(outcome.parameters.values)))
    return outcome.parameters
  }
}
