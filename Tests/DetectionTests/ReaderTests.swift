import Basics
import Detection
import Foundation
import Testing

@Suite struct ReaderTests {
  private static let good =
    #"{"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 30, 40], "area": 900, "iscrowd": 0}"#

  /// An annotation beside a good one, and a part of the sentence about it.
  private static let boxes: [(String, String)] = [
    (#"{"id": 2, "image_id": 9, "category_id": 1, "bbox": [1, 2, 3, 4]}"#, "Annotation 2 is of image 9"),
    (#"{"id": 2, "image_id": 7, "category_id": 3, "bbox": [1, 2, 3, 4]}"#, "Annotation 2 is of category 3"),
    (#"{"id": 2, "image_id": 7, "category_id": 1}"#, "has no bbox"),
    (#"{"id": 2, "image_id": 7, "category_id": 1, "bbox": "x"}"#, "bbox that is not a list"),
    (#"{"id": 2, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3]}"#, "not four finite numbers"),
    (#"{"id": 2, "image_id": 7, "category_id": 1, "bbox": [1, 2, NaN, 4]}"#, "bbox that is not a list"),
    (#"{"id": 2, "image_id": 7, "category_id": 1, "bbox": [1, 2, -3, 4]}"#, "negative size: -3.0 x 4.0"),
    (#"{"id": 2, "image_id": 7, "category_id": 1, "bbox": [1, 2, 0, 4]}"#, "without area"),
    (#"{"id": 2, "image_id": 7, "category_id": 1, "bbox": [80, 2, 30, 4]}"#, "outside of image 7, which is 100 x 80"),
    (#"{"id": 2, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 0}"#, "has area 0.0"),
    (#"{"id": 2, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "area": -5}"#, "has area -5.0"),
    (#"{"id": 2, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": "no"}"#, "iscrowd that is not"),
    (#"{"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]}"#, "Annotation 1 stands there twice"),
    (#"{"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]}"#, "Annotation number 2 has no id"),
    (#"{"id": 1e30, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]}"#, "Annotation number 2 has no id"),
    ("17", "Annotation number 2 has no id"), ("null", "Annotation number 2 has no id"),
  ]

  @Test(arguments: boxes)
  func namesWhatIsWrong(_ annotation: String, _ sentence: String) throws {
    let reading = try Text.annotations(Text.whole("\(Self.good), \(annotation)"))
    #expect(reading.value.objects.map(\.id) == [1])
    #expect(
      reading.faults.lines.contains { $0.hasPrefix("truth.json: ") && $0.contains(sentence) }, "\(reading.faults)")
  }

  private static let masks: [(String, String)] = [
    ("null", "has no segmentation"), ("[]", "a polygon of 0 numbers"), ("[[1, 2, 3, 4]]", "a polygon of 4 numbers"),
    ("[[1, 2, 3, 4, 5, 1e300]]", "corner at 1e+300"), ("[[0, 0, 9e7, 9e7, 0, 9e7]]", "outline of more than"),
    (#"{"size": [80, 100], "counts": [3, 4]}"#, "add up to 7 pixels; the image has 8000"),
    (#"{"size": [80, 100], "counts": [-3, 8003]}"#, "negative run length"),
    (#"{"size": [80, 100], "counts": "0"}"#, "add up to 0 pixels"),
    (#"{"size": [80, 100], "counts": "oooo"}"#, "no COCO text"),
    (#"{"size": [100, 80], "counts": [8000]}"#, "size [100, 80]; its image has [80, 100]"),
    (#"{"size": [1000000000, 1000000000], "counts": [1]}"#, "run lengths of size"),
    (#"{"counts": [8000]}"#, "segmentation that is not"),
  ]

  @Test(arguments: masks)
  func namesWhatIsWrongWithMasks(_ segmentation: String, _ sentence: String) throws {
    let text = Text.whole(#"{"id": 2, "image_id": 7, "category_id": 1, "area": 9, "segmentation": \#(segmentation)}"#)
    let reading = try Text.annotations(text, .masks)
    #expect(reading.value.objects.isEmpty)
    #expect(reading.faults.count == 1 && reading.faults.lines[0].contains(sentence), "\(reading.faults)")
  }

  private static let keypoints: [(String, String)] = [
    ("[1, 2]", "keypoints that are not x, y"), ("[]", "keypoints that are not x, y"), ("5", "keypoints that is not"),
    ("[1, 2, 2]", "has 1 keypoints; others of its category have 2"),
  ]

  @Test(arguments: keypoints)
  func namesWhatIsWrongWithKeypoints(_ keypoints: String, _ sentence: String) throws {
    let first = #"{"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 30, 40], "keypoints": [1, 2, 2, 3, 4, 1]}"#
    let second = #"{"id": 2, "image_id": 7, "category_id": 1, "bbox": [1, 2, 30, 40], "keypoints": \#(keypoints)}"#
    let reading = try Text.annotations(Text.whole("\(first), \(second)"), .keypoints)
    #expect(reading.value.objects.count == 1)
    #expect(reading.faults.lines.count == 1 && reading.faults.lines[0].contains(sentence), "\(reading.faults)")
  }

  private static let images: [(String, String)] = [
    (#"{"id": 8}"#, "Image 8 has no width and height"),
    (#"{"id": 8, "width": 0, "height": 5}"#, "Image 8 has no width"),
    (#"{"id": 8, "width": 9000000000000000000, "height": 9}"#, "Image 8 has no width"),
    (#"{"id": 8, "width": 65536, "height": 65536}"#, "at most 2147483647 pixels"),
    (#"{"id": 7, "width": 5, "height": 5}"#, "Image 7 stands there twice"), ("[]", "Image number 2 has no id"),
  ]

  @Test(arguments: images)
  func namesWhatIsWrongWithImages(_ image: String, _ sentence: String) throws {
    let text = Text.whole(Self.good).replacing(#""height": 80}]"#, with: #""height": 80}, \#(image)]"#)
    let reading = try Text.annotations(text)
    #expect(reading.faults.lines.count == 1 && reading.faults.lines[0].contains(sentence), "\(reading.faults)")
    #expect(reading.value.images.map(\.id) == [7])
  }

  private static let detections: [(String, String)] = [
    (#"{"image_id": 9, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}"#, "number 1, of image 9, is of image 9"),
    (#"{"image_id": 7, "category_id": 8, "bbox": [1, 2, 3, 4], "score": 1}"#, "is of category 8"),
    (#"{"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]}"#, "has no score"),
    (#"{"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "score": NaN}"#, "score that is not a number"),
    (#"{"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4], "score": "high"}"#, "score that is not a number"),
    (#"{"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, -4], "score": 1}"#, "negative size"),
    (#"{"image_id": 7, "category_id": 1, "score": 1}"#, "has no bbox"), ("[]", "Detection number 1 is no object"),
  ]

  @Test(arguments: detections)
  func namesWhatIsWrongWithDetections(_ detection: String, _ sentence: String) throws {
    let annotations = try Text.annotations(Text.whole(Self.good)).value
    let reading = try Text.detections("[\(detection)]", for: annotations)
    #expect(reading.value.objects.isEmpty)
    #expect(reading.faults.lines.contains { $0.contains(sentence) }, "\(reading.faults)")
  }

  /// Detectors look beyond the image.
  @Test func detectionsMayReachBeyondTheImage() throws {
    let annotations = try Text.annotations(Text.whole(Self.good)).value
    let text = #"[{"image_id": 7, "category_id": 1, "bbox": [-5, 2, 300, 0], "score": 1}]"#
    #expect(try Text.detections(text, for: annotations).faults.isEmpty)
  }

  @Test func allFaultsAreCountedAndTheFirstListed() throws {
    let many = Array(repeating: "17", count: 250).joined(separator: ", ")
    let faults = try Text.annotations(Text.whole(many)).faults
    #expect(faults.count == 250 && faults.lines.count == FaultList.most)
  }

  @Test(arguments: ["", "{", "[1,", "{\"images\": [1 2]}", String(repeating: "[", count: 100_000), "\u{0}"])
  func textsThatAreNoJSONAreRefused(_ text: String) {
    let problem = #expect(throws: Problem.self) { try Text.annotations(text) }
    #expect(problem?.kind == .badData && problem?.problem.contains("truth.json is no JSON") == true)
  }

  @Test(arguments: [
    "[]", "5", "{}", #"{"images": [], "categories": []}"#, #"{"images": {}, "categories": [], "annotations": []}"#,
  ])
  func otherFormsAreRefused(_ text: String) {
    let problem = #expect(throws: Problem.self) { try Text.annotations(text) }
    #expect(problem?.kind == .badData && problem?.problem.contains("does not have the form") == true)
  }
}
