/// Resizes images of bytes with a triangle filter: bilinear interpolation where an image grows, a weighted mean over all
/// pixels that a new one covers where it shrinks.
///
/// The arithmetic is that of Pillow's `Image.resize(size, Image.Resampling.BILINEAR)` up to version 12, and so are the
/// bits: along the rows first, then along the columns, each rounded to bytes, with weights of 22 binary places. Only
/// additions, multiplications and divisions take part, so every machine gives the same.
package enum BilinearResize {
  /// - Parameters:
  ///   - pixels: [height][width][channels].
  ///   - newWidth: With `newHeight`, the size to reach; the aspect is the caller's business.
  /// - Returns: [newHeight][newWidth][channels].
  package static func resized(
    _ pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int, channels: Int, newWidth: Int, newHeight: Int
  ) -> [UInt8] {
    precondition(pixels.count == width * height * channels, "\(pixels.count) numbers for \(width)x\(height)")
    let columns = Taps(from: width, to: newWidth)
    var narrow = [UInt8](repeating: 0, count: height * newWidth * channels)
    narrow.withUnsafeMutableBufferPointer { target in
      for row in 0..<height {
        for (column, tap) in columns.taps.enumerated() {
          for channel in 0..<channels {
            let first = (row * width + tap.first) * channels + channel
            target[(row * newWidth + column) * channels + channel] = tap.value(pixels, first, stride: channels)
          }
        }
      }
    }
    let rows = Taps(from: height, to: newHeight), stride = newWidth * channels
    var result = [UInt8](repeating: 0, count: newHeight * stride)
    narrow.withUnsafeBufferPointer { source in
      for (row, tap) in rows.taps.enumerated() {
        for i in 0..<stride { result[row * stride + i] = tap.value(source, tap.first * stride + i, stride: stride) }
      }
    }
    return result
  }

  /// The old pixels that make up a new one along an axis, with their weights times 2^22.
  struct Tap {
    var first: Int
    var weights: [Int32]

    fileprivate func value(_ source: UnsafeBufferPointer<UInt8>, _ first: Int, stride: Int) -> UInt8 {
      var sum: Int32 = 1 << 21, index = first
      for weight in weights {
        sum &+= Int32(source[index]) &* weight
        index += stride
      }
      return UInt8(clamping: sum >> 22)
    }
  }

  struct Taps {
    var taps: [Tap]

    /// New pixel i has its centre at (i + 1/2) scale; a weight falls linearly with the distance, to 0 at max(scale, 1).
    init(from old: Int, to new: Int) {
      let scale = Double(old) / Double(new), support = max(scale, 1)
      taps = (0..<new).map { i in
        let centre = (Double(i) + 0.5) * scale
        let first = max(0, Int(centre - support + 0.5)), end = min(old, Int(centre + support + 0.5))
        let raw = (first..<end).map { max(0, 1 - abs((Double($0) - centre + 0.5) * (1 / support))) }
        let sum = raw.reduce(0, +)
        return Tap(first: first, weights: raw.map { Int32(0.5 + $0 / sum * Double(1 << 22)) })
      }
    }
  }
}
