import Basics
import Datasets
import Detection
public import Foundation

extension SceneSet {
  /// The set as a folder in COCO's form: `annotations/instances_train.json`, `annotations/instances_test.json`, and images in
  /// `train/` and `test/`. `coco:DIR:SIZE` of its own size reads the same scenes back.
  ///
  /// - Returns: Content by path within the folder, for `AtomicFile.write(folder:to:)`.
  /// - Throws: `Problem.cannotWrite`.
  public func cocoFolder() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for (part, name) in [(train, "train"), (test, "test")] {
      for index in 0..<part.count { files["\(name)/\(Self.fileName(index))"] = try png(index, of: part) }
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      files["annotations/instances_\(name).json"] = try encoder.encode(CocoFile(self, part))
    }
    return files
  }

  fileprivate static func fileName(_ index: Int) -> String {
    let digits = "\(index + 1)"
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".png"
  }

  private func png(_ index: Int, of part: ScenePart) throws -> Data {
    let image = Array(part.image(index)), plane = shape.height * shape.width
    let pixels = (0..<image.count).map { image[$0 % shape.channels * plane + $0 / shape.channels] }
    return try ImageFile.png(pixels, width: shape.width, height: shape.height, channels: shape.channels)
  }
}

/// What stands in a file of instances.
private struct CocoFile: Encodable {
  struct Info: Encodable {
    let description: String
    let sizeLimits: [Double]
  }
  struct Image: Encodable {
    let id, width, height: Int
    let fileName: String
  }
  struct Kind: Encodable {
    let id: Int
    let name: String
    let keypoints: [String]?
  }
  struct Mask: Encodable {
    let size: [Int]
    let counts: String
  }
  struct Object: Encodable {
    let id, imageID, categoryID, iscrowd: Int
    let bbox: [Double]
    let area: Double
    let segmentation: Mask?
    let keypoints: [Double]?
    let numKeypoints: Int?
  }

  let info: Info
  let images: [Image]
  let categories: [Kind]
  let annotations: [Object]

  init(_ set: SceneSet, _ part: ScenePart) {
    info = Info(
      description: ([set.source] + set.notes).joined(separator: "; "),
      sizeLimits: [set.sizeLimits.small, set.sizeLimits.large])
    images = (0..<part.count).map {
      Image(id: $0 + 1, width: set.shape.width, height: set.shape.height, fileName: SceneSet.fileName($0))
    }
    let names = set.keypointNames.isEmpty ? nil : set.keypointNames
    categories = set.categories.map { Kind(id: $0.id, name: $0.name, keypoints: names) }
    var objects: [Object] = []
    for (index, scene) in part.scenes.enumerated() {
      for object in scene {
        objects.append(
          Object(object, id: objects.count + 1, image: index + 1, category: set.categories[object.category].id))
      }
    }
    annotations = objects
  }
}

extension CocoFile.Object {
  package init(_ object: SceneObject, id: Int, image: Int, category: Int) {
    (self.id, imageID, categoryID, iscrowd) = (id, image, category, object.isCrowd ? 1 : 0)
    bbox = object.box.numbers
    area = object.area
    segmentation = object.mask.map { .init(size: [$0.height, $0.width], counts: $0.text) }
    keypoints = object.keypoints?.flat
    numKeypoints = object.keypoints?.labelled
  }
}
