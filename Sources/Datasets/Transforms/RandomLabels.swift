import Basics
import Lanes

/// Every training label drawn anew, all classes alike; test labels stay. Stream: `transform/random-labels`.
public struct RandomLabels: DataTransform {
  public let name = "random-labels"
  public let usage = "random-labels[:SEED]"
  public let summary = "training labels drawn at random"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    var random = RandomStream(seed: try seed(argument), "transform/random-labels")
    var train = dataset.train
    for i in train.labels.indices { train.labels[i] = Int32(random.nextIndex(below: dataset.classCount)) }
    return try dataset.changed(self, argument, train: train)
  }
}
