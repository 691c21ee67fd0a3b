import Basics
import Datasets
import Detection
import Foundation
import Lanes
import Scenes
import TestSupport
import Testing

@Suite struct CocoTests {
  private static func sprites(_ assignments: String...) throws -> SceneSet {
    var settings = SceneSettings()
    for assignment in ["scenes=30", "test-scenes=8", "occlusion=0.5"] + assignments { try settings.apply(assignment) }
    return try SceneCatalog.load("sprites", settings: settings)
  }

  /// Out as a folder and back: the same images, objects, categories and limits; and perfect detections score 100.
  @Test func spritesComeBackEqual() throws {
    let scratch = try Scratch(), set = try Self.sprites()
    try AtomicFile.write(folder: try set.cocoFolder(), to: scratch.file("sprites"))
    let back = try SceneCatalog.load("coco:\(scratch.file("sprites").path):48")
    #expect(back.train == set.train && back.test == set.test && back.shape == set.shape)
    #expect(back.categories == set.categories && back.keypointNames == set.keypointNames)
    #expect(back.sizeLimits == set.sizeLimits && back.source != set.source)
    for task in RecognitionTask.allCases {
      let file = scratch.file("sprites/annotations/instances_test.json")
      let truth = try Annotations.read(file, task: task), ours = back.annotations(task, of: back.test)
      #expect(truth.faults.isEmpty && truth.value.objects.count == ours.objects.count)
      let found = Detections(
        objects: ours.objects.map {
          DetectedObject(image: $0.image, category: $0.category, score: 1, shape: $0.shape, area: $0.area)
        })
      let result = try DetectionEvaluation(found, against: truth.value, sizeLimits: set.sizeLimits)
      #expect(abs(try #require(result.precision()) - 1) < 1e-12, "\(task)")
    }
  }

  @Test func colouredScenesComeBackEqual() throws {
    let scratch = try Scratch(), shape = FeatureShape(channels: 3, height: 16, width: 16)
    var stream = RandomStream(seed: 1, "pixels")
    func part(_ count: Int) -> ScenePart {
      let object = SceneObject(category: 1, box: Box(x: 1.5, y: 2, width: 3.25, height: 4), isCrowd: true)
      return ScenePart(
        images: (0..<count * shape.count).map { _ in UInt8(stream.nextIndex(below: 256)) },
        scenes: (0..<count).map { $0 == 0 ? [object] : [] })
    }
    let set = SceneSet(
      name: "noise", source: "noise", shape: shape,
      categories: [Category(id: 7, name: "a"), Category(id: 3, name: "b")], sizeLimits: .coco, train: part(3),
      test: part(2))
    try AtomicFile.write(folder: try set.cocoFolder(), to: scratch.file("noise"))
    let back = try SceneCatalog.load("coco:\(scratch.file("noise").path):16")
    #expect(back.train == set.train && back.test == set.test && back.categories == set.categories)
    #expect(back.keypointNames.isEmpty && back.annotations(.masks, of: back.train).objects.isEmpty)
  }

  // MARK: Photographs

  /// JPEG, PNG, WebP and TIFF files of several sizes, each with a box, a polygon and two keypoints.
  @Test func imagesOfManyKindsAreRead() throws {
    let folder = try CocoFixture()
    let set = try folder.load(), scenes = set.train.scenes + set.test.scenes
    #expect(
      set.train.count == 6 && set.test.count == 2 && set.shape == FeatureShape(channels: 3, height: 32, width: 32))
    #expect(set.keypointNames == ["nose", "tail"] && set.categories.map(\.name) == ["cat"])
    for scene in scenes {
      let object = try #require(scene.first), mask = try #require(object.mask),
        keypoints = try #require(object.keypoints)
      // The box is the middle half of the image, the polygon the box: half of the canvas in its longer direction.
      #expect(abs(max(object.box.width, object.box.height) - 16) < 0.51 && mask.area > 0)
      #expect(mask.boundingBox.overlap(with: object.box, isCrowd: false) > 0.7)
      #expect(abs(keypoints.x[0] - object.box.x) < 1e-9 && keypoints.visibility == [2, 0])
      #expect(keypoints.x[1] == 0 && keypoints.y[1] == 0)
    }
    #expect(set.train.image(0).contains { $0 > 0 } && set.notes.contains { $0.contains("held out") })
    #expect(try folder.load().train == set.train)
  }

  @Test func letterboxKeepsTheAspect() throws {
    let wide = Letterbox(width: 200, height: 50, size: 32)
    #expect(wide.left == 0 && wide.top == 12 && wide.newWidth == 32 && wide.newHeight == 8)
    #expect(wide.box(Box(x: -1, y: 0, width: 202, height: 51)) == Box(x: 0, y: 12, width: 32, height: 8))
    #expect(wide.area(10_000) == 256)
    let whole = RunLengthMask(height: 50, width: 200, counts: [0, 10_000])
    let expected = RunLengthMask(
      height: 32, width: 32, pixels: (0..<1024).map { (place: Int) -> Bool in place / 32 >= 12 && place / 32 < 20 })
    #expect(try wide.mask(.mask(whole)) == expected)
    #expect(try wide.mask(.polygons([[0, 0, 200, 0, 200, 50, 0, 50]])) == expected)
    // Twice as large: every pixel four times.
    let small = RunLengthMask(height: 16, width: 16, pixels: (0..<256).map { (place: Int) -> Bool in place % 7 < 3 })
    let large = try Letterbox(width: 16, height: 16, size: 32).mask(.mask(small)).pixels, old = small.pixels
    for row in 0..<32 {
      for column in 0..<32 { #expect(large[row * 32 + column] == old[row / 2 * 16 + column / 2]) }
    }
  }

  // MARK: What is refused

  struct Fault: Sendable, CustomStringConvertible {
    let description: String
    let change: @Sendable (inout CocoFixture.Contents) -> Void

    init(_ sentence: String, _ change: @escaping @Sendable (inout CocoFixture.Contents) -> Void) {
      (description, self.change) = (sentence, change)
    }
  }

  /// What is wrong with image 2 or annotation 2, and a part of the sentence about it.
  private static let images: [Fault] = [
    Fault("Image 2 is missing: there is no ") { $0.images[1]["file_name"] = "nothing.png" },
    Fault("pixels in ") { $0.images[1]["width"] = 999 },
    Fault("Image 2 has no file_name") { $0.images[1]["file_name"] = "" },
    Fault("Image 2 has a file_name that leads out of the folder") { $0.images[1]["file_name"] = "../x.png" },
    Fault("Image 1 stands there twice") { $0.images[1]["id"] = 1 },
    Fault("is of category 1, which") { $0.categories = [] },
  ]
  private static let annotations: [Fault] = [
    Fault("Annotation 1 stands there twice") { $0.annotations[1]["id"] = 1 },
    Fault("Annotation 2 is of category 9") { $0.annotations[1]["category_id"] = 9 },
    Fault("Annotation 2 is of image 99") { $0.annotations[1]["image_id"] = 99 },
    Fault("Annotation 2 has a bbox outside of image 2") { $0.annotations[1]["bbox"] = [0, 0, 9999, 3] },
    Fault("Annotation 2 has a bbox without area") { $0.annotations[1]["bbox"] = [1, 1, 0, 3] },
    Fault("Annotation 2 has area 0") { $0.annotations[1]["area"] = 0 },
    Fault("Annotation 2 has run lengths that add up to 7 pixels") {
      let runs: [String: Any] = ["size": [$0.height(1), $0.width(1)], "counts": [3, 4]]
      $0.annotations[1]["segmentation"] = runs
    },
    Fault("Annotation 2 has a polygon of 4 numbers") { $0.annotations[1]["segmentation"] = [[1, 2, 3, 4]] },
    Fault("Annotation 2 has a keypoint of visibility 5") { $0.annotations[1]["keypoints"] = [1, 1, 5, 0, 0, 0] },
    Fault("Annotation 2 has 1 keypoints") { $0.annotations[1]["keypoints"] = [1, 1, 2] },
  ]

  @Test(arguments: images + annotations)
  func faultsAreListedByFileAndID(_ fault: Fault) throws {
    let folder = try CocoFixture(fault.change)
    let problem = try #require(throws: Problem.self, "\(fault)") { try folder.load() }
    #expect(problem.kind == .badData && problem.description.contains("annotations.json: "), "\(problem)")
    #expect(problem.description.contains(fault.description), "\(problem)")
  }

  @Test func textsThatAreNoJSONAreRefused() throws {
    let folder = try CocoFixture()
    for text in ["", "{", "[]", "{\"images\": []}", "\u{0}"] {
      try Data(text.utf8).write(to: folder.scratch.file("annotations.json"))
      let problem = try #require(throws: Problem.self, "\(text)") { try folder.load() }
      #expect(problem.kind == .badData && problem.description.contains("annotations.json"), "\(problem)")
    }
  }

  @Test func allFaultsAreToldAtOnce() throws {
    let folder = try CocoFixture {
      $0.annotations[1]["bbox"] = [1, 1, 0, 3]
      $0.annotations[3]["category_id"] = 9
      $0.images[4]["file_name"] = "nothing.png"
    }
    let problem = try #require(throws: Problem.self) { try folder.load() }
    #expect(problem.description.contains("There are 3 faults") && problem.kind.exitCode == 65)
    #expect(problem.description.contains("Image 5 is missing"))
    #expect(problem.description.contains("Annotation 2 ") && problem.description.contains("Annotation 4 "))
  }

  @Test func foldersThatCanBeReadInTwoWaysAreRefused() throws {
    let folder = try CocoFixture(), file = folder.scratch.file("annotations.json")
    let copy = try Data(contentsOf: file)
    try copy.write(to: folder.scratch.file("instances.json"))
    #expect(try #require(throws: Problem.self) { try folder.load() }.description.contains("two ways"))
    try FileManager.default.removeItem(at: folder.scratch.file("instances.json"))
    try copy.write(to: folder.scratch.file("instances_train.json"))
    #expect(try #require(throws: Problem.self) { try folder.load() }.description.contains("two ways"))
    try FileManager.default.removeItem(at: file)
    try copy.write(to: folder.scratch.file("instances_val.json"))
    let set = try folder.load()
    #expect(set.train == set.test && set.train.count == 8)
    try copy.write(to: folder.scratch.file("instances_test.json"))
    #expect(try #require(throws: Problem.self) { try folder.load() }.description.contains("two ways"))
  }

  /// Boxes and masks stand in one file, keypoints of the same ids in the other.
  @Test func keypointsAreAddedToInstances() throws {
    let folder = try CocoFixture(), file = folder.scratch.file("annotations.json"), both = try folder.load()
    try Data(contentsOf: file).write(to: folder.scratch.file("person_keypoints.json"))
    try FileManager.default.moveItem(at: file, to: folder.scratch.file("instances.json"))
    try folder.rewrite("instances.json") { contents in
      for i in contents.annotations.indices { contents.annotations[i]["keypoints"] = nil }
    }
    #expect(try folder.load().train == both.train)
    try folder.rewrite("instances.json") { $0.annotations[2]["id"] = 77 }
    let problem = try #require(throws: Problem.self) { try folder.load() }
    #expect(problem.description.contains("person_keypoints.json: Annotation 3 has no counterpart"), "\(problem)")
  }

  @Test func memoryIsKept() throws {
    let folder = try CocoFixture()
    var settings = SceneSettings()
    settings.sceneMemory = 1
    let problem = try #require(throws: Problem.self) {
      try SceneCatalog.load("coco:\(folder.scratch.url.path):1024", settings: settings)
    }
    #expect(
      problem.kind == .usage && problem.description.contains("take 24 MB, more than scene-memory=1"), "\(problem)")
    for (name, kind) in [
      ("coco:", Problem.Kind.usage), ("coco", .usage), ("coco:/nowhere", .missingInput),
      ("coco:\(folder.scratch.url.path):4", .usage),
    ] { #expect(try #require(throws: Problem.self) { try SceneCatalog.load(name) }.kind == kind, "\(name)") }
  }

  /// Nothing but problems comes of files damaged byte by byte, and of files with values where others belong.
  @Test func damagedFilesCrashNothing() throws {
    let folder = try CocoFixture(), file = folder.scratch.file("annotations.json"), good = try Data(contentsOf: file)
    let part = try CocoFolder(folder.scratch.url).train, root = try CocoFolder(folder.scratch.url)
    var read = 0, refused = 0
    func look(_ data: Data) throws {
      try data.write(to: file)
      do {
        var faults: [FaultList] = []
        let found = try CocoPart(part, of: root, faults: &faults)
        let (scenes, _) = try found.scenes(size: 32, categories: found.annotations.categories)
        for object in scenes.joined() {
          let isSound = [object.box.x, object.box.y, object.box.width, object.box.height].allSatisfy(\.isFinite)
          #expect(isSound && object.area >= 0 && object.mask?.width ?? 32 == 32)
        }
        read += 1
      } catch let problem as Problem {
        #expect([.badData, .usage].contains(problem.kind))
        refused += 1
      }
    }
    var random = RandomStream(seed: 5, "damage")
    for _ in 0..<2000 { try look(Data(Damage.once(Array(good), &random))) }
    try HostileJSON.variants(of: good) { text, _ in try look(text) }
    #expect(read > 100 && refused > 100, "\(read) read, \(refused) refused")
  }
}
