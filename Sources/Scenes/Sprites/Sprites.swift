import Basics
package import Detection
import Foundation
package import Lanes

/// Seeded scenes: one to three samples of a data set of images on a dark canvas, small, medium or large, with boxes, masks and
/// four keypoints; what object recognition is at the size of two cores.
///
/// Scene i depends on the seed, its part and i alone: stream `sprites/PART/scene I`. Classes have the frequencies of Zipf's
/// law, by their number: 1 / k^zipf.
package struct Sprites {
  /// Pixels as bright as this, of 255, belong to the object.
  package static let threshold: UInt8 = 64
  /// Roots of the areas of boxes, in pixels: small, medium, large.
  package static let sides = [8...12, 13...20, 21...28]
  /// Between 12.5 x 12.5 and 20.5 x 20.5, where no sprite's box has its area (`Sprite.size`).
  package static let sizeLimits = SizeLimits(small: 12.5 * 12.5, large: 20.5 * 20.5)
  package static let keypointNames = ["top-left", "top-right", "bottom-right", "bottom-left"]
  package static let mostObjects = 3

  package let settings: SceneSettings
  package init(_ settings: SceneSettings) { self.settings = settings }

  package func scenes(of source: SpriteSource, name: String) -> SceneSet {
    let train = part(source, source.train, "train", count: settings.scenes)
    let test = part(source, source.test, "test", count: settings.testScenes)
    let missing = train.leftOut + test.leftOut
    let notes =
      [
        "one to \(Self.mostObjects) sprites of \(source.name) on \(settings.canvas)x\(settings.canvas) pixels, "
          + "training scenes of training samples, test scenes of test samples"
      ]
      + (missing > 0
        ? ["\(missing) sprite\(missing == 1 ? " was" : "s were") left out of scenes that had no room"] : [])
    return SceneSet(
      name: name, source: source.source, notes: notes,
      shape: FeatureShape(channels: source.shape.channels, height: settings.canvas, width: settings.canvas),
      categories: source.classNames.enumerated().map { Category(id: $0 + 1, name: $1) },
      keypointNames: Self.keypointNames, sizeLimits: Self.sizeLimits, train: train.part, test: test.part)
  }

  private func part(
    _ source: SpriteSource, _ samples: SpriteSource.Part, _ name: String, count: Int
  ) -> (part: ScenePart, leftOut: Int) {
    let streams = RandomStream(seed: settings.sceneSeed, "sprites/\(name)/scene ")
    let classes = ZipfClasses(count: source.classNames.count, exponent: settings.zipf)
    var images: [UInt8] = [], scenes: [[SceneObject]] = [], leftOut = 0
    images.reserveCapacity(count * source.shape.channels * settings.canvas * settings.canvas)
    for index in 0..<count {
      var stream = streams.numbered(index)
      var canvas = SpriteCanvas(channels: source.shape.channels, size: settings.canvas)
      for _ in 0..<settings.clutter { canvas.drawClutter(&stream) }
      let drawn = (0..<1 + stream.nextIndex(below: Self.mostObjects)).map { _ in
        let label = classes.draw(&stream), members = samples.members[label]
        let sample = members[stream.nextIndex(below: members.count)] * source.shape.count
        let sides = Self.sides[stream.nextIndex(below: Self.sides.count)]
        let side = sides.lowerBound + stream.nextIndex(below: sides.count)
        return (label, Sprite(samples.pixels[sample..<sample + source.shape.count], source.shape, side: side))
      }
      let places = Placement(drawn.map(\.1), size: settings.canvas, occlusion: settings.occlusion, &stream).places
      for ((label, sprite), place) in zip(drawn, places) {
        if let place { canvas.draw(sprite, category: label, at: place) } else { leftOut += 1 }
      }
      images += canvas.pixels
      scenes.append(canvas.objects)
    }
    return (ScenePart(images: images, scenes: scenes), leftOut)
  }
}

/// Classes with the frequencies of Zipf's law.
package struct ZipfClasses {
  /// Sums of weights; whole numbers, so that all machines draw the same.
  private let sums: [Int]

  package init(count: Int, exponent: Double) {
    var sum = 0
    sums = (1...count).map {
      sum += max(1, Int((pow(Double($0), -exponent) * Double(1 << 24)).rounded()))
      return sum
    }
  }

  package func draw(_ stream: inout RandomStream) -> Int {
    let place = stream.nextIndex(below: sums[sums.count - 1])
    return sums.firstIndex { place < $0 }!
  }
}
