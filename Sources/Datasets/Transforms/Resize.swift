import Basics

/// Images of another height and width, by a triangle filter along each axis: bilinear where they grow, weighted means where
/// they shrink. The aspect is not kept unless the sizes keep it; values are not rounded.
public struct Resize: DataTransform {
  public let name = "resize"
  public let usage = "resize:28 or resize:28x32"
  public let summary = "images of another height and width"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    let (height, width) = try dataset.imageSize(for: self)
    let sides = (argument ?? "").split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard (1...2).contains(sides.count), sides.allSatisfy({ (2...1024).contains($0) }) else {
      throw unreadable(argument, "Write resize:SIZE, or resize:HEIGHTxWIDTH, with sizes from 2 to 1024.")
    }
    let shape = FeatureShape(channels: dataset.inputShape.channels, height: sides[0], width: sides.last!)
    let rows = AxisTaps.resizing(from: height, to: shape.height)
    let columns = AxisTaps.resizing(from: width, to: shape.width)
    return try dataset.mapped(self, argument, shape: shape, range: dataset.storedRange) { split, _ in
      AxisTaps.apply(split.floats, height: height, width: width, rows: rows, columns: columns)
    }
  }
}
