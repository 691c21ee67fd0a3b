public import Basics
import Datasets
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
      normalisation: normalisation.description, digest: digest)
  }
}
