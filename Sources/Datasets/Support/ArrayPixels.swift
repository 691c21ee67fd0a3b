import Basics

/// How the numbers of samples are stored, and what they are worth.
struct ArrayPixels {
  /// One a part: training, and testing if there is one.
  let parts: [Pixels]
  var scale: Float = 1
  var range: ClosedRange<Float>?
  var notes: [String] = []

  /// Unsigned bytes are pixels worth 1/255, and so are numbers of another format that can only be such: from 0 to 255,
  /// some above 127, and either whole or of images. Truth values are 0 and 1. Every other number counts as it is.
  ///
  /// - Parameter arrays: All of one format and one shape of samples.
  init(_ arrays: [NumberArray]) {
    let first = arrays[0]
    switch first.type {
    case .uint8:
      (parts, scale, range) = (arrays.map { .bytes($0.bytes) }, 1 / 255, 0...255)
      if arrays.allSatisfy({ $0.bytes.allSatisfy { $0 <= 1 } }) {
        notes = ["uint8 counts as pixels worth 1/255, though none is above 1 (save truth values as bool)"]
      }
    case .bool: (parts, range) = (arrays.map { .bytes($0.bytes.map { $0 == 0 ? 0 : 1 }) }, 0...1)
    default:
      let numbers = arrays.map { $0.floats() }
      guard first.shape.count > 1, let isWhole = Self.arePixels(numbers, isImage: first.shape.count > 2) else {
        parts = numbers.map { .floats($0) }
        return
      }
      parts = numbers.map { isWhole ? .bytes($0.map { UInt8($0) }) : .floats($0) }
      (scale, range) = (1 / 255, 0...255)
      notes = ["\(first.type) numbers from 0 to 255 are taken for pixels, as uint8 is"]
    }
  }

  /// Nil if they are no pixels, else whether all are whole.
  private static func arePixels(_ parts: [[Float]], isImage: Bool) -> Bool? {
    var isWhole = true, highest: Float = 0
    for values in parts {
      for value in values {
        guard value >= 0, value <= 255 else { return nil }
        isWhole = isWhole && value == value.rounded(.down)
        guard isWhole || isImage else { return nil }
        highest = max(highest, value)
      }
    }
    return highest > 127 ? isWhole : nil
  }
}
