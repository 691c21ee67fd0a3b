import Basics

/// The fixed parts of validation and test set that evaluations take before the end of training. Streams:
/// `evaluation-samples/validation`, `evaluation-samples/test`, of the split seed.
struct EvaluationSubset {
  /// Places in the split, ascending.
  let validation: [Int32]
  let test: [Int32]

  var counts: SampleCounts { SampleCounts(validation: validation.count, test: test.count) }

  /// `nil` if evaluations take all samples.
  init?(_ recipe: Recipe, _ data: TrainingData) {
    let count = recipe.evaluationSamples
    guard count > 0, count < max(data.validation.count, data.test.count) else { return nil }
    validation = data.validation.places(count, seed: data.splitSeed, "evaluation-samples/validation")
    test = data.test.places(count, seed: data.splitSeed, "evaluation-samples/test")
  }
}
