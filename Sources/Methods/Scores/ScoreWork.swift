import Basics
import Experiments
import Foundation
import Lanes
import Networks
import Pruning
import Tickets
import Training

/// What one seed of a search over scores does: the search, and the networks beside it.
struct ScoreWork {
  let settings: ScoreSettings
  let bench: Bench<TrainingMaterial>
  /// Another network than the material's, such as one with signs in place of rectifiers.
  var architecture: Architecture?

  private var trainer: StageTrainer {
    var trainer = bench.trainer
    if let architecture { trainer.architecture = architecture }
    return trainer
  }
  private var layout: ParameterLayout { trainer.layout }

  /// Scores start uniform in +-1/sqrt(fanIn); other tensors start as the network's. Stream: `scores`.
  static func initialScores(_ frozen: Parameters, seed: UInt64) -> Parameters {
    let drawn = Initializer.torchUniform.parameters(for: frozen.layout, seed: seed, stream: "scores")
    var scores = frozen
    for entry in frozen.layout.prunable { scores.values.replaceSubrange(entry.range, with: drawn.values[entry.range]) }
    return scores
  }

  /// Trains scores and keeps the network that they choose as a ticket: it starts at its frozen weights, and where it has
  /// got is what the materialisation makes of them. Then the same mask with fresh weights and shuffled, untrained.
  func search(
    _ stage: String, keep: Double, _ materialisation: (Parameters, ScoreSelection) -> any Materialisation
  ) throws {
    let frozen = settings.frozen(layout, seed: bench.seed, keep: keep)
    var recipe = settings.search.recipe
    recipe.orderSeed = bench.seed
    let selection = settings.selection(keep: keep, perEpoch: trainer.stepsPerEpoch(recipe))
    var start = TrainingStart(
      parameters: Self.initialScores(frozen, seed: bench.seed), mask: Mask(fullFor: layout), recipe: recipe)
    start.materialisation = materialisation(frozen, selection)
    let found = try trainer.trainKept(stage, from: start) { outcome in
      Ticket(
        architecture: trainer.architecture, mask: selection.mask(outcome.latent), start: frozen, startStep: 0,
        trained: outcome.parameters, seed: bench.seed, round: 1, settings: settings.search.texts,
        metrics: ["testAccuracy": outcome.last.testAccuracy, "validationAccuracy": outcome.last.validationAccuracy])
    }
    // What batch norm has learnt, if it has, is no part of the mask: all have it.
    func normed(_ weights: Parameters) -> Parameters {
      var weights = weights
      for entry in layout.entries where entry.shape.isNorm {
        weights.values.replaceSubrange(entry.range, with: found.parameters.values[entry.range])
      }
      return weights
    }
    let fresh = settings.frozen(layout, seed: bench.seed, keep: keep, stream: "fresh-weights")
    try evaluate("\(stage)-reinit", normed(fresh), found.mask, materialisation, recipe)
    let shuffled = found.mask.shuffledLayerwise(seed: bench.seed, stream: "\(stage)/shuffled")
    try evaluate("\(stage)-shuffled", normed(frozen), shuffled, materialisation, recipe)
  }

  /// Writes the binary file beside a ticket that has been found, unless it is there.
  func keepSigns(_ stage: String, keep: Double) throws {
    let store = trainer.store, url = store.signsURL(stage)
    guard (try? Ticket(contentsOf: url)) == nil else { return }
    guard let ticket = store.ticket(stage) else { throw store.missing(stage) }
    try ticket.signsFile(scale: Float(settings.fanScale.factor(keep: keep))).write(to: url)
  }

  /// Keeps the record of a network as it is, with batch norm's statistics measured over an epoch.
  private func evaluate(
    _ stage: String, _ weights: Parameters, _ mask: Mask,
    _ materialisation: (Parameters, ScoreSelection) -> any Materialisation, _ recipe: Recipe
  ) throws {
    guard trainer.store.record(stage) == nil else { return }
    // Scores of 1 where the mask keeps and 0 elsewhere choose the mask, which has the very count.
    var scores = weights
    for entry in layout.prunable { for i in entry.range { scores.values[i] = mask.keeps[i] ? 1 : 0 } }
    var start = TrainingStart(parameters: scores, mask: Mask(fullFor: layout), recipe: recipe)
    var selection = settings.selection(keep: mask.density, perEpoch: 1)
    selection.ramp = 0
    selection.counts = layout.prunable.map { mask.remaining(in: $0) }
    start.materialisation = materialisation(weights, selection)
    let run = trainer.makeRun(start)
    if layout.entries.contains(where: { !$0.isTrained }) { run.reestimateStatistics() }
    let validation = run.evaluate(.validation), (test, confusion) = run.evaluateByClass(.test)
    let point = CurvePoint(
      step: 0, validationLoss: validation.loss, validationAccuracy: validation.accuracy, testAccuracy: test.accuracy)
    try trainer.store.finish(
      stage,
      StageRecord(
        curve: [point], trainingSeconds: 0, evaluationSeconds: 0, attackSeconds: 0,
        parametersDigest: Digest.sha256(run.weights.values), confusion: confusion))
  }

  /// The dense network, its weights trained from where the frozen ones start.
  func trainDense(_ stage: String) throws {
    let trainer = bench.trainer, layout = trainer.layout
    try trainer.train(
      stage,
      from: TrainingStart(
        parameters: settings.search.initializer.parameters(for: layout, seed: bench.seed), mask: Mask(fullFor: layout),
        recipe: settings.weightRecipe(seed: bench.seed)))
  }

  /// A random mask of the same counts by layer, its weights trained. Stream: `random-mask`.
  func trainRandom(_ stage: String, keep: Double) throws {
    let trainer = bench.trainer, layout = trainer.layout
    var selection = settings.selection(keep: keep, perEpoch: 1)
    selection.scope = .local
    let drawn = Initializer.torchUniform.parameters(for: layout, seed: bench.seed, stream: "random-mask")
    try trainer.train(
      stage,
      from: TrainingStart(
        parameters: settings.frozen(layout, seed: bench.seed, keep: keep), mask: selection.mask(drawn),
        recipe: settings.weightRecipe(seed: bench.seed)))
  }
}
