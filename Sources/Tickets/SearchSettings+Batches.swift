import Basics
import Datasets
public import Networks
import Pruning
public import Training

/// What batches and lengths of training are too small for.
extension SearchSettings {
  /// Refuses lengths of perturbations that the data does not allow, and batches that are too small for the network.
  ///
  /// - Throws: `Problem.usage`.
  public func checkTraining(_ data: TrainingData, _ architecture: Architecture) throws {
    try recipe.checkLengths(data.pixelScale, count: data.dataset.inputShape.count)
    try checkBatches(data, architecture)
  }

  /// Refuses batches in which batch norm gets one value a channel, which it would make a constant.
  ///
  /// - Throws: `Problem.usage`, naming `drop-last` where the last batch of an epoch alone is the cause.
  func checkBatches(_ data: TrainingData, _ architecture: Architecture) throws {
    guard let norm = norms(architecture).first(where: { $0.places == 1 }) else { return }
    let count = data.train.count, what = "Batch norm (\(norm.name) of \(architecture.name)) needs two samples a batch"
    if min(recipe.batch, count) == 1 {
      throw Problem.usage("\(what), but would get one.", remedy: "Choose --batch 2 or more.")
    }
    if endsInOne(count) {
      throw Problem.usage(
        "\(what), but the last of \(count) in batches of \(recipe.batch) is alone.",
        remedy: "Leave it out with drop-last=true, or choose another --batch.")
    }
    let scores = (try? CriterionCatalog.criterion(named: criterion).needs.isProbing) == true
    if scores && scoring.norm == .batch && scoring.batch == 1 {
      throw Problem.usage(
        "\(what), but criterion=\(criterion) takes gradients of one.",
        remedy: "Set score-batch=2 or more, or score-norm=running.")
    }
  }

  /// What works but is hardly meant, one sentence each: a last batch of one sample whose statistics batch norm takes, masks
  /// that have no time to move.
  public func notes(_ data: TrainingData, _ architecture: Architecture) -> [String] {
    let count = data.train.count, perEpoch = recipe.stepsPerEpoch(samples: count)
    var notes = startNotes(architecture) + maskNotes(architecture)
    let isAlways = min(recipe.batch, count) == 1
    if !norms(architecture).isEmpty, isAlways || endsInOne(count) {
      let place =
        isAlways ? "at every step" : "in the last batch of an epoch (\(count) samples in batches of \(recipe.batch))"
      let remedy = isAlways ? "choose --batch 2 or more" : "drop-last=true leaves it out"
      notes.append("Batch norm takes its statistics of one sample \(place), which costs accuracy: \(remedy).")
    }
    let total = recipe.steps.iterations(perEpoch: perEpoch), last = Int(moveUntil * Double(total))
    let every = max(1, moveEvery.iterations(perEpoch: perEpoch))
    if [RigL.name, SET.name].contains(algorithm), every >= last {
      notes.append(
        """
        The mask never moves: its first move would be at step \(every) (move-every=\(moveEvery)), and it stays from step \
        \(last) of \(total) on (move-until=\(moveUntil)). Train longer, or move more often (--set move-every=...).
        """)
    }
    return notes
  }

  private func endsInOne(_ count: Int) -> Bool {
    !recipe.dropsLast && count > recipe.batch && count % recipe.batch == 1
  }

  /// Layers of batch norm, and over how many places of a sample each takes its statistics.
  private func norms(_ architecture: Architecture) -> [(name: String, places: Int)] {
    architecture.nodes.filter { $0.layer is BatchNorm }.map { node in
      let shape = architecture.shapes[node.name]!
      return (node.name, shape.height * shape.width)
    }
  }
}
