import Basics
import Detection
import Scenes
import Testing

@Suite struct PictureTests {
  private static func set() -> SceneSet {
    let object = SceneObject(
      category: 0, box: Box(x: 1, y: 1, width: 4, height: 3),
      mask: RunLengthMask(
        height: 8, width: 8, pixels: (0..<64).map { (1..<5).contains($0 % 8) && (1..<4).contains($0 / 8) }),
      keypoints: Keypoints(flat: [6, 6, 2, 7, 0, 0]))
    let part = ScenePart(images: [UInt8](repeating: 100, count: 64), scenes: [[object]])
    return SceneSet(
      name: "one", source: "made", shape: FeatureShape(channels: 1, height: 8, width: 8),
      categories: [Category(id: 1, name: "a")], sizeLimits: .coco, train: part, test: part)
  }

  private func pixel(_ raster: SceneRaster, _ x: Int, _ y: Int) -> [UInt8] {
    let place = 3 * (y * raster.width + x)
    return Array(raster.pixels[place..<place + 3])
  }

  @Test func showsBoxMaskAndKeypoints() {
    let set = Self.set(), raster = set.picture(0, of: set.train, predictions: [], scale: 4)
    #expect(raster.width == 32 + 8 + 32 && raster.height == 32 && raster.pixels.count == 3 * 72 * 32)
    #expect(pixel(raster, 4, 4) == [230, 159, 0] && pixel(raster, 19, 15) == [230, 159, 0], "the box's corners")
    #expect(pixel(raster, 3, 3) == [100, 100, 100] && pixel(raster, 20, 16) == [100, 100, 100], "outside of it")
    #expect(pixel(raster, 10, 10) == [152, 124, 60], "two fifths of the colour")
    #expect(pixel(raster, 24, 24) == [255, 255, 255] && pixel(raster, 22, 24) == [230, 159, 0], "a keypoint")
    #expect(pixel(raster, 28, 0) == [100, 100, 100], "one that is not labelled")
    #expect(pixel(raster, 35, 5) == [255, 255, 255] && pixel(raster, 44, 4) == [100, 100, 100], "gap and other half")
  }

  /// Predictions have any values.
  @Test func strangePredictionsAreDrawn() {
    let set = Self.set()
    let boxes = [
      Box(x: -1e300, y: 3, width: 1e300, height: 2), Box(x: .nan, y: 0, width: 1, height: .infinity),
      Box(x: 3, y: 3, width: 0, height: 0), Box(x: 7.9, y: -2, width: 50, height: 50),
    ]
    let found = boxes.map {
      SceneObject(category: 900, box: $0, keypoints: Keypoints(flat: [.nan, 1, 1, 1e300, -1e300, 2]), isCrowd: true)
    }
    #expect(set.picture(0, of: set.train, predictions: found, scale: 1).pixels.count == 3 * 18 * 8)
  }
}
