import Analysis
import Basics
import Experiments
import Lanes
import Networks
import Pruning
import Tickets
import Training

/// What an adapted network is, by its own words and by those of the target's labels.
struct AdaptMeasurement: Codable, Equatable, Sendable {
  /// On test samples of the target, and of the source.
  var targetAccuracy, sourceAccuracy: Double
  /// Of an examiner that learned of the network's pseudo-labels on one half of the samples without labels, on the other half:
  /// correlation of its similarities with the network's, and the share of triplets that it orders as the pseudo-labels do.
  var agreement, ordering: Double
  /// Mean of the largest probability, on the samples without labels.
  var confidence: Double
  var density: Double

  static func stage(_ stage: String) -> String { "\(stage).judged" }
}

extension AdaptMeasurement: Sound { var isSound: Bool { true } }

/// One network: trained on the source, and adapted.
struct AdaptWork {
  let settings: AdaptSettings
  let bench: Bench<Adapt.Material>
  let network: AdaptNetwork

  private var data: TrainingData { bench.material.training.data }
  private var architecture: Architecture { bench.material.training.architecture }
  private var target: TargetSamples { bench.material.target }

  // MARK: source

  private var recipe: Recipe {
    var recipe = settings.search.recipe
    recipe.orderSeed = bench.seed
    return recipe
  }

  func trainSource() throws {
    let start = try start()
    _ = try bench.trainer(architecture, data: data).trainKept(network.name, from: start) {
      ticket($0.parameters, start.mask, start: start.parameters, metrics: $0.metrics)
    }
  }

  private func ticket(_ trained: Parameters, _ mask: Mask, start: Parameters, metrics: [String: Double]) -> Ticket {
    Ticket(
      architecture: architecture, mask: mask, start: start, startStep: 0, trained: trained, seed: bench.seed,
      round: network.sparsity == 0 ? 0 : 1, settings: settings.search.findingTexts, metrics: metrics)
  }

  private func start() throws -> TrainingStart {
    try TrainingStart.oneShot(
      network.kind, of: architecture, settings.search, seed: bench.seed, sparsity: network.sparsity,
      samples: data.train.count, place: "adapt \(network.sparsity)"
    ) {
      guard let dense = bench.store.ticket(AdaptNetwork.dense)?.trained else {
        throw bench.store.missing(AdaptNetwork.dense)
      }
      return dense
    }
  }

  // MARK: target

  /// In whole batches, at a rate that falls to nothing, without decay of weights.
  private var adapting: Recipe {
    var recipe = recipe
    recipe.steps = settings.steps
    recipe.learningRate = settings.rate
    recipe.schedule.shape = .cosine
    recipe.schedule.warmup = .zero
    recipe.weightDecay = 0
    recipe.dropsLast = true
    recipe.batch = min(recipe.batch, target.unlabelled.count)
    return recipe
  }

  func adapt(_ arm: AdaptArm) throws {
    let stage = network.stage(arm), split = bench.material.split(arm)
    let measured: AdaptMeasurement? = bench.store.value(AdaptMeasurement.stage(stage))
    guard let source = bench.store.ticket(network.name), let trained = source.trained else {
      throw bench.store.missing(network.name)
    }
    let run = OutputRun(
      split.encoder, start: split.encoderPart(trained), mask: split.encoderPart(source.mask), recipe: adapting,
      samples: target.unlabelled.count, pool: ThreadPool(threads: bench.threads), execution: bench.execution)
    if bench.store.record(stage) != nil, measured != nil, arm == .source || bench.store.ticket(stage) != nil {
      if arm != .source { bench.progress.finished(steps: run.totalSteps, density: source.mask.density) }
      return
    }
    let judge = TargetJudge(split, classifier: split.classifier(trained), data: data, target: target.test)
    guard arm != .source else {
      let watch = Stopwatch(), point = try judge.point(run)
      try keep(stage, run, judge, density: source.mask.density)
      return try bench.store.finish(
        stage,
        StageRecord(
          curve: [point], trainingSeconds: 0, evaluationSeconds: watch.seconds, attackSeconds: nil,
          parametersDigest: Digest.sha256(trained.values)))
    }
    let adaptation = Adaptation(
      run, split, classifier: split.classifier(trained), samples: target.unlabelled,
      weights: settings.weights.of(arm), width: settings.examinerWidth, seed: bench.seed, stage: stage,
      judge: judge.point)
    let trainer = OutputTrainer(
      run, samples: target.unlabelled.store, store: bench.store, seed: bench.seed, progress: bench.progress)
    try trainer.train(stage, for: adaptation) { curve in
      try keep(stage, run, judge, density: source.mask.density)
      let adapted = split.joined(run.plan.parameters, classifier: trained)
      try ticket(
        adapted, source.mask, start: source.start, metrics: curve.metrics(nil, plannedSteps: nil)
      ).file().write(to: bench.store.ticketURL(stage))
    }
  }

  private func keep(_ stage: String, _ run: OutputRun, _ judge: TargetJudge, density: Double) throws {
    let outputs = try run.evaluate(target.unlabelled.store, between: { try Interruption.check() })
    let features = judge.split.batch(outputs, count: target.unlabelled.count, hasImage: false).features
    let verdict = try ExaminerVerdict(
      features, judge.classifier, width: settings.examinerWidth, steps: settings.judgeSteps, seed: bench.seed,
      stage: stage)
    let accuracy = try judge.accuracies(run)
    try bench.store.keep(
      AdaptMeasurement(
        targetAccuracy: accuracy.target, sourceAccuracy: accuracy.source, agreement: verdict.agreement,
        ordering: verdict.ordering, confidence: verdict.confidence, density: density),
      AdaptMeasurement.stage(stage))
  }
}

/// What reads labels: of the source's validation and test samples, and of the target's test samples. Adaptation has it as a
/// function from a network to a point of the curve, and nothing else.
struct TargetJudge {
  let split: SplitNetwork
  let classifier: FrozenClassifier
  private let data: TrainingData
  private let target: SampleStore

  init(_ split: SplitNetwork, classifier: FrozenClassifier, data: TrainingData, target: SampleStore) {
    (self.split, self.classifier, self.data, self.target) = (split, classifier, data, target)
  }

  private func score(_ run: OutputRun, _ samples: SampleStore) throws -> (loss: Double, accuracy: Double) {
    let outputs = try run.evaluate(samples, between: { try Interruption.check() })
    let p = classifier.probabilities(split.batch(outputs, count: samples.count, hasImage: false).features)
    let labels = (0..<samples.count).map { Int(samples.labels[$0]) }
    let loss = labels.enumerated().reduce(0) { $0 - Deterministic.log(max(1e-12, p[$1.offset, $1.element])) }
    let right = zip(FrozenClassifier.predictions(p), labels).count { $0 == $1 }
    return (loss / Double(labels.count), Double(right) / Double(labels.count))
  }

  /// Validation is on the source, the test on the target.
  func point(_ run: OutputRun) throws -> CurvePoint {
    let validation = try score(run, data.validation)
    return CurvePoint(
      step: run.iteration, validationLoss: validation.loss, validationAccuracy: validation.accuracy,
      testAccuracy: try score(run, target).accuracy)
  }

  func accuracies(_ run: OutputRun) throws -> (target: Double, source: Double) {
    (try score(run, target).accuracy, try score(run, data.test).accuracy)
  }
}
