import Basics
import Datasets
import Detection
import Foundation
import Scenes
import Testing

/// Scenes of sprites.
@Suite struct SpritesTests {
  private static func load(_ name: String = "sprites", _ change: (inout SceneSettings) -> Void = { _ in }) throws -> SceneSet {
    var settings = SceneSettings()
    (settings.scenes, settings.testScenes) = (60, 20)
    change(&settings)
    return try SceneCatalog.load(name, settings: settings, locator: DataLocator())
  }

  @Test func sameSeedSameBytes() throws {
    let a = try Self.load(), b = try Self.load(), c = try Self.load { $0.sceneSeed = 1 }
    #expect(a.train.images == b.train.images && a.train.scenes == b.train.scenes)
    #expect(a.train.images != c.train.images)
  }

  /// The very scenes of the first version: runs that were made on them stay reproducible.
  @Test func scenesAreWhatTheyWere() throws {
    let digest = Digest.sha256(Data(try Self.load().train.images))
    #expect(digest.prefix(16) == "GOLDEN", "\(digest)")
  }

  @Test func aSceneDependsOnItsNumberAlone() throws {
    let few = try Self.load { $0.scenes = 5 }, many = try Self.load(), size = few.shape.count
    #expect(few.train.images.elementsEqual(many.train.images[..<(5 * size)]))
    #expect(few.train.scenes == Array(many.train.scenes[..<5]))
    #expect(few.test.scenes == many.test.scenes)
  }

  @Test func boxesAreTightToMasksAndSizesExact() throws {
    let set = try Self.load { $0.scenes = 300 }
    for object in set.train.scenes.flatMap(\.self) {
      let mask = try #require(object.mask), keypoints = try #require(object.keypoints)
      #expect(mask.boundingBox == object.box && mask.area > 0)
      #expect(keypoints.count == 4 && keypoints.visibility.allSatisfy { [1, 2].contains($0) })
      #expect(object.area == object.box.area)
      #expect(object.box.x + object.box.width <= 48 && object.box.y + object.box.height <= 48)
    }
  }

  /// No object loses more of its pixels than allowed; without occlusion masks of a scene are apart and whole.
  @Test(arguments: [0.0, 0.3])
  func occlusionIsBounded(limit: Double) throws {
    let set = try Self.load { ($0.occlusion, $0.scenes) = (limit, 200) }
    for scene in set.train.scenes {
      #expect((1...3).contains(scene.count))
      for (i, object) in scene.enumerated() {
        for other in scene[..<i] { #expect(object.mask!.intersectionArea(other.mask!) == 0) }
        // Corners are those of the whole sprite, so that they tell what is covered.
        let whole = object.keypoints!.extent
        #expect(whole.width >= object.box.width && whole.height >= object.box.height)
        if limit == 0 { #expect(whole.width == object.box.width && whole.height == object.box.height) }
      }
    }
  }

  @Test func classesFollowZipf() throws {
    func counts(_ zipf: Double) throws -> [Int] {
      let set = try Self.load { ($0.zipf, $0.scenes, $0.objects) = (zipf, 2000, 1) }
      var counts = [Int](repeating: 0, count: 10)
      for object in set.train.scenes.flatMap(\.self) { counts[object.category] += 1 }
      return counts
    }
    for zipf in [0.0, 1.0] {
      let found = try counts(zipf), shares = (1...10).map { pow(Double($0), -zipf) }, sum = shares.reduce(0, +)
      let chi = zip(found, shares).reduce(0.0) { total, pair in
        let expected = 2000 * pair.1 / sum
        return total + (Double(pair.0) - expected) * (Double(pair.0) - expected) / expected
      }
      // 99.9 % of chi-squared with 9 degrees of freedom.
      #expect(chi < 27.9, "zipf \(zipf): \(found)")
    }
  }

  @Test func perfectDetectionsScoreFully() throws {
    let set = try Self.load()
    for task in RecognitionTask.allCases {
      let known = set.annotations(task, of: set.test)
      let found = known.objects.map {
        DetectedObject(image: $0.image, category: $0.category, score: 0.9, shape: $0.shape, area: $0.area)
      }
      let evaluation = try DetectionEvaluation(Detections(objects: found), against: known, sizes: set.sizeLimits)
      #expect(abs((evaluation.precision() ?? 0) - 1) < 1e-12)
      #expect(evaluation.measures.filter { $0.name.hasPrefix("AP-") && $0.value != nil }.allSatisfy { abs($0.value! - 1) < 1e-12 })
    }
  }

  @Test func unsuitableSourcesAreRefused() {
    for name in ["sprites:nothing", "sprites:cubist-spiral", "spirits"] {
      #expect(throws: Problem.self) { try Self.load(name) }
    }
    #expect(throws: Problem.self) { try Self.load { $0.scenes = 0 } }
  }
}
