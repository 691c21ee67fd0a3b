import Basics

/// Half as many rows and columns: means over squares of 2x2 pixels.
public struct HalfSize: DataTransform {
  public let name = "half"
  public let summary = "images of half the height and width"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    try checkNoArgument(argument)
    let from = dataset.inputShape
    guard from.height % 2 == 0, from.width % 2 == 0, !from.isFlat else {
      throw Problem.usage("Samples of \(from) cannot be halved.", remedy: "Leave +half out.")
    }
    let shape = FeatureShape(channels: from.channels, height: from.height / 2, width: from.width / 2)
    return try dataset.mapped(self, argument, shape: shape, range: dataset.range) { split, _ in
      let values = split.floats
      return (0..<split.count * shape.count).map { i in
        let row = i / shape.width, first = 2 * row * from.width + 2 * (i % shape.width)
        return (values[first] + values[first + 1] + values[first + from.width] + values[first + from.width + 1]) / 4
      }
    }
  }
}
