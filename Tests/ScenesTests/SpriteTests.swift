import Basics
import Datasets
import Detection
import Foundation
import Lanes
import Scenes
import TestSupport
import Testing

@Suite struct SpriteTests {
  private static func load(_ assignments: String..., name: String = "sprites") throws -> SceneSet {
    var settings = SceneSettings()
    for assignment in ["scenes=400", "test-scenes=100"] + assignments { try settings.apply(assignment) }
    return try SceneCatalog.load(name, settings: settings)
  }

  private static let usual = Result { try load() }
  private static let crowded = Result { try load("occlusion=0.6", "clutter=4", "zipf=0.5") }
  private static let apart = Result { try load("occlusion=0", "canvas=64") }

  @Test func sameSeedSameBytes() throws {
    let first = try Self.usual.get(), again = try Self.load(), other = try Self.load("scene-seed=1")
    #expect(first.train == again.train && first.test == again.test)
    #expect(first.train != other.train && first.train.images != other.train.images)
  }

  /// More scenes are the same ones and more.
  @Test func sceneDependsOnItsNumberAlone() throws {
    let long = try Self.usual.get(), short = try Self.load("scenes=7", "test-scenes=3")
    #expect(long.train.images.starts(with: short.train.images) && short.train.scenes == Array(long.train.scenes[..<7]))
    #expect(long.test.images.starts(with: short.test.images) && short.test.scenes == Array(long.test.scenes[..<3]))
  }

  @Test func hasOneToThreeObjects() throws {
    let set = try Self.usual.get(), counts = set.train.scenes.map(\.count)
    #expect(counts.allSatisfy { (1...3).contains($0) })
    // 400 draws of three values: each 133 with a deviation of 9.4.
    for count in 1...3 { #expect(abs(counts.count { $0 == count } - 133) < 40) }
    #expect(set.shape == FeatureShape(channels: 1, height: 48, width: 48) && set.train.images.count == 400 * 48 * 48)
    #expect(set.categories.map(\.id) == Array(1...10) && set.keypointNames.count == 4)
  }

  /// Pearson's statistic of the classes' counts against 1 / k^s: below the 99.9 % point of chi-square with nine degrees of
  /// freedom, 27.88.
  @Test(arguments: [0.0, 1, 1.5])
  func frequenciesAreThoseOfZipf(_ exponent: Double) throws {
    let set = try Self.load("scenes=1500", "zipf=\(exponent)", "occlusion=0.9")
    let counts = set.train.objectCounts(categories: 10), total = Double(counts.reduce(0, +))
    let weights = (1...10).map { pow(Double($0), -exponent) }, sum = weights.reduce(0, +)
    let statistic = zip(counts, weights).reduce(0) { result, pair in
      let expected = total * pair.1 / sum
      return result + (Double(pair.0) - expected) * (Double(pair.0) - expected) / expected
    }
    #expect(statistic < 27.88, "\(counts)")
  }

  /// Small, medium and large are equally likely (99.9 % point of chi-square with two degrees: 13.82), and no area lies near a
  /// limit.
  @Test func sizesAreExact() throws {
    let set = try Self.load("scenes=1500", "occlusion=0.9"), limits = set.sizeLimits
    let areas = set.train.scenes.joined().map(\.area)
    let counts = [SizeRange.small, .medium, .large].map { size in areas.count { limits.area(of: size).contains($0) } }
    #expect(counts.reduce(0, +) == areas.count)
    let expected = Double(areas.count) / 3
    let differences = counts.map { Double($0) - expected }
    #expect(differences.reduce(0) { $0 + $1 * $1 / expected } < 13.82, "\(counts)")
    #expect(areas.allSatisfy { abs($0 - limits.small) > 4 && abs($0 - limits.large) > 4 })
    for sides in Sprites.sides {
      for side in sides {
        for (width, height) in [(1, 9), (3, 5), (8, 8), (7, 4), (28, 3)] {
          let size = Sprite.size(width: width, height: height, side: side)
          #expect(abs(size.width * size.height - side * side) <= min(size.width, size.height) / 2 + 1)
          #expect(max(size.width, size.height) <= 42)
        }
      }
    }
  }

  @Test(arguments: [0, 1, 2])
  func boxesAreTightAndKeypointsCorners(_ which: Int) throws {
    let set = try [Self.usual, Self.crowded, Self.apart][which].get()
    for object in set.train.scenes.joined() {
      let mask = try #require(object.mask), keypoints = try #require(object.keypoints)
      #expect(mask.boundingBox == object.box && mask.area > 0 && !object.isCrowd)
      let whole = keypoints.extent, (x, y) = (whole.x, whole.y)
      let (right, bottom) = (whole.x + whole.width, whole.y + whole.height)
      #expect(keypoints.x == [x, right, right, x] && keypoints.y == [y, y, bottom, bottom])
      #expect(keypoints.visibility.allSatisfy { [1, 2].contains($0) })
      #expect(whole.overlap(with: object.box, isCrowd: true) > 0 && whole.area <= object.area)
      #expect(x >= 1 && y >= 1 && right <= Double(set.shape.width) - 1 && bottom <= Double(set.shape.height) - 1)
    }
  }

  /// No pixel belongs to two objects, all that belong to one are bright, and the rest of the canvas is darker.
  @Test func masksAreWhatIsSeen() throws {
    let set = try Self.crowded.get()
    for (index, scene) in set.train.scenes.enumerated() {
      let image = Array(set.train.image(index)), masks = scene.compactMap(\.mask)
      #expect(RunLengthMask.union(masks)?.area == masks.reduce(0) { $0 + $1.area })
      let isObject = try #require(RunLengthMask.union(masks)).pixels
      #expect(zip(image, isObject).allSatisfy { ($0 >= Sprites.threshold) == $1 }, "scene \(index)")
    }
  }

  @Test(arguments: [(0.0, 64), (0.25, 48), (0.6, 48)])
  func occlusionKeepsItsBound(_ occlusion: Double, _ canvas: Int) throws {
    let source = try SpriteSource(Digits().load()), streams = RandomStream(seed: 3, "test ")
    var largest = 0.0, placed = 0
    for index in 0..<200 {
      var stream = streams.numbered(index)
      let sprites = (0..<3).map { i in
        let first = (index * 3 + i) * 64
        return Sprite(source.train.pixels[first..<first + 64], source.shape, side: 10 + 9 * i)
      }
      let places = Placement(sprites, size: canvas, occlusion: occlusion, &stream).places
      var board = SpriteCanvas(channels: 1, size: canvas)
      for (sprite, place) in zip(sprites, places) { if let place { board.draw(sprite, category: 0, at: place) } }
      for (object, sprite) in zip(board.objects, zip(sprites, places).filter { $0.1 != nil }.map(\.0)) {
        let covered = Double(sprite.area - object.mask!.area) / Double(sprite.area)
        largest = max(largest, covered)
        placed += 1
      }
    }
    #expect(largest <= occlusion && (occlusion == 0 || largest > occlusion / 2) && placed > 560, "\(largest) \(placed)")
  }

  /// Clutter is no object, and the sprites stay where they are only if it draws nothing: it has the same stream.
  @Test func clutterIsFaint() throws {
    let plain = try Self.load("scenes=50"), cluttered = try Self.load("scenes=50", "clutter=6")
    #expect(
      cluttered.train.images.count { $0 > 0 && $0 < Sprites.threshold }
        > plain.train.images.count { $0 > 0 && $0 < Sprites.threshold } + 50 * 20)
  }

  @Test func annotationsScoreThemselvesPerfectly() throws {
    let set = try Self.crowded.get()
    for task in RecognitionTask.allCases {
      let truth = set.annotations(task, of: set.test)
      let found = Detections(
        objects: truth.objects.map {
          DetectedObject(image: $0.image, category: $0.category, score: 1, shape: $0.shape, area: $0.area)
        })
      let result = try DetectionEvaluation(
        found, against: truth, sizeLimits: set.sizeLimits,
        trainingCounts: set.trainingCounts)
      #expect(abs(try #require(result.precision()) - 1) < 1e-12)
      for size in task.sizes { #expect(abs(try #require(result.precision(size)) - 1) < 1e-12, "\(task) \(size)") }
    }
  }

  @Test func otherSourcesAreSprites() throws {
    let half = try Self.load("scenes=20", name: "sprites:digits+half")
    #expect(half.name == "sprites:digits+half" && half.shape == FeatureShape(channels: 1, height: 48, width: 48))
    for (name, word) in [
      ("sprites:k-pattern", "no images"), ("sprite", "sprites"), ("sprites:nothing", "no data set"),
      ("sprites:", "data set"),
    ] {
      let problem = #expect(throws: Problem.self) { try Self.load(name: name) }
      #expect(problem?.kind == .usage && problem!.description.contains(word), "\(name): \(String(describing: problem))")
    }
  }

  @Test func settingsAreChecked() throws {
    for assignment in [
      "canvas=43", "canvas=513", "occlusion=0.95", "clutter=-1", "zipf=6", "scenes=0", "scene-test-share=1",
    ] {
      var settings = SceneSettings()
      #expect(throws: Problem.self, "\(assignment)") { try settings.apply(assignment) }
    }
  }

  @Test func goldenDigest() throws {
    let set = try Self.load("scenes=100", "test-scenes=20", "clutter=2")
    var stream = DigestStream()
    for part in [set.train, set.test] {
      stream.add(part.images)
      for object in part.scenes.joined() {
        stream.add([object.box.x, object.box.y, object.box.width, object.box.height, object.area])
        stream.add("\(object.category) \(object.mask!.text) ")
        stream.add(object.keypoints!.visibility)
      }
    }
    #expect(stream.finish() == "8650ef5ebd2fd8310f70a28c83d10fcbeb6ad92714abac817f76054bbfddd9b7")
  }
}
