import Analysis
import Basics
import Experiments
import Lanes
import Networks
import Pruning
import Tickets
import Training

/// One training, and what its network makes of samples from elsewhere.
struct OodWork {
  let settings: OodSettings
  let bench: Bench<Ood.Material>
  let stage: OodStage

  private var data: TrainingData { bench.material.training.data }
  private var architecture: Architecture { bench.material.architectures[stage.loss]! }
  private var classes: Int { bench.material.classes }

  private var recipe: Recipe {
    var recipe = settings.search.recipe
    recipe.orderSeed = bench.seed
    return recipe
  }

  func run() throws {
    let start = try start()
    let run = OutputRun(
      architecture, start: start.parameters, mask: start.mask, recipe: recipe, samples: data.train.count,
      pool: ThreadPool(threads: bench.threads), execution: bench.execution)
    let measured: OodMeasurement? = bench.store.value(OodMeasurement.stage(stage.name))
    if bench.store.record(stage.name) != nil, measured != nil,
      stage.sparsity > 0 || bench.store.ticket(stage.name) != nil
    {
      return bench.progress.finished(steps: run.totalSteps, density: start.mask.density)
    }
    let training = OodTraining(run: run, data: data, loss: loss, classes: classes)
    let trainer = OutputTrainer(
      run, samples: data.train, store: bench.store, seed: bench.seed, progress: bench.progress)
    try trainer.train(stage.name, for: training) { curve in
      try bench.store.keep(try measurement(run), OodMeasurement.stage(stage.name))
      guard stage.sparsity == 0 else { return }
      try Ticket(
        architecture: architecture, mask: start.mask, start: start.parameters, startStep: 0,
        trained: run.plan.parameters, seed: bench.seed, round: 0, settings: settings.search.findingTexts,
        metrics: curve.metrics(nil, plannedSteps: nil)
      ).file().write(to: bench.store.ticketURL(stage.name))
    }
  }

  /// Of fixed centres; `nil` for cross-entropy. Stream: `pedcc-rotation`.
  private var loss: CentreLoss? {
    guard stage.loss == .pedcc else { return nil }
    var random = RandomStream(seed: bench.seed, "pedcc-rotation")
    return CentreLoss(
      EvenCentres.make(classes: classes, dimension: settings.centreDimension(classes), &random),
      scale: settings.scale, margin: settings.margin, weight: settings.weight, root: settings.root)
  }

  // MARK: starts

  private func start() throws -> TrainingStart {
    try TrainingStart.oneShot(
      stage.arm, of: architecture, settings.search, seed: bench.seed, sparsity: stage.sparsity,
      samples: data.train.count, place: "\(stage.loss.rawValue) \(stage.sparsity)"
    ) {
      let name = OodStage(loss: stage.loss).name
      guard let dense = bench.store.ticket(name)?.trained else { throw bench.store.missing(name) }
      return dense
    }
  }

  // MARK: measurement

  private func measurement(_ run: OutputRun) throws -> OodMeasurement {
    func outputs(_ samples: SampleStore) throws -> [[Double]] {
      try run.evaluate(samples, between: { try Interruption.check() }).rows(of: run.outputCount)
    }
    let scoring = OodScoring(
      loss, outputs: try outputs(data.train), labels: data.train.classLabels, classes: classes)
    let main = OodScore.main(of: stage.loss), inside = try outputs(data.test)
    let own = OodScore.all(of: stage.loss).map { score in inside.map { scoring.value(score, $0) } }
    let outside = try bench.material.outside.map { set -> OodMeasurement.Outside in
      let others = try outputs(set.samples)
      let all = zip(OodScore.all(of: stage.loss), own).map { score, own -> OodMeasurement.Score in
        let told = Discrimination(first: own, second: others.map { scoring.value(score, $0) })
        return OodMeasurement.Score(
          score: score, rocArea: told.rocArea, precisionArea: told.precisionArea,
          outsidePrecisionArea: told.otherPrecisionArea, falseAccepts: told.falseAccepts95)
      }
      let scores = others.map { scoring.value(main, $0) }
      let highest = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }.prefix(OodMeasurement.shown)
      return OodMeasurement.Outside(
        scores: all,
        examples: highest.map {
          OodMeasurement.Example(
            place: $0, score: scores[$0], predicted: OodTraining.prediction(others[$0], loss))
        }, histogram: stage.loss.histogram(scores))
    }
    return OodMeasurement(
      density: run.plan.mask.density, outside: outside, histogram: stage.loss.histogram(own[0]))
  }
}

/// Trains a network with either loss.
final class OodTraining: OutputObjective {
  private let run: OutputRun
  private let data: TrainingData
  private let loss: CentreLoss?
  private let classes: Int
  private let labels: [Int]

  init(run: OutputRun, data: TrainingData, loss: CentreLoss?, classes: Int) {
    (self.run, self.data, self.loss, self.classes) = (run, data, loss, classes)
    labels = data.train.classLabels
  }

  func fillGradient(_ places: ArraySlice<Int32>) {
    let size = run.outputCount, outputs = Array(run.outputs[..<(places.count * size)]).rows(of: size)
    let gradient = Self.gradient(outputs, labels: places.map { labels[Int($0)] }, loss).gradient
    for (i, row) in gradient.enumerated() {
      for (j, value) in row.enumerated() { run.gradient[i * size + j] = Float(value) }
    }
  }

  /// The mean loss of a batch and its gradient.
  private static func gradient(
    _ outputs: [[Double]], labels: [Int], _ loss: CentreLoss?
  ) -> (loss: Double, gradient: [[Double]]) {
    if let loss { return loss.gradient(outputs, labels: labels) }
    let count = Double(outputs.count)
    var total = 0.0
    let gradient = zip(outputs, labels).map { row, label -> [Double] in
      total += (Softmax.logSum(row) - row[label]) / count
      var g = Softmax.probabilities(row)
      g[label] -= 1
      return g.map { $0 / count }
    }
    return (total, gradient)
  }

  /// The class of the largest output or cosine, the first of equals.
  static func prediction(_ outputs: [Double], _ loss: CentreLoss?) -> Int {
    let values = loss?.cosines(outputs) ?? outputs
    return values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
  }

  func evaluate() throws -> CurvePoint {
    func outputs(_ samples: SampleStore) throws -> [[Double]] {
      try run.evaluate(samples, between: { try Interruption.check() }).rows(of: run.outputCount)
    }
    func accuracy(_ outputs: [[Double]], _ labels: [Int]) -> Double {
      Double(zip(outputs, labels).count { Self.prediction($0, loss) == $1 }) / Double(labels.count)
    }
    let validation = try outputs(data.validation), test = try outputs(data.test)
    let labels = data.validation.classLabels
    return CurvePoint(
      step: run.iteration, validationLoss: Self.gradient(validation, labels: labels, loss).loss,
      validationAccuracy: accuracy(validation, labels), testAccuracy: accuracy(test, data.test.classLabels))
  }
}

extension SampleStore {
  fileprivate var classLabels: [Int] { UnsafeBufferPointer(start: labels, count: count).map { Int($0) } }
}

extension [Float] {
  /// [row][number], in double.
  fileprivate func rows(of size: Int) -> [[Double]] {
    stride(from: 0, to: count, by: size).map { first in self[first..<first + size].map { Double($0) } }
  }
}
