public import Basics
import Datasets
import Lanes
import Networks

/// Loss and accuracy on one split.
public struct Score: Equatable, Sendable {
  /// Mean over the samples.
  public var loss: Double
  /// Share of samples whose largest output is the label's, or what a task takes instead.
  public var accuracy: Double
}

extension Run {
  /// Validation accuracy under one step and under twenty steps of attack; `nil` unless the objective is adversarial.
  public func robustAccuracies() -> (fgsm: Double, pgd: Double)? { robustness?.accuracies(on: pool) }

  /// The validation samples that those are taken on.
  package var robustPlaces: [Int32]? { robustness?.order }

  public enum Split: Sendable { case validation, test }

  /// Loss and accuracy on a whole split.
  public func evaluate(_ split: Split) -> Score { evaluate(split) {} }

  /// The network's outputs for all samples of a split, [sample][class], with loss and accuracy.
  public func outputs(_ split: Split) -> (score: Score, outputs: [[Float]]) {
    var outputs: [[Float]] = []
    let score = evaluate(split, watch: { outputs += plan.output(count: $0) }) {}
    return (score, outputs)
  }

  /// Loss and accuracy on a whole split, and which classes are taken for which.
  public func evaluateByClass(_ split: Split) -> (score: Score, confusion: Confusion) { evaluateByClass(split) {} }

  func evaluateByClass(
    _ split: Split, between: () throws -> Void
  ) rethrows -> (score: Score, confusion: Confusion) {
    var confusion = Confusion(classes: data.dataset.classCount)
    let labels = split == .validation ? data.validation.labels : data.test.labels
    let score = try evaluate(
      split,
      watch: { count in
        for (sample, outputs) in zip(plan.step.chosen, plan.output(count: count)) {
          confusion.add(label: Int(labels[Int(sample)]), outputs: outputs)
        }
      }, between: between)
    return (score, confusion)
  }

  /// - Parameters:
  ///   - watch: Called after every batch with the number of its samples.
  ///   - between: Called before every batch.
  func evaluate(_ split: Split, watch: (Int) -> Void = { _ in }, between: () throws -> Void) rethrows -> Score {
    let (program, samples) = split == .validation ? (validating, data.validation) : (testing, data.test)
    for i in 0..<samples.count { order[i] = Int32(i) }
    orderEpoch = -1
    return try score(program, samples, count: samples.count, watch: watch, between)
  }

  /// How many samples evaluations before the end of training take; `nil` if all.
  public var partialCounts: SampleCounts? { subset?.counts }

  /// Loss and accuracy on the samples that evaluations before the end of training take.
  public func evaluatePartly(_ split: Split) -> Score { evaluatePartly(split) {} }

  func evaluatePartly(_ split: Split, between: () throws -> Void) rethrows -> Score {
    guard let subset else { return try evaluate(split, between: between) }
    return try split == .validation
      ? score(validating, data.validation, at: subset.validation, between)
      : score(testing, data.test, at: subset.test, between)
  }

  /// Loss and accuracy, in evaluation, on a fixed part of the training samples. Stream: `evaluation-samples/train`, of the
  /// split seed.
  ///
  /// - Parameter count: How many samples, at most all.
  public func evaluateTraining(samples count: Int) -> Score {
    score(
      Self.evaluationProgram(plan, recipe, data.train), data.train,
      at: data.train.places(count, seed: data.splitSeed, "evaluation-samples/train")
    ) {}
  }

  private func score(
    _ program: Program, _ samples: SampleStore, at places: [Int32], _ between: () throws -> Void
  ) rethrows -> Score {
    for i in places.indices { order[i] = places[i] }
    orderEpoch = -1
    return try score(program, samples, count: places.count, between)
  }

  /// Of the first `total` samples in the present order.
  private func score(
    _ program: Program, _ samples: SampleStore, count total: Int, watch: (Int) -> Void = { _ in },
    _ between: () throws -> Void
  ) rethrows -> Score {
    var loss = 0.0, correct = 0.0, outputs: [[Float]] = []
    for first in stride(from: 0, to: total, by: recipe.batch) {
      try between()
      let count = min(recipe.batch, total - first)
      order.withUnsafeBufferPointer { plan.step.select($0, first: first, count: count) }
      program.run(on: pool)
      watch(count)
      if samples.outputs != nil { outputs += plan.output(count: count) }
      loss += Double(plan.step.lossSum)
      correct += Double(plan.step.correct)
    }
    let accuracy = samples.outputs.map { $0.targets.accuracy(outputs, at: order[..<total]) }
    return Score(loss: loss / Double(total), accuracy: accuracy ?? correct / Double(total))
  }

  /// Measures batch norm's running statistics anew for the weights as they are: means over the first batches of an epoch,
  /// in the order of epoch 0, each batch normalised by its own statistics. Networks that were not trained but made, such as
  /// interpolations, need it before they are evaluated.
  ///
  /// - Parameter batches: How many batches, at most an epoch; a whole epoch if `nil`.
  public func reestimateStatistics(batches: Int? = nil) {
    let emit = Emitter(plan, for: .measuring, seed: recipe.orderSeed)
    emit.batch(data.train.source)
    emit.forward()
    fillOrder(epoch: 0)
    orderEpoch = -1
    for batch in 0..<min(batches ?? stepsPerEpoch, stepsPerEpoch) {
      let first = batch * recipe.batch, count = min(recipe.batch, data.train.count - first)
      order.withUnsafeBufferPointer { plan.step.select($0, first: first, count: count) }
      plan.step.statisticsShare = 1 / Float(batch + 1)
      plan.step.iteration = batch
      emit.program.run(on: pool)
    }
  }

  static func evaluationProgram(_ plan: Plan, _ recipe: Recipe, _ samples: SampleStore) -> Program {
    let emit = Emitter(plan, for: .evaluation)
    emit.batch(samples.source)
    emit.forward()
    samples.appendLoss(emit, recipe, needsGradient: false)
    return emit.program
  }
}
