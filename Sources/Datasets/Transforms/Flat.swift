import Basics

/// Every number of a sample as a channel of its own: batch norm and normalisation then treat each pixel by itself.
public struct Flat: DataTransform {
  public let name = "flat"
  public let summary = "every pixel a channel of its own"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    try checkNoArgument(argument)
    return try dataset.changed(self, argument, shape: FeatureShape(channels: dataset.inputShape.count))
  }
}
