public import Basics
import Datasets
import Foundation
import Networks
public import Training

/// What a network is trained for by `OutputTrainer`: a loss computed from its outputs.
public protocol OutputObjective: AnyObject {
  /// Called before the first step of an epoch, also of one that is begun anew after a kill: what it makes must follow from the
  /// network and from what `restore` read alone.
  func begin(epoch: Int) throws
  /// Fills `run.gradient` for the samples that were just passed forward in training, their outputs being `run.outputs`.
  func fillGradient(_ places: ArraySlice<Int32>)
  /// After an epoch.
  func evaluate() throws -> CurvePoint
  /// Puts what it carries from epoch to epoch, beside the network, into a checkpoint.
  func save(into file: inout SafetensorsFile)
  /// - Returns: Whether the checkpoint has it.
  func restore(from file: SafetensorsFile) -> Bool
}

extension OutputObjective {
  public func begin(epoch: Int) {}
  public func save(into file: inout SafetensorsFile) {}
  public func restore(from file: SafetensorsFile) -> Bool { true }
}

/// Trains a network whose loss is computed outside of the engine, in whole epochs: goes on from a checkpoint after the last, and
/// writes the stage's record when all is kept.
public struct OutputTrainer {
  public let run: OutputRun
  public let samples: SampleStore
  public let store: StageStore
  public let seed: UInt64
  public let progress: WorkProgress

  /// - Parameters:
  ///   - samples: That epochs are made of; their order is that of `seed`.
  public init(_ run: OutputRun, samples: SampleStore, store: StageStore, seed: UInt64, progress: WorkProgress) {
    (self.run, self.samples, self.store, self.seed, self.progress) = (run, samples, store, seed, progress)
  }

  private var epochs: Int { run.totalSteps / run.stepsPerEpoch }

  /// - Parameters:
  ///   - stage: Of the record; must not be finished.
  ///   - keep: Keeps what the training gave, before the record says that it is done.
  public func train(
    _ stage: String, for objective: some OutputObjective, keep: ([CurvePoint]) throws -> Void
  ) throws {
    precondition(epochs * run.stepsPerEpoch == run.totalSteps, "\(run.totalSteps) steps are no whole epochs")
    let url = store.ticketURL("checkpoint-\(stage)"), watch = Stopwatch()
    var curve = restore(url, objective), evaluation = 0.0
    let before = curve.count
    while curve.count < epochs {
      try step(objective, epoch: curve.count)
      let began = Stopwatch()
      curve.append(try objective.evaluate())
      evaluation += began.seconds
      guard curve.last!.validationLoss.isFinite else { throw diverged(stage) }
      var file = try run.state.file(curve: curve)
      objective.save(into: &file)
      try file.write(to: url)
      progress.advanced("seed-\(seed)/\(stage)", steps: run.stepsPerEpoch, density: run.plan.mask.density)
      try store.noteProgress(stage, curve.last!, of: run.totalSteps)
      try Interruption.check()
    }
    try keep(curve)
    // Seconds are those of this process, scaled to all epochs.
    let share = Double(epochs) / Double(max(1, epochs - before))
    try store.finish(
      stage,
      StageRecord(
        curve: curve, trainingSeconds: (watch.seconds - evaluation) * share, evaluationSeconds: evaluation * share,
        attackSeconds: nil, parametersDigest: Digest.sha256(run.plan.parameters.values)))
  }

  private func step(_ objective: some OutputObjective, epoch: Int) throws {
    try objective.begin(epoch: epoch)
    let order = EpochOrder.indices(count: samples.count, seed: seed, epoch: epoch), batch = run.recipe.batch
    for step in 0..<run.stepsPerEpoch {
      if Interruption.isRequested { try Interruption.check() }
      let places = order[step * batch..<min((step + 1) * batch, order.count)]
      run.forward(samples, places, isTraining: true)
      objective.fillGradient(places)
      run.step()
    }
  }

  /// The curve of the epochs that a checkpoint has; a damaged one counts as none.
  private func restore(_ url: URL, _ objective: some OutputObjective) -> [CurvePoint] {
    guard let file = try? SafetensorsFile(contentsOf: url), let curve = TrainingState.curve(in: file),
      let state = try? TrainingState(file, layout: run.plan.layout, name: url.lastPathComponent),
      curve.count <= epochs, state.iteration == curve.count * run.stepsPerEpoch, objective.restore(from: file)
    else { return [] }
    run.state = state
    return curve
  }

  private func diverged(_ stage: String) -> Problem {
    let problem = Problem(
      .failed, "The loss of \(stage) is not finite.", remedy: "Training diverged; lower the learning rate.")
    return problem.at(
      seed: seed, network: store.place(of: stage)?.network ?? stage, learningRate: run.recipe.learningRate)
  }
}
