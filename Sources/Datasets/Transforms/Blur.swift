import Basics
import Lanes

/// Images put through a Gaussian filter, cut off at three deviations; the pixels at the edge are repeated beyond it.
public struct Blur: DataTransform {
  public let name = "blur"
  public let usage = "blur:1.5"
  public let summary = "images blurred by a Gaussian filter of so many pixels' deviation"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    let (height, width) = try dataset.imageSize(for: self)
    guard let deviation = argument.flatMap({ Double($0) }), 0.1 <= deviation, deviation <= 20 else {
      throw unreadable(argument, "Write blur:DEVIATION with a number of pixels from 0.1 to 20.")
    }
    let rows = Self.taps(height, deviation), columns = Self.taps(width, deviation)
    return try dataset.mapped(self, argument, range: dataset.storedRange) { split, _ in
      AxisTaps.apply(split.floats, height: height, width: width, rows: rows, columns: columns)
    }
  }

  private static func taps(_ count: Int, _ deviation: Double) -> AxisTaps {
    let radius = Int((3 * deviation).rounded(.up))
    let kernel = (-radius...radius).map { Deterministic.exponential(-Double($0 * $0) / (2 * deviation * deviation)) }
    let total = kernel.reduce(0, +)
    return AxisTaps(
      taps: (0..<count).map { place in
        let first = max(0, place - radius), last = min(count - 1, place + radius)
        var weights = [Double](repeating: 0, count: last - first + 1)
        for (i, weight) in kernel.enumerated() {
          weights[min(last, max(first, place - radius + i)) - first] += weight / total
        }
        return (first, weights.map { Float($0) })
      })
  }
}
