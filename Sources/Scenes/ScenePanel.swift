package import Basics
import Detection

/// One image of a picture, on which objects are drawn.
package struct ScenePanel {
  private(set) var raster: SceneRaster
  private let scale: Int

  /// - Parameter image: [channel][row][column].
  package init(_ image: [UInt8], _ shape: FeatureShape, scale: Int) {
    self.scale = scale
    raster = SceneRaster(width: shape.width * scale, height: shape.height * scale, background: 0)
    let plane = shape.height * shape.width
    for y in 0..<raster.height {
      for x in 0..<raster.width {
        let place = y / scale * shape.width + x / scale
        let channels = (0..<3).map { image[min($0, shape.channels - 1) * plane + place] }
        raster.set(x, y, (channels[0], channels[1], channels[2]))
      }
    }
  }

  package mutating func tint(_ object: SceneObject) {
    guard let mask = object.mask else { return }
    let colour = SceneRaster.colour(of: object.category), pixels = mask.pixels
    for row in 0..<min(mask.height, raster.height / scale) {
      for column in 0..<min(mask.width, raster.width / scale) where pixels[row * mask.width + column] {
        for y in 0..<scale {
          for x in 0..<scale { raster.set(column * scale + x, row * scale + y, colour, share: 0.4) }
        }
      }
    }
  }

  package mutating func outline(_ object: SceneObject) {
    let colour = SceneRaster.colour(of: object.category), box = object.box
    // Drawn inside of the box, so that one at the edge is seen.
    let left = pixel(box.x), right = pixel(box.x + box.width) - 1, top = pixel(box.y),
      bottom = pixel(box.y + box.height) - 1
    for i in stride(from: min(left, right), through: right, by: 1) where !object.isCrowd || i / 3 % 2 == 0 {
      raster.set(i, top, colour)
      raster.set(i, bottom, colour)
    }
    for i in stride(from: min(top, bottom), through: bottom, by: 1) where !object.isCrowd || i / 3 % 2 == 0 {
      raster.set(left, i, colour)
      raster.set(right, i, colour)
    }
  }

  package mutating func dot(_ object: SceneObject) {
    guard let keypoints = object.keypoints else { return }
    let colour = SceneRaster.colour(of: object.category), radius = max(1, scale / 2)
    for i in 0..<keypoints.count where keypoints.visibility[i] > 0 {
      let isHidden = keypoints.visibility[i] < 2, x = pixel(keypoints.x[i]), y = pixel(keypoints.y[i])
      for dy in -radius...radius {
        for dx in -radius...radius where !isHidden || max(abs(dx), abs(dy)) == radius {
          raster.set(x + dx, y + dy, max(abs(dx), abs(dy)) == radius ? colour : (255, 255, 255))
        }
      }
    }
  }

  /// A place of the image on the picture; far beyond it for values that no picture has.
  private func pixel(_ value: Double) -> Int {
    let place = (value * Double(scale)).rounded()
    return place.isFinite ? Int(max(-1, min(Double(raster.width + raster.height), place))) : -1
  }
}
