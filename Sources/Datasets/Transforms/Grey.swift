import Basics

/// Red, green and blue to one channel: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).
public struct Grey: DataTransform {
  public let name = "grey"
  public let summary = "colour images to one channel"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    try checkNoArgument(argument)
    var shape = dataset.inputShape
    guard shape.channels == 3 else {
      throw Problem.usage("\(dataset.name) has \(shape.channels) channels, not 3.", remedy: "Leave +grey out.")
    }
    shape.channels = 1
    let plane = shape.count
    return try dataset.mapped(self, argument, shape: shape, range: dataset.range) { split, _ in
      let values = split.floats
      return (0..<split.count * plane).map { i in
        let first = i / plane * 3 * plane + i % plane
        return 0.299 * values[first] + 0.587 * values[first + plane] + 0.114 * values[first + 2 * plane]
      }
    }
  }
}
