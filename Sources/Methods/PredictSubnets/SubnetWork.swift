import Basics
import Experiments
import Lanes
import Networks
import Tickets
import Training

/// What one seed does.
struct SubnetWork {
  let settings: PredictSubnetsSettings
  let bench: Bench<PredictSubnets.Material>

  private var space: SubnetSpace { bench.material.space }
  private var training: TrainingMaterial { bench.material.training }
  private var store: StageStore { bench.store }

  static let sampleStream = "subnet-samples"

  static func tooFew(_ count: Int, _ settings: PredictSubnetsSettings) -> Problem {
    .usage(
      "Only \(count) sub-networks that are not samples keep to the budget of \(settings.budget) of the weights.",
      remedy: "Use a larger --budget, smaller --keep-rates, or fewer --samples and --chosen.")
  }

  /// The sub-networks that are measured, all different. Stream: `subnet-samples`.
  static func samples(
    _ settings: PredictSubnetsSettings, _ space: SubnetSpace, seed: UInt64
  ) -> (samples: [SubnetConfiguration], heldOut: [SubnetConfiguration]) {
    var random = RandomStream(seed: seed, sampleStream)
    let all = space.draw(settings.samples + settings.heldOut, besides: [], &random)
    return (Array(all.prefix(settings.samples)), Array(all.dropFirst(settings.samples)))
  }

  func run(_ stage: String) throws {
    switch stage {
    case PredictSubnets.dense: return try trainDense()
    case PredictSubnets.fit: return try fit()
    default: break
    }
    let parts = stage.split(separator: "-"), number = Int(parts[1])!, kind = String(parts[0])
    switch kind {
    case "sample":
      try measure(stage, samples.samples[number], bySupernet: settings.measure == .supernet)
    case "held": try measure(stage, samples.heldOut[number], bySupernet: false)
    case "raw": try measure(stage, samples.heldOut[number], bySupernet: true)
    case "noise": try measure(stage, samples.samples[0], bySupernet: false, noise: number)
    default:
      guard let fit: SubnetFit = store.value(PredictSubnets.fit), let chosen = fit.chosen(kind, number) else {
        throw store.missing(PredictSubnets.fit)
      }
      try measure(stage, chosen, bySupernet: false)
    }
  }

  private var samples: (samples: [SubnetConfiguration], heldOut: [SubnetConfiguration]) {
    Self.samples(settings, space, seed: bench.seed)
  }

  // MARK: weights

  private func initial() throws -> Parameters {
    try settings.search.initialParameters(of: training.architecture, seed: bench.seed)
  }

  /// Those whose magnitudes count: the seed's, or the trained dense network's where samples are masks of it.
  private func weights() throws -> Parameters {
    guard settings.measure == .supernet else { return try initial() }
    guard let dense = store.ticket(PredictSubnets.dense)?.trained else { throw store.missing(PredictSubnets.dense) }
    return dense
  }

  /// The largest stay. Stream: `subnet-mask/TENSOR`.
  private func scores(_ weights: Parameters) -> [Float] {
    guard settings.pick == .random else { return weights.values.map(abs) }
    var scores = [Float](repeating: 0, count: weights.values.count)
    for entry in space.entries {
      var random = RandomStream(seed: bench.seed, "subnet-mask/\(entry.name)")
      for i in entry.range { scores[i] = Float(random.nextUniform()) }
    }
    return scores
  }

  private var recipe: Recipe {
    var recipe = settings.search.recipe
    recipe.orderSeed = bench.seed
    return recipe
  }

  // MARK: measurements

  private func trainDense() throws {
    let start = TrainingStart(
      parameters: try initial(), mask: Mask(fullFor: training.architecture.layout), recipe: recipe)
    _ = try bench.trainer(training.architecture, data: training.data).trainKept(PredictSubnets.dense, from: start) {
      Ticket(
        architecture: training.architecture, mask: start.mask, start: start.parameters, startStep: 0,
        trained: $0.parameters, seed: bench.seed, round: 0, settings: settings.search.findingTexts, metrics: $0.metrics)
    }
  }

  /// - Parameter noise: A number that gives the data another order. Stream: `subnet-noise/N`.
  private func measure(
    _ stage: String, _ configuration: SubnetConfiguration, bySupernet: Bool, noise: Int? = nil
  ) throws {
    guard store.record(stage) == nil || !bySupernet else { return }
    let source = try weights(), mask = space.mask(configuration, scores: scores(source))
    let values = bySupernet ? source : try initial(), edited = try space.edited(configuration)
    var start = TrainingStart(
      parameters: edited?.parameters(values) ?? values, mask: edited?.mask(mask) ?? mask, recipe: recipe)
    precondition(start.mask.remaining == space.weights(configuration), "\(stage) has another number of weights")
    if let noise {
      var random = RandomStream(seed: bench.seed, "subnet-noise/\(noise)")
      start.recipe.orderSeed = UInt64(random.nextWord())
    }
    let trainer = bench.trainer(edited?.architecture ?? training.architecture, data: training.data)
    guard bySupernet else { return try trainer.train(stage, from: start) }
    let watch = Stopwatch(), run = trainer.makeRun(start)
    if start.mask.layout.entries.contains(where: { !$0.isTrained }) { run.reestimateStatistics(batches: 20) }
    let validation = run.evaluate(.validation)
    let point = CurvePoint(
      step: 0, validationLoss: validation.loss, validationAccuracy: validation.accuracy,
      testAccuracy: run.evaluate(.test).accuracy)
    try store.finish(
      stage,
      StageRecord(
        curve: [point], trainingSeconds: 0, evaluationSeconds: watch.seconds, attackSeconds: nil,
        parametersDigest: Digest.sha256(run.parameters.values)))
  }

  // MARK: predictors

  private func fit() throws {
    if let _: SubnetFit = store.value(PredictSubnets.fit) { return }
    let weights = try weights(), features = SubnetFeatures(space, weights: weights, scores: scores(weights))
    func accuracies(_ kind: String, _ count: Int) throws -> [Double] {
      try (0..<count).map { number in
        let stage = PredictSubnets.stage(kind, number)
        guard let record = store.record(stage) else { throw store.missing(stage) }
        return record.last.validationAccuracy
      }
    }
    let fitting = SubnetFitting(settings, space, features, budget: bench.material.budget, seed: bench.seed)
    let (samples, heldOut) = samples
    let fit = try fitting.fit(
      samples, try accuracies("sample", samples.count), heldOut: heldOut, truth: try accuracies("held", heldOut.count),
      raw: settings.measure == .supernet ? try accuracies("raw", heldOut.count) : nil)
    try store.keep(fit, PredictSubnets.fit)
  }
}
