import Basics

/// What pages of all experiments state.
enum Fixture {
  static let settings = [
    "network": "lenet-300-100", "optimizer": "adam", "learningRate": "0.0012", "batchSize": "60", "epochs": "20ep",
    "criterion": "magnitude", "allocation": "layerwise", "fraction": "0.2", "rewind": "0",
  ]

  static let dataset = DatasetSummary(
    name: "Fashion-MNIST", source: "Debian package dataset-fashion-mnist", shape: [1, 28, 28], classes: 10,
    trainCount: 55_000, validationCount: 5_000, testCount: 10_000,
    normalisation: "Mean 0.2860 subtracted, divided by the standard deviation 0.3530, both of the training images.")
}
