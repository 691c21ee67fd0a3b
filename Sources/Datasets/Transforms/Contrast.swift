import Basics

/// Every value moved towards, or away from, the mean of its sample: mean + factor (value - mean), cut off at the ends of the
/// numbers that a pixel can be where these are known.
public struct Contrast: DataTransform {
  public let name = "contrast"
  public let usage = "contrast:0.4"
  public let summary = "distances from a sample's mean multiplied by a factor"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    guard let factor = argument.flatMap({ Float($0) }), 0 < factor, factor <= 10 else {
      throw unreadable(argument, "Write contrast:FACTOR with a number above 0 and up to 10.")
    }
    let size = dataset.inputShape.count, range = dataset.storedRange
    return try dataset.mapped(self, argument, range: dataset.storedRange) { split, _ in
      var values = split.floats
      for first in stride(from: 0, to: values.count, by: size) {
        let mean = Float(values[first..<first + size].reduce(0.0) { $0 + Double($1) } / Double(size))
        for i in first..<first + size {
          let value = mean + factor * (values[i] - mean)
          values[i] = range.map { min($0.upperBound, max($0.lowerBound, value)) } ?? value
        }
      }
      return values
    }
  }
}
