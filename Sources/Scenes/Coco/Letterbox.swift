package import Datasets
package import Detection

/// How an image fits a square canvas: its longer side fills it, the aspect stays, the rest is black on both sides.
package struct Letterbox {
  package let size: Int
  package let width, height: Int
  /// The part of the canvas that the image takes.
  package let left, top, newWidth, newHeight: Int
  private let across, down: Double

  package init(width: Int, height: Int, size: Int) {
    let scale = Double(size) / Double(max(width, height))
    (self.width, self.height, self.size) = (width, height, size)
    newWidth = max(1, min(size, Int((Double(width) * scale).rounded())))
    newHeight = max(1, min(size, Int((Double(height) * scale).rounded())))
    (left, top) = ((size - newWidth) / 2, (size - newHeight) / 2)
    (across, down) = (Double(newWidth) / Double(width), Double(newHeight) / Double(height))
  }

  private var isIdentity: Bool { width == size && height == size }

  private func x(_ value: Double) -> Double { value * across + Double(left) }
  private func y(_ value: Double) -> Double { value * down + Double(top) }

  package func area(_ area: Double) -> Double { area * across * down }

  /// The part of a box that lies within the image.
  package func box(_ box: Box) -> Box {
    var box = box
    if box.x < 0 { (box.x, box.width) = (0, box.x + box.width) }
    if box.y < 0 { (box.y, box.height) = (0, box.y + box.height) }
    box.width = min(box.width, Double(width) - box.x)
    box.height = min(box.height, Double(height) - box.y)
    return Box(x: x(box.x), y: y(box.y), width: box.width * across, height: box.height * down)
  }

  /// Labelled keypoints on the canvas; those that are not labelled have no place: 0, 0.
  package func keypoints(_ keypoints: Keypoints) -> Keypoints {
    Keypoints(
      flat: (0..<keypoints.count).flatMap { i in
        keypoints.visibility[i] > 0
          ? [x(keypoints.x[i]), y(keypoints.y[i]), keypoints.visibility[i]] : [0, 0, 0]
      })
  }

  /// Polygons are scaled before they become pixels; a new pixel of run lengths is the old one under its centre.
  package func mask(_ segmentation: Segmentation) throws(RunLengthMask.PolygonFault) -> RunLengthMask {
    switch segmentation {
    case .mask(let mask): return isIdentity ? mask : resampled(mask)
    case .polygons(let polygons):
      let scaled = polygons.map { polygon in
        polygon.enumerated().map { index, value in
          index % 2 == 0 ? x(max(0, min(Double(width), value))) : y(max(0, min(Double(height), value)))
        }
      }
      return try Segmentation.polygons(scaled).mask(height: size, width: size)
    }
  }

  private func resampled(_ mask: RunLengthMask) -> RunLengthMask {
    // Where each run ends, column by column.
    var end = 0
    let ends = mask.counts.map { count in
      end += Int(count)
      return end
    }
    var pixels = [Bool](repeating: false, count: size * size), run = 0
    for column in 0..<newWidth {
      let oldColumn = min(width - 1, Int((Double(column) + 0.5) / across))
      for row in 0..<newHeight {
        let place = oldColumn * height + min(height - 1, Int((Double(row) + 0.5) / down))
        // Places only grow down a column, and from one to the next.
        if run > 0, place < ends[run - 1] { run = 0 }
        while ends[run] <= place { run += 1 }
        pixels[(top + row) * size + left + column] = run % 2 == 1
      }
    }
    return RunLengthMask(height: size, width: size, pixels: pixels)
  }

  /// Writes an image into its part of a black canvas.
  ///
  /// - Parameter canvas: [3][size][size]; a grey image is in all three.
  package func draw(_ image: ImageFile.Decoded, into canvas: UnsafeMutableBufferPointer<UInt8>) {
    let resized = isIdentity ? image.pixels : image.resized(width: newWidth, height: newHeight)
    for channel in 0..<3 {
      let source = min(channel, image.channels - 1)
      for row in 0..<newHeight {
        let first = (channel * size + top + row) * size + left
        for column in 0..<newWidth {
          canvas[first + column] = resized[(row * newWidth + column) * image.channels + source]
        }
      }
    }
  }
}
