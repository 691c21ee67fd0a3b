import Basics

/// Light and dark exchanged: lowest + highest - value, of the numbers that a pixel can be.
public struct Invert: DataTransform {
  public let name = "invert"
  public let summary = "light and dark exchanged"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    try checkNoArgument(argument)
    guard let range = dataset.storedRange else {
      throw Problem.usage(
        "\(dataset.name) does not say between which numbers its values are, so nothing says what +invert would make of them.",
        remedy: "Leave +invert out, or give the data as images or bytes.")
    }
    return try dataset.mapped(self, argument, range: dataset.storedRange) { split, _ in
      split.floats.map { range.lowerBound + range.upperBound - $0 }
    }
  }
}
