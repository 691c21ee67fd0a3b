import Basics
import Lanes

/// Images turned about their middle, counter-clockwise as they are seen, by bilinear interpolation; what comes from outside
/// is the lowest number that a pixel can be, or 0.
public struct Rotate: DataTransform {
  public let name = "rotate"
  public let usage = "rotate:35"
  public let summary = "images turned counter-clockwise by so many degrees"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    let (height, width) = try dataset.imageSize(for: self)
    guard let degrees = argument.flatMap({ Double($0) }), degrees.magnitude <= 180 else {
      throw unreadable(argument, "Write rotate:DEGREES with a number from -180 to 180.")
    }
    let taps = Self.taps(height, width, degrees), outside = dataset.storedRange?.lowerBound ?? 0
    return try dataset.mapped(self, argument, range: dataset.storedRange) { split, _ in
      Self.turned(split.floats, taps, outside: outside)
    }
  }

  /// The four old places that a new one is made of, -1 for one outside, and their weights.
  private struct Tap {
    var places: [Int] = []
    var weights: [Float] = []
  }

  private static func taps(_ height: Int, _ width: Int, _ degrees: Double) -> [Tap] {
    let angle = degrees.magnitude / 180 * 3.141592653589793
    let cosine = Deterministic.cosine(angle)
    let sine = (degrees < 0 ? -1.0 : 1) * Deterministic.cosine(angle - 3.141592653589793 / 2)
    let middle = (row: Double(height - 1) / 2, column: Double(width - 1) / 2)
    return (0..<height * width).map { place in
      let down = Double(place / width) - middle.row, right = Double(place % width) - middle.column
      // Where a counter-clockwise turn took the pixel from; rows grow downwards.
      let column = middle.column + cosine * right - sine * down, row = middle.row + sine * right + cosine * down
      let top = row.rounded(.down), left = column.rounded(.down)
      var tap = Tap()
      for (r, vertical) in [(top, 1 - (row - top)), (top + 1, row - top)] {
        for (c, horizontal) in [(left, 1 - (column - left)), (left + 1, column - left)] {
          let isInside = 0 <= r && r < Double(height) && 0 <= c && c < Double(width)
          tap.places.append(isInside ? Int(r) * width + Int(c) : -1)
          tap.weights.append(Float(vertical * horizontal))
        }
      }
      return tap
    }
  }

  private static func turned(_ values: [Float], _ taps: [Tap], outside: Float) -> [Float] {
    let places = taps.flatMap(\.places), weights = taps.flatMap(\.weights), plane = taps.count
    return [Float](unsafeUninitializedCapacity: values.count) { target, filled in
      values.withUnsafeBufferPointer { values in
        places.withUnsafeBufferPointer { places in
          weights.withUnsafeBufferPointer { weights in
            for first in stride(from: 0, to: values.count, by: plane) {
              for place in 0..<plane {
                var sum: Float = 0
                for i in 4 * place..<4 * place + 4 {
                  sum += weights[i] * (places[i] < 0 ? outside : values[first + places[i]])
                }
                target[first + place] = sum
              }
            }
          }
        }
      }
      filled = values.count
    }
  }
}
