import Basics
import Detection
import Foundation
import Testing

@Suite struct ScoreTests {
  /// Twelve numbers (ten of keypoints), by class, by frequency, overlaps and PCK: those of pycocotools.
  @Test(arguments: 0..<27)
  func agreesWithGolden(_ index: Int) throws {
    let golden = try Golden.file.get().scenes[index], texts = try Golden.texts(index)
    let task = try #require(RecognitionTask(rawValue: golden.task))
    let annotations = try Annotations.read(texts.annotations, name: "annotations", task: task)
    let detections = try Detections.read(texts.detections, name: "detections", for: annotations.value)
    #expect(annotations.faults.lines == [] && detections.faults.lines == [], "\(golden.kind)")
    let evaluation = try DetectionEvaluation(detections.value, against: annotations.value)
    #expect(Set(evaluation.measures.map(\.name)) == Set(golden.expected.measures.keys))
    for measure in evaluation.measures {
      let expected = golden.expected.measures[measure.name] ?? nil
      #expect(isNear(measure.value, expected), "\(golden.kind) \(measure) \(String(describing: expected))")
    }
    for result in evaluation.categories {
      let expected = try #require(golden.expected.classes["\(result.category.id)"])
      #expect(Double(result.objects) == expected["objects"] ?? nil)
      #expect(isNear(result.averagePrecision(), expected["AP"] ?? nil))
      #expect(isNear(result.averagePrecision(threshold: 5), expected["AP75"] ?? nil))
      #expect(isNear(result.recall(limit: task.detectionLimits.last!), expected["AR"] ?? nil))
    }
  }

  @Test func hasAllScenes() throws {
    let scenes = try Golden.file.get().scenes
    #expect(scenes.count == 27)
    #expect(Set(scenes.map(\.task)) == Set(RecognitionTask.allCases.map(\.rawValue)))
  }

  private func isNear(_ value: Double?, _ expected: Double?) -> Bool {
    switch (value, expected) {
    case (nil, nil): true
    case (.some(let a), .some(let b)): abs(a - b) <= 1e-9
    default: false
    }
  }

  private func evaluation(_ objects: [(id: Int, category: Int, x: Double)], _ found: [(category: Int, x: Double)])
    throws
    -> DetectionEvaluation
  {
    func box(_ x: Double) -> Shape { .box(Box(x: x, y: 0, width: 10, height: 10)) }
    let annotations = Annotations(
      task: .boxes, images: [AnnotatedImage(id: 1, width: 1000, height: 100)],
      categories: (1...6).map { Category(id: $0, name: "\($0)") },
      objects: objects.map { AnnotatedObject(id: $0.id, image: 1, category: $0.category, shape: box($0.x)) })
    let detections = found.enumerated().map {
      DetectedObject(image: 1, category: $1.category, score: 1 - Double($0) / 100, shape: box($1.x))
    }
    return try DetectionEvaluation(Detections(objects: detections), against: annotations)
  }

  @Test func perfectDetectionsScoreOne() throws {
    let result = try evaluation([(1, 1, 0), (2, 1, 50), (3, 2, 0)], [(1, 0), (1, 50), (2, 0)])
    for measure in result.measures where !["AP-medium", "AP-large", "AR1"].contains(measure.name) {
      if let value = measure.value { #expect(abs(value - 1) < 1e-12, "\(measure)") }
    }
    // One detection an image finds one of the first category's two.
    #expect(result.recall(limit: 1) == 0.75)
    #expect(result.precision(.medium) == nil)
  }

  /// pycocotools takes a match with annotation 0 for none.
  @Test func annotationsMayHaveIdZero() throws {
    let result = try evaluation([(0, 1, 0)], [(1, 0)])
    #expect(try #require(result.precision()) > 0.999)
  }

  @Test func frequenciesAreThirds() throws {
    // Categories 1 to 5 with one to five objects, of which 4 and 5 alone are found; 6 has none.
    let objects = (1...5).flatMap { category in
      (0..<category).map { (id: category * 10 + $0, category: category, x: Double($0) * 20) }
    }
    let result = try evaluation(objects, objects.filter { $0.category > 3 }.map { ($0.category, $0.x) })
    #expect(result.categories(.rare).map(\.category.id) == [1, 2])
    #expect(result.categories(.common).map(\.category.id) == [3, 4])
    #expect(result.categories(.frequent).map(\.category.id) == [5])
    let values = Dictionary(uniqueKeysWithValues: result.measures.map { ($0.name, $0.value) })
    #expect(values["AP-rare"] == 0 && isNear(values["AP-common"] ?? nil, 0.5))
    #expect(try evaluation([(1, 1, 0), (2, 2, 0)], []).categories(.rare).isEmpty)
  }

  /// Boxes have 100 square pixels: large where large ones begin at 90; the categories with fewest to find may have been trained on most.
  @Test func limitsAndFrequenciesCanBeGiven() throws {
    let truth = Annotations(
      task: .boxes, images: [AnnotatedImage(id: 1, width: 1000, height: 100)],
      categories: (1...3).map { Category(id: $0, name: "\($0)") },
      objects: (1...3).map {
        AnnotatedObject(
          id: $0, image: 1, category: $0, shape: .box(Box(x: Double($0) * 20, y: 0, width: 10, height: 10)))
      })
    let found = Detections(
      objects: truth.objects.prefix(1).map {
        DetectedObject(image: 1, category: $0.category, score: 1, shape: $0.shape)
      })
    let usual = try DetectionEvaluation(found, against: truth)
    let other = try DetectionEvaluation(
      found, against: truth, sizeLimits: SizeLimits(small: 10, large: 90), trainingCounts: [1: 30, 2: 7])
    #expect(usual.sizeLimits == .coco && usual.precision(.small) != nil && usual.precision(.large) == nil)
    #expect(
      other.precision(.small) == nil && other.precision(.medium) == nil && isNear(other.precision(.large), 1 / 3.0))
    #expect(usual.categories(.rare).map(\.category.id) == [1] && usual.categories(.frequent).map(\.category.id) == [3])
    #expect(other.categories(.rare).map(\.category.id) == [3] && other.categories(.common).map(\.category.id) == [2])
    #expect(other.categories(.frequent).map(\.category.id) == [1])
    #expect(SizeLimits.coco.area(of: .small) == 0...1024 && SizeLimits.coco.area(of: .medium) == 1024...9216)
    #expect(SizeLimits.coco.area(of: .large) == 9216...1e10 && SizeLimits.coco.area(of: .all) == 0...1e10)
  }

  @Test func similarityFollowsItsFormula() {
    let object = Keypoints(flat: [10, 10, 2, 50, 50, 0]), found = Keypoints(flat: [13, 14, 1, 0, 0, 1])
    let box = Box(x: 0, y: 0, width: 20, height: 20)
    let value = found.similarity(to: object, area: 400, box: box, sigmas: KeypointSigmas([0.1]))
    #expect(abs(value - exp(-25 / (2 * 400 * 0.04))) < 1e-12)
    #expect(abs(KeypointSigmas.coco.reduce(0, +) - 1.138) < 1e-12 && KeypointSigmas.coco.count == 17)
  }
}
