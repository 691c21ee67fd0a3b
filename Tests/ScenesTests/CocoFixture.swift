import Datasets
import Foundation
import Scenes
import TestSupport

/// A folder in COCO's form of images that the repository has, all their annotations in one file.
final class CocoFixture {
  struct Contents {
    var images: [[String: Any]] = [], annotations: [[String: Any]] = []
    var categories: [[String: Any]] = [["id": 1, "name": "cat", "keypoints": ["nose", "tail"]]]

    func width(_ index: Int) -> Int { images[index]["width"] as! Int }
    func height(_ index: Int) -> Int { images[index]["height"] as! Int }
  }

  static let names = [
    "rgb.jpg", "colour-420.jpg", "progressive.jpg", "grey.jpg", "rgb.png", "palette-8.png", "lossy.webp", "rgb.tiff",
  ]

  let scratch: Scratch

  /// - Parameter change: What is wrong with it.
  init(_ change: (inout Contents) -> Void = { _ in }) throws {
    scratch = try Scratch()
    let golden = Repository.root.appendingPathComponent("Tests/Golden/images")
    var contents = Contents()
    for (index, name) in Self.names.enumerated() {
      let source = golden.appendingPathComponent(name), target = scratch.file("images/\(name)")
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: source, to: target)
      let image = try ImageFile.decoded(source.path), (w, h) = (Double(image.width), Double(image.height))
      contents.images.append(["id": index + 1, "width": image.width, "height": image.height, "file_name": name])
      let (left, top, right, bottom) = (w / 4, h / 4, w * 3 / 4, h * 3 / 4)
      contents.annotations.append([
        "id": index + 1, "image_id": index + 1, "category_id": 1, "iscrowd": 0,
        "bbox": [left, top, w / 2, h / 2], "area": w * h / 4,
        "segmentation": [[left, top, right, top, right, bottom, left, bottom]],
        "keypoints": [left, top, 2, 0, 0, 0], "num_keypoints": 1,
      ])
    }
    change(&contents)
    try write(contents, "annotations.json")
  }

  func load() throws -> SceneSet { try SceneCatalog.load("coco:\(scratch.url.path):32") }

  func rewrite(_ name: String, _ change: (inout Contents) -> Void) throws {
    let text = try Data(contentsOf: scratch.file(name))
    let object = try JSONSerialization.jsonObject(with: text) as! [String: [[String: Any]]]
    var contents = Contents(
      images: object["images"]!, annotations: object["annotations"]!, categories: object["categories"]!)
    change(&contents)
    try write(contents, name)
  }

  private func write(_ contents: Contents, _ name: String) throws {
    try JSONSerialization.data(
      withJSONObject: [
        "images": contents.images, "annotations": contents.annotations, "categories": contents.categories,
      ]
    ).write(to: scratch.file(name))
  }
}
