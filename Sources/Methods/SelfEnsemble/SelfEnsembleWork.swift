import Basics
import Datasets
import Experiments
import Foundation
import Lanes
import Networks
import Pruning
import Tickets
import Training

/// What was kept of the samples in one epoch, and what the network had learned after it.
struct KeptEpoch: Codable, Equatable, Sendable {
  /// Share of the kept samples whose label is right, and share of the right ones that were kept.
  var precision, recall: Double
  var kept: Int
  /// Share of the samples with a wrong label for which the network says that label.
  var memorised: Double
}

/// One training under label noise.
struct SelfEnsembleWork {
  let settings: SelfEnsembleSettings
  let bench: Bench<SelfEnsemble.Material>
  let arm: NoisyArm
  let sparsity: Double

  private var data: TrainingData { bench.material.training.data }
  private var architecture: Architecture { bench.material.training.architecture }
  private var classes: Int { architecture.output.count }
  private var stage: String { SelfEnsemble.stage(arm, sparsity) }
  static func keptStage(_ stage: String) -> String { "\(stage).kept" }

  func train() throws {
    let known: [KeptEpoch]? = bench.store.value(Self.keptStage(stage))
    if bench.store.record(stage) != nil, known != nil {
      return bench.progress.finished(
        steps: bench.trainer(architecture, data: data).totalSteps(recipe), density: 1 - sparsity)
    }
    let truth = bench.material.labels
    let mask = try drawMask(), labels = settings.noise.applied(to: truth, classes: classes, seed: bench.seed)
    var session = NoisySession(runs: (0..<(arm == .coTeaching ? 2 : 1)).map { makeRun($0, mask) }, samples: truth.count)
    try session.restore(from: checkpoint)
    let perEpoch = session.runs[0].stepsPerEpoch, epochs = session.runs[0].totalSteps / perEpoch
    let watch = Stopwatch()
    var evaluationSeconds = 0.0
    while session.epochs.count < epochs {
      let epoch = session.epochs.count, keeps = kept(session, epoch)
      try step(&session, epoch: epoch, labels, keeps)
      let evaluation = Stopwatch()
      try evaluate(&session, epoch: epoch, labels, truth, keeps)
      evaluationSeconds += evaluation.seconds
      try session.file().write(to: checkpoint)
      bench.progress.advanced(
        "seed-\(bench.seed)/\(stage)", steps: perEpoch * session.runs.count, density: 1 - sparsity)
      try Interruption.check()
    }
    try bench.store.keep(session.epochs, Self.keptStage(stage))
    try bench.store.finish(
      stage,
      StageRecord(
        curve: session.curve, trainingSeconds: watch.seconds - evaluationSeconds, evaluationSeconds: evaluationSeconds,
        attackSeconds: nil, parametersDigest: Digest.sha256(session.runs[0].plan.parameters.values)))
  }

  private var recipe: Recipe {
    var recipe = settings.search.recipe
    recipe.orderSeed = bench.seed
    return recipe
  }

  private var checkpoint: URL { bench.store.ticketURL("checkpoint-\(stage)") }

  /// The second of two networks has weights of its own.
  private func makeRun(_ number: Int, _ mask: Mask) -> OutputRun {
    let layout = architecture.layout, initializer = settings.search.initializer
    let start =
      number == 0
      ? initializer.parameters(for: layout, seed: bench.seed)
      : initializer.parameters(for: layout, seed: bench.seed, stream: "peer-weights")
    return OutputRun(
      architecture, start: start, mask: mask, recipe: recipe, samples: data.train.count,
      pool: ThreadPool(threads: bench.threads), execution: bench.execution)
  }

  /// Random, with the densities of Erdős–Rényi kernels; one mask a seed and sparsity for all ways of training.
  private func drawMask() throws -> Mask {
    let full = Mask(fullFor: architecture.layout)
    guard sparsity > 0 else { return full }
    var scores = [Float](repeating: 0, count: full.keeps.count)
    for entry in full.layout.prunable {
      var random = RandomStream(seed: bench.seed, "noise-mask/\(sparsity)/\(entry.name)")
      for i in entry.range { scores[i] = Float(random.nextUniform()) }
    }
    let quota = ErdosRenyiAllocation().quota(
      AllocationRequest(mask: full, fraction: sparsity, entries: full.layout.prunable))
    return try Pruner.prune(full, scores: scores, quota: quota, allowsEmptyLayers: true)
  }

  // MARK: which samples

  /// The samples of an epoch; `nil` for all, or where batches choose.
  private func kept(_ session: NoisySession, _ epoch: Int) -> [Bool]? {
    let share = settings.keptShare(epoch: epoch)
    guard share < 1, let last = session.losses.last else { return nil }
    switch arm {
    case .plain, .coTeaching: return nil
    case .smallLoss: return SampleScores.lowest(last.map { Double($0) }, share: share)
    case .selfEnsemble:
      let sums = last.indices.map { i in session.losses.reduce(0) { $0 + $1[i] } }
      var scores = SampleScores.ranks(sums)
      if let views = session.views, settings.viewWeight > 0 {
        for (i, rank) in SampleScores.ranks(views).enumerated() { scores[i] += settings.viewWeight * rank }
      }
      return SampleScores.lowest(scores, share: share)
    }
  }

  // MARK: steps

  private func step(_ session: inout NoisySession, epoch: Int, _ labels: [Int32], _ keeps: [Bool]?) throws {
    let order = EpochOrder.indices(count: data.train.count, seed: bench.seed, epoch: epoch)
    let batch = settings.search.recipe.batch
    for first in stride(from: 0, to: order.count, by: batch) {
      if Interruption.isRequested { try Interruption.check() }
      let places = order[first..<min(first + batch, order.count)]
      for run in session.runs { run.forward(data.train, places, isTraining: true) }
      let chosen = session.runs.map { _ in places.map { keeps?[Int($0)] ?? true } }
      let taught = arm == .coTeaching ? exchanged(session.runs, places, labels, epoch) : chosen
      for (run, chosen) in zip(session.runs, taught) {
        fillGradient(run, places, labels, chosen)
        run.step()
      }
    }
  }

  /// Of each network the samples of small loss of the other: `R(t)` of the batch.
  private func exchanged(
    _ runs: [OutputRun], _ places: ArraySlice<Int32>, _ labels: [Int32], _ epoch: Int
  ) -> [[Bool]] {
    let own = places.map { labels[Int($0)] }
    return runs.map { run in
      let losses = SampleScores.losses(
        Array(run.outputs[..<(places.count * classes)]), classes: classes, labels: own)
      return SampleScores.lowest(losses.map { Double($0) }, share: settings.keptShare(epoch: epoch))
    }.reversed()
  }

  /// Of the mean cross-entropy over the chosen samples of the batch.
  private func fillGradient(_ run: OutputRun, _ places: ArraySlice<Int32>, _ labels: [Int32], _ chosen: [Bool]) {
    let count = max(1, chosen.count { $0 })
    for (i, place) in places.enumerated() {
      let range = i * classes..<(i + 1) * classes
      guard chosen[i] else {
        for j in range { run.gradient[j] = 0 }
        continue
      }
      let p = SampleScores.probabilities(run.outputs[range]), label = Int(labels[Int(place)])
      for c in 0..<classes {
        run.gradient[i * classes + c] = Float((p[c] - (c == label ? 1 : 0)) / Double(count))
      }
    }
  }

  // MARK: after an epoch

  private func evaluate(
    _ session: inout NoisySession, epoch: Int, _ labels: [Int32], _ truth: [Int32], _ keeps: [Bool]?
  ) throws {
    let run = session.runs[0], check = { try Interruption.check() }
    let outputs = try run.evaluate(data.train, between: check)
    let losses = SampleScores.losses(outputs, classes: classes, labels: labels)
    // Of the epoch that follows, if it leaves any out.
    let isNeeded =
      arm == .selfEnsemble && !bench.material.views.isEmpty && settings.viewWeight > 0
      && settings.keptShare(epoch: epoch + 1) < 1
    session.views =
      isNeeded
      ? SampleScores.disagreement(
        [outputs] + (try bench.material.views.map { try run.evaluate($0, between: check) }), classes: classes) : nil
    session.losses = (session.losses + [losses]).suffix(arm == .selfEnsemble ? settings.snapshots : 1)
    // Co-teaching chooses batch by batch; what it would keep of all samples is what can be compared.
    let chosen =
      keeps
      ?? (arm == .coTeaching
        ? SampleScores.lowest(losses.map { Double($0) }, share: settings.keptShare(epoch: epoch))
        : [Bool](repeating: true, count: labels.count))
    let predictions = SampleScores.predictions(outputs, classes: classes)
    session.epochs.append(KeptEpoch(chosen, labels: labels, truth: truth, predictions: predictions))
    session.curve.append(try point(run))
  }

  private func point(_ run: OutputRun) throws -> CurvePoint {
    func score(_ samples: SampleStore) throws -> (loss: Double, accuracy: Double) {
      let outputs = try run.evaluate(samples, between: { try Interruption.check() })
      let labels = Array(UnsafeBufferPointer(start: samples.labels, count: samples.count))
      let losses = SampleScores.losses(outputs, classes: classes, labels: labels)
      let right = zip(SampleScores.predictions(outputs, classes: classes), labels).count { $0 == $1 }
      return (
        losses.reduce(0) { $0 + Double($1) } / Double(samples.count), Double(right) / Double(samples.count)
      )
    }
    let validation = try score(data.validation), test = try score(data.test)
    return CurvePoint(
      step: run.iteration, validationLoss: validation.loss, validationAccuracy: validation.accuracy,
      testAccuracy: test.accuracy)
  }
}

extension KeptEpoch {
  init(_ keeps: [Bool], labels: [Int32], truth: [Int32], predictions: [Int32]) {
    let right = zip(labels, truth).map { $0 == $1 }
    let both = zip(keeps, right).count { $0 && $1 }, wrong = right.count { !$0 }
    kept = keeps.count { $0 }
    precision = Double(both) / Double(max(1, kept))
    recall = Double(both) / Double(max(1, right.count - wrong))
    memorised =
      Double(right.indices.count { !right[$0] && predictions[$0] == labels[$0] }) / Double(max(1, wrong))
  }
}
