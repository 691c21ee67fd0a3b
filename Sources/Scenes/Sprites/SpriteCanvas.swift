import Detection
package import Lanes

/// An image under way, and what stands in it.
package struct SpriteCanvas {
  package let channels, size: Int
  /// [channel][row][column].
  private(set) var pixels: [UInt8]
  private var drawn: [Drawn] = []
  /// Which object each pixel shows; -1 for none.
  private var owner: [Int]

  private struct Drawn {
    var category, boxArea: Int
    /// Around its object before anything covers it: the ends belong to it.
    var left, top, right, bottom: Int
  }

  package init(channels: Int, size: Int) {
    (self.channels, self.size) = (channels, size)
    pixels = Array(repeating: 0, count: channels * size * size)
    owner = Array(repeating: -1, count: size * size)
  }

  /// Draws a sprite over what is there: its object covers, its faint edge shines through.
  package mutating func draw(_ sprite: Sprite, category: Int, at place: Placement.Place) {
    let plane = sprite.width * sprite.height
    var new = Drawn(
      category: category, boxArea: plane, left: size, top: size, right: -1, bottom: -1)
    for row in 0..<sprite.height {
      for column in 0..<sprite.width {
        let i = row * sprite.width + column, x = place.x + column, y = place.y + row
        for channel in 0..<channels {
          let target = channel * size * size + y * size + x, value = sprite.pixels[channel * plane + i]
          pixels[target] = sprite.isObject[i] ? value : max(value, pixels[target])
        }
        guard sprite.isObject[i] else { continue }
        owner[y * size + x] = drawn.count
        (new.left, new.right) = (min(new.left, x), max(new.right, x))
        (new.top, new.bottom) = (min(new.top, y), max(new.bottom, y))
      }
    }
    // A sample without a bright pixel is nothing that could be found.
    if new.right >= 0 { drawn.append(new) }
  }

  /// A faint patch, or a stroke a pixel wide, darker than any object.
  package mutating func drawClutter(_ stream: inout RandomStream) {
    let value = UInt8(20 + stream.nextIndex(below: 36)), isPatch = stream.nextIndex(below: 2) == 0
    let x = stream.nextIndex(below: size), y = stream.nextIndex(below: size)
    let extent = 3 + stream.nextIndex(below: 10), step = stream.nextIndex(below: 4)
    let (dx, dy) = [(1, 0), (0, 1), (1, 1), (1, -1)][step]
    for a in 0..<extent {
      for b in 0..<(isPatch ? 2 + extent / 2 : 1) {
        let (column, row) = isPatch ? (x + a, y + b) : (x + a * dx, y + a * dy)
        guard (0..<size).contains(column), (0..<size).contains(row) else { continue }
        for channel in 0..<channels {
          let target = channel * size * size + row * size + column
          pixels[target] = max(pixels[target], value)
        }
      }
    }
  }

  /// What stands in the image, in the order in which it was drawn.
  package var objects: [SceneObject] {
    drawn.enumerated().map { index, drawn in
      let mask = RunLengthMask(height: size, width: size, pixels: owner.map { $0 == index })
      let corners = [
        (drawn.left, drawn.top), (drawn.right, drawn.top), (drawn.right, drawn.bottom), (drawn.left, drawn.bottom),
      ]
      let flat = zip(corners, [(0, 0), (1, 0), (1, 1), (0, 1)]).flatMap { corner, edge in
        let isCovered = owner[corner.1 * size + corner.0] > index
        return [Double(corner.0 + edge.0), Double(corner.1 + edge.1), isCovered ? 1 : 2]
      }
      return SceneObject(
        category: drawn.category, box: mask.boundingBox, mask: mask, keypoints: Keypoints(flat: flat),
        area: Double(drawn.boxArea))
    }
  }
}
