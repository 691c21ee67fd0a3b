public import Basics
import Foundation
public import Networks

/// What a training gave.
public struct TrainingOutcome: Sendable {
  /// The weights that the network computes with.
  public var parameters: Parameters
  /// What was trained: the weights or, where they are made of others, the latent numbers.
  public var latent: Parameters
  /// The mask at the end; another than at the start where a rule moved it.
  public var mask: Mask
  /// Evaluations in order; the first is before the first step.
  public var curve: [CurvePoint]
  /// Which classes of the test set are taken for which at the end; `nil` where classes are not what is told.
  public var confusion: Confusion?
  /// How many steps it was to have, where it could end before.
  public var plannedSteps: Int?
  /// Wall-clock seconds of optimiser steps, attacks included; of the attacks among them; and of evaluations.
  public var trainingSeconds: Double
  public var attackSeconds: Double
  public var evaluationSeconds: Double

  /// The evaluation of least validation loss, the earliest of equals; all on the same samples.
  public var earlyStop: CurvePoint { curve.earlyStop }
  public var last: CurvePoint { curve.last! }

  /// What it says in figures: as tickets state them.
  public var metrics: [String: Double] { curve.metrics(confusion, plannedSteps: plannedSteps) }
}

/// Trains a run to the end of its recipe, or until its patience is over or something ends it, evaluating on the way.
public struct Trainer {
  /// Called with the number of steps done so far and in all.
  public var progress: (Int, Int) -> Void = { _, _ in }
  /// Called after an evaluation when the last call was at least `checkpointSeconds` ago.
  public var checkpoint: (TrainingState, [CurvePoint]) throws -> Void = { _, _ in }
  public var checkpointSeconds = 30.0
  /// Called after every evaluation, with the number of steps in all.
  public var evaluated: (CurvePoint, Int) throws -> Void = { _, _ in }
  /// Moves the mask, if anything does.
  public var rule: (any MaskRule)?
  /// Steps after which to evaluate besides those of the recipe.
  public var evaluatesAt: Set<Int> = []
  /// Called at every evaluation, before it: for what is measured besides.
  public var watch: ((Run) throws -> Void)?
  /// Asked at every evaluation, before it: whether training ends with it.
  public var ends: ((Run) throws -> Bool)?

  public init() {}

  /// - Parameter curve: Evaluations that were made before a checkpoint.
  /// - Throws: `Interruption.problem`, after a checkpoint, if the user asked to stop; what `checkpoint` throws; and
  ///   `Problem.Kind.failed` if the loss is no longer a finite number.
  public func train(_ run: Run, until end: Int? = nil, curve: [CurvePoint] = []) throws -> TrainingOutcome {
    let end = end ?? run.totalSteps
    var lastStep = end
    let every = max(1, run.recipe.evaluateEvery.iterations(perEpoch: run.stepsPerEpoch))
    var clock = Clock(), curve = curve, confusion: Confusion?, lastCheckpoint = Clock.now
    /// What was cut off is done again by whoever goes on from the checkpoint.
    func evaluate() throws {
      try watch?(run)
      if try ends?(run) == true { lastStep = run.iteration }
      do { curve.append(try clock.timeEvaluation { try point(run, end: lastStep, after: curve, &confusion) }) } catch {
        try checkpoint(run.state, curve)
        throw error
      }
      try checkFinite(curve.last!)
    }
    let isPlace = { $0 % every == 0 || $0 == end || evaluatesAt.contains($0) }
    if curve.last.map({ $0.step < run.iteration && isPlace(run.iteration) }) ?? true { try evaluate() }
    func isOver() -> Bool {
      run.iteration >= lastStep || run.recipe.isPatienceOver(curve, perEpoch: run.stepsPerEpoch)
    }
    while !isOver() {
      let usual = min(end, (run.iteration / every + 1) * every), at = run.iteration
      let next = min(usual, evaluatesAt.filter { $0 > at }.min() ?? usual)
      clock.timeTraining { steps(run, to: next, end: end) }
      if run.iteration < next {
        try checkpoint(run.state, curve)
        throw Interruption.problem
      }
      try evaluate()
      try evaluated(curve.last!, end)
      if Clock.now - lastCheckpoint > checkpointSeconds && !isOver() {
        try checkpoint(run.state, curve)
        lastCheckpoint = Clock.now
      }
    }
    if run.iteration < end { progress(end, end) }
    return TrainingOutcome(
      parameters: run.weights, latent: run.parameters, mask: run.plan.mask, curve: curve,
      confusion: confusion ?? (run.data.task == nil ? run.evaluateByClass(.test).confusion : nil),
      plannedSteps: run.recipe.patience == .zero && ends == nil ? nil : end, trainingSeconds: clock.training,
      attackSeconds: run.attackSeconds,
      evaluationSeconds: clock.evaluation)
  }

  /// Steps until `next`, or until the user asks to stop.
  private func steps(_ run: Run, to next: Int, end: Int) {
    while run.iteration < next && !Interruption.isRequested {
      if let mask = rule?.mask(for: run) { run.move(to: mask) }
      run.takeStep()
      if run.iteration % 64 == 0 { progress(run.iteration, end) }
    }
    progress(run.iteration, end)
  }

  /// An evaluation on part of the samples or, at the end, on all, where that on the part stands beside it.
  ///
  /// - Throws: `Interruption.problem` if the user asks to stop meanwhile.
  private func point(
    _ run: Run, end: Int, after curve: [CurvePoint], _ confusion: inout Confusion?
  ) throws -> CurvePoint {
    func partly(_ split: Run.Split) throws -> Score { try run.evaluatePartly(split, between: Interruption.check) }
    var validation = try partly(.validation), test: Score, subset: SubsetScore?
    let counts = run.partialCounts, robust = run.robustAccuracies()
    func point(_ test: Score, samples: SampleCounts?) -> CurvePoint {
      CurvePoint(
        step: run.iteration, validationLoss: validation.loss, validationAccuracy: validation.accuracy,
        testAccuracy: test.accuracy, validationFGSM: robust?.fgsm, validationPGD: robust?.pgd, samples: samples,
        subset: subset)
    }
    let unknown = Score(loss: .nan, accuracy: .nan)
    guard
      run.iteration >= end
        || run.recipe.isPatienceOver(curve + [point(unknown, samples: counts)], perEpoch: run.stepsPerEpoch)
    else { return point(try partly(.test), samples: counts) }
    if let counts {
      test = try partly(.test)
      subset = SubsetScore(
        samples: counts, validationLoss: validation.loss, validationAccuracy: validation.accuracy,
        testAccuracy: test.accuracy)
      validation = try run.evaluate(.validation, between: Interruption.check)
    }
    if run.data.task == nil {
      (test, confusion) = try run.evaluateByClass(.test, between: Interruption.check)
    } else {
      test = try run.evaluate(.test, between: Interruption.check)
    }
    return point(test, samples: nil)
  }

  private func checkFinite(_ point: CurvePoint) throws {
    guard !point.validationLoss.isFinite else { return }
    var problem = Problem(
      .failed, "Training diverged: the validation loss at step \(point.step) is \(point.validationLoss.inWords).",
      remedy: "Lower the learning rate (--lr) or add a warm-up.")
    problem.place = Problem.Place(step: point.step)
    throw problem
  }
}

/// Seconds by phase.
private struct Clock {
  var training = 0.0, evaluation = 0.0

  static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

  mutating func timeTraining(_ body: () -> Void) {
    let start = Self.now
    body()
    training += Self.now - start
  }

  mutating func timeEvaluation(_ body: () throws -> CurvePoint) rethrows -> CurvePoint {
    let start = Self.now
    defer { evaluation += Self.now - start }
    return try body()
  }
}
