import Basics

/// How the places along one axis of an image become others: each a weighted sum of neighbours.
struct AxisTaps {
  /// The first old place of a sum, and the weights from there on.
  let taps: [(first: Int, weights: [Float])]

  /// A triangle filter, as `BilinearResize` has it: bilinear where the axis grows, a mean over all that a new place covers
  /// where it shrinks.
  static func resizing(from old: Int, to new: Int) -> AxisTaps {
    AxisTaps(
      taps: BilinearResize.Taps(from: old, to: new).taps.map { tap in
        (tap.first, tap.weights.map { Float($0) / Float(1 << 22) })
      })
  }

  /// Values of some planes, [plane][row][column], put through the taps of columns and then through those of rows.
  static func apply(_ values: [Float], height: Int, width: Int, rows: AxisTaps, columns: AxisTaps) -> [Float] {
    let planes = values.count / max(1, height * width), wide = columns.taps.count, high = rows.taps.count
    var narrow = [Float](repeating: 0, count: planes * height * wide)
    var result = [Float](repeating: 0, count: planes * high * wide)
    values.withUnsafeBufferPointer { values in
      narrow.withUnsafeMutableBufferPointer { narrow in
        for line in 0..<planes * height {
          for (column, tap) in columns.taps.enumerated() {
            var sum: Float = 0
            for (i, weight) in tap.weights.enumerated() { sum += weight * values[line * width + tap.first + i] }
            narrow[line * wide + column] = sum
          }
        }
      }
    }
    narrow.withUnsafeBufferPointer { narrow in
      result.withUnsafeMutableBufferPointer { result in
        for plane in 0..<planes {
          for (row, tap) in rows.taps.enumerated() {
            for column in 0..<wide {
              var sum: Float = 0
              for (i, weight) in tap.weights.enumerated() {
                sum += weight * narrow[(plane * height + tap.first + i) * wide + column]
              }
              result[(plane * high + row) * wide + column] = sum
            }
          }
        }
      }
    }
    return result
  }
}

extension Dataset {
  /// Height and width of images.
  /// - Throws: `Problem.usage` for samples that are none.
  func imageSize(for transform: any DataTransform) throws -> (height: Int, width: Int) {
    guard !inputShape.isFlat else {
      throw Problem.usage(
        "+\(transform.name) changes images, and samples of \(name) are \(inputShape).",
        remedy: "Leave +\(transform.name) out.")
    }
    return (inputShape.height, inputShape.width)
  }

  /// The numbers that stored pixels can be, where that is known.
  var storedRange: ClosedRange<Float>? {
    if let range { return range }
    guard case .bytes = train.pixels, case .bytes = test.pixels else { return nil }
    return 0...255
  }
}
