import Basics
import Datasets
import Training

/// What settings of classes and of stopping early must fit.
extension SearchSettings {
  func checkClasses(_ dataset: Dataset) throws {
    if case .given(let weights) = recipe.classWeights, weights.count != dataset.classCount {
      throw Problem.usage(
        "class-weights has \(weights.count) numbers, and \(dataset.name) has \(dataset.classCount) classes.",
        remedy: "Give one number a class, or class-weights=balanced.")
    }
    guard recipe.classWeights != .balanced || recipe.sampling == .natural else {
      throw Problem.usage(
        "class-weights=balanced and sampling=balanced each make up for rare classes; together they do so twice.",
        remedy: "Choose one of them.")
    }
  }

  /// Refuses patience that no evaluation, or nothing equal, could tell the end of.
  func checkPatience(perEpoch: Int) throws {
    let patience = recipe.patience.iterations(perEpoch: perEpoch)
    guard patience > 0 else {
      guard recipe.minDelta == 0 else {
        throw Problem.usage(
          "min-delta has no effect without patience.", remedy: "Set patience too, such as patience=5ep.")
      }
      return
    }
    let every = max(1, recipe.evaluateEvery.iterations(perEpoch: perEpoch))
    let total = recipe.steps.iterations(perEpoch: perEpoch), start = rewind.iterations(perEpoch: perEpoch)
    guard (start / every + 1) * every < total else {
      throw Problem.usage(
        "Patience needs evaluations before the end, and there are none (evaluate=\(recipe.evaluateEvery), \(total) steps).",
        remedy: "Evaluate more often (--set evaluate=...).")
    }
    guard patience >= every else {
      throw Problem.usage(
        "patience=\(recipe.patience) is shorter than the steps between evaluations (evaluate=\(recipe.evaluateEvery)).",
        remedy: "Evaluate more often (--set evaluate=\(recipe.patience)), or have more patience.")
    }
    guard !controls.types.contains(where: { $0.needsSearch }) else {
      throw Problem.usage(
        "The control \(EqualCompute.name) counts the steps of whole trainings, which patience may end before.",
        remedy: "Leave out the control or patience.")
    }
  }
}
