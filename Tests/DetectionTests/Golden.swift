import Basics
import Detection
import Foundation
import Testing

/// `Tests/Golden/detection.json`: what pycocotools says (see the README beside it).
struct Golden: Decodable {
  struct Mask: Decodable {
    var polygon: [Double]
    var text, union, intersection: String
    var lengths: [Int]
    var area: Int
    var box: [Double]
    var overlap, crowdOverlap: Double
  }

  struct Scene: Decodable {
    struct Answers: Decodable {
      var measures: [String: Double?]
      var classes: [String: [String: Double?]]
    }
    var task, kind: String
    var expected: Answers
  }

  var size: [Int]
  var masks: [Mask]
  var scenes: [Scene]

  static let data: Result<Data, any Error> = Result {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try Data(contentsOf: tests.appendingPathComponent("Golden/detection.json"))
  }

  static let file: Result<Golden, any Error> = Result { try JSONDecoder().decode(Golden.self, from: data.get()) }

  /// The texts of annotations and detections of a scene.
  static func texts(_ index: Int) throws -> (annotations: Data, detections: Data) {
    let root = try #require(try JSONSerialization.jsonObject(with: data.get()) as? [String: Any])
    let scene = try #require((root["scenes"] as? [[String: Any]])?[index])
    return (
      try JSONSerialization.data(withJSONObject: try #require(scene["annotations"])),
      try JSONSerialization.data(withJSONObject: try #require(scene["detections"]))
    )
  }
}

/// Texts of JSON as files.
enum Text {
  static func annotations(_ text: String, _ task: RecognitionTask = .boxes) throws -> Reading<Annotations> {
    try Annotations.read(Data(text.utf8), name: "truth.json", task: task)
  }

  static func detections(_ text: String, for annotations: Annotations) throws -> Reading<Detections> {
    try Detections.read(Data(text.utf8), name: "found.json", for: annotations)
  }

  /// One image of 100 x 80, categories 1 and 2, and these annotations.
  static func whole(_ annotations: String) -> String {
    """
    {"images": [{"id": 7, "width": 100, "height": 80}], "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    "annotations": [\(annotations)]}
    """
  }
}
