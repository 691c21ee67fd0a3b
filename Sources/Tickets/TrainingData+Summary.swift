public import Basics
import Datasets
import Lanes
public import Training

extension TrainingData {
  /// What results say about the data.
  ///
  /// - Parameter digest: Of the samples, which takes a moment to compute.
  public func summary(_ digest: String) -> DatasetSummary {
    let shape = dataset.inputShape
    return DatasetSummary(
      name: dataset.name, source: dataset.source, shape: [shape.channels, shape.height, shape.width],
      classes: dataset.classCount, trainCount: train.count, validationCount: validation.count, testCount: test.count,
      normalisation: normalisation.description, digest: digest,
      classNames: dataset.classNames.isEmpty ? nil : dataset.classNames)
  }

  /// What is said before anything is trained.
  ///
  /// - Parameters:
  ///   - summary: Its name and shape are said.
  ///   - recipe: What its radius means for the data is said, if it has one.
  public func announcement(_ summary: DatasetSummary? = nil, _ recipe: Recipe? = nil) -> [String] {
    let epsilon = recipe.map { pixelScale.length($0.epsilon) } ?? 0
    return dataset.announcement(
      training: UnsafeBufferPointer(start: train.labels, count: train.count), validation: validation.count,
      name: summary?.name,
      shape: summary.map { FeatureShape(channels: $0.shape[0], height: $0.shape[1], width: $0.shape[2]) })
      + (epsilon > 0
        ? ["perturbations: \(pixelScale.sentence(epsilon, .maximum, count: dataset.inputShape.count))"] : [])
  }
}
