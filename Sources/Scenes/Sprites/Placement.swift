package import Lanes

/// Where the sprites of a scene stand, later ones over earlier ones.
package struct Placement {
  package struct Place: Equatable {
    package var x, y: Int
  }

  /// `nil` for a sprite that found no room.
  package let places: [Place?]

  /// Draws in vain, of a place and of all places of a scene, before a sprite is left out.
  package static let tries = (place: 25, scene: 25)

  /// - Parameter occlusion: The largest share of a sprite's pixels that later ones may cover.
  package init(_ sprites: [Sprite], size: Int, occlusion: Double, _ stream: inout RandomStream) {
    var best: [Place?] = []
    for _ in 0..<Self.tries.scene {
      let places = Self.drawn(sprites, size: size, occlusion: occlusion, &stream)
      if best.isEmpty || places.count(where: { $0 != nil }) > best.count(where: { $0 != nil }) { best = places }
      if !places.contains(nil) { break }
    }
    places = best
  }

  private static func drawn(
    _ sprites: [Sprite], size: Int, occlusion: Double, _ stream: inout RandomStream
  ) -> [Place?] {
    // Which sprite each pixel shows.
    var owner = [Int](repeating: -1, count: size * size), shown = sprites.map(\.area)
    return sprites.enumerated().map { index, sprite in
      for _ in 0..<Self.tries.place {
        // A pixel is left free at the edges, so that all corners lie within the image.
        let place = Place(
          x: 1 + stream.nextIndex(below: size - 1 - sprite.width),
          y: 1 + stream.nextIndex(below: size - 1 - sprite.height))
        var left = shown
        sprite.forEachPixel(at: place, size: size) { if owner[$0] >= 0 { left[owner[$0]] -= 1 } }
        let isAllowed = (0..<index).allSatisfy {
          Double(sprites[$0].area - left[$0]) <= occlusion * Double(sprites[$0].area)
            && (left[$0] > 0 || shown[$0] == 0)
        }
        guard isAllowed else { continue }
        shown = left
        sprite.forEachPixel(at: place, size: size) { owner[$0] = index }
        return place
      }
      return nil
    }
  }
}

extension Sprite {
  /// Visits the object's pixels on a square canvas.
  package func forEachPixel(at place: Placement.Place, size: Int, _ visit: (Int) -> Void) {
    for row in 0..<height {
      for column in 0..<width where isObject[row * width + column] {
        visit((place.y + row) * size + place.x + column)
      }
    }
  }
}
