package import Basics
import Datasets

/// A sample cut out and resized, ready to be drawn.
package struct Sprite {
  package let width, height: Int
  /// [channel][row][column].
  package let pixels: [UInt8]
  /// Its object: pixels at least as bright as `Sprites.threshold` in some channel, [row][column].
  package let isObject: [Bool]
  /// Pixels of the object.
  package let area: Int

  /// - Parameters:
  ///   - sample: [channel][row][column].
  ///   - side: The root of the new box's area, about.
  package init(_ sample: ArraySlice<UInt8>, _ shape: FeatureShape, side: Int) {
    let cut = Cut(sample, shape)
    let (width, height) = Self.size(width: cut.width, height: cut.height, side: side)
    let resized = cut.pixels.withUnsafeBufferPointer {
      BilinearResize.resized(
        $0, width: cut.width, height: cut.height, channels: shape.channels, newWidth: width, newHeight: height)
    }
    let plane = width * height
    var pixels = [UInt8](repeating: 0, count: resized.count), isObject = [Bool](repeating: false, count: plane)
    // What grows is blurred; a steeper slope about the threshold gives it its edges back.
    let growth = Double(plane) / Double(cut.width * cut.height)
    for i in 0..<plane {
      for channel in 0..<shape.channels {
        let value = Self.sharpened(resized[i * shape.channels + channel], growth: growth)
        pixels[channel * plane + i] = value
        if value >= Sprites.threshold { isObject[i] = true }
      }
    }
    (self.width, self.height) = (width, height)
    (self.pixels, self.isObject, area) = (pixels, isObject, isObject.count { $0 })
  }

  /// The size of about `side` x `side` pixels with the aspect of the cut, at most 2 to 1. The longer side is what makes up the
  /// area, so that it differs from `side`^2 by at most half of the shorter: sizes keep apart.
  package static func size(width: Int, height: Int, side: Int) -> (width: Int, height: Int) {
    let aspect = max(1, min(2, Double(max(width, height)) / Double(min(width, height))))
    let short = max(1, Int((Double(side) / aspect.squareRoot()).rounded()))
    let long = Int((Double(side * side) / Double(short)).rounded())
    return height >= width ? (short, long) : (long, short)
  }

  private static func sharpened(_ value: UInt8, growth: Double) -> UInt8 {
    let slope = max(1, min(2.5, growth.squareRoot() / 1.5)), centre = Double(Sprites.threshold)
    return UInt8(max(0, min(255, (centre + (Double(value) - centre) * slope).rounded())))
  }
}

/// What of a sample is not background.
private struct Cut {
  let width, height: Int
  /// [row][column][channel].
  let pixels: [UInt8]

  /// The smallest box around pixels as bright as the threshold, the brightest being 255, or the whole where there are none.
  init(_ sample: ArraySlice<UInt8>, _ shape: FeatureShape) {
    let plane = shape.height * shape.width
    // Dark samples are made as bright as others.
    let brightest = max(1, Int(sample.max() ?? 255))
    let bright = sample.map { UInt8((Int($0) * 255 + brightest / 2) / brightest) }
    var rows = (low: shape.height, high: -1), columns = (low: shape.width, high: -1)
    for i in 0..<plane
    where (0..<shape.channels).contains(where: { bright[$0 * plane + i] >= Sprites.threshold }) {
      let (row, column) = (i / shape.width, i % shape.width)
      rows = (min(rows.low, row), max(rows.high, row))
      columns = (min(columns.low, column), max(columns.high, column))
    }
    if rows.high < 0 { (rows, columns) = ((0, shape.height - 1), (0, shape.width - 1)) }
    var pixels: [UInt8] = []
    for row in rows.low...rows.high {
      for column in columns.low...columns.high {
        for channel in 0..<shape.channels {
          pixels.append(bright[channel * plane + row * shape.width + column])
        }
      }
    }
    (width, height) = (columns.high - columns.low + 1, rows.high - rows.low + 1)
    self.pixels = pixels
  }
}
