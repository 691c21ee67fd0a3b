import Basics
package import Foundation

/// Which files of a folder in COCO's form hold what: annotations by their names, images by where they lie.
///
/// `annotations/*.json` or `*.json`: `instances_train2017.json`, `person_keypoints_val.json`, `train.json`; or one
/// `instances.json` or `annotations.json` for all. What could be read in two ways is refused.
package struct CocoFolder {
  /// The files of one part. With both, keypoints are added to the instances of the same id, as in COCO.
  package struct Part {
    package var instances, keypoints: URL?
    /// What stands behind the kind in the names: `train2017`.
    package var suffix: String

    package var files: [URL] { [instances, keypoints].compactMap { $0 } }
  }

  package let root: URL
  package let train: Part
  /// `nil` where a share of the other is held out.
  package let test: Part?

  /// - Throws: `Problem.missingInput` where there are no annotations, `Problem.usage` where there are too many.
  package init(_ root: URL) throws {
    self.root = root
    let files = Self.annotationFiles(root)
    func part(_ words: [String]) throws -> Part? {
      try Self.part(
        files.filter { file in words.contains { $0.isEmpty ? file.suffix.isEmpty : file.suffix.hasPrefix($0) } })
    }
    let whole = try part([""]), training = try part(["train"])
    guard whole == nil || training == nil else {
      throw Self.ambiguous((whole!.files + training!.files).map(\.path))
    }
    guard let train = training ?? whole else {
      throw Problem.missingInput(
        "There are no annotations in \(root.path).",
        remedy: "They are looked for in annotations/ and beside it: instances_train.json and instances_val.json, or "
          + "instances.json. See docs/scenes.md.")
    }
    self.train = train
    test = training == nil ? nil : try part(["val", "test"])
  }

  private typealias Found = (url: URL, isKeypoints: Bool, suffix: String)

  private static func annotationFiles(_ root: URL) -> [Found] {
    let folders = [root.appendingPathComponent("annotations"), root]
    return folders.flatMap { folder -> [Found] in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return names.sorted().compactMap { name in
        guard name.hasSuffix(".json") else { return nil }
        var suffix = String(name.dropLast(5))
        let kind = ["person_keypoints", "instances", "annotations"].first { suffix.hasPrefix($0) }
        suffix = String(suffix.dropFirst(kind?.count ?? 0)).trimmingCharacters(in: CharacterSet(charactersIn: "_-"))
        guard kind != nil || ["train", "val", "test"].contains(where: { suffix.hasPrefix($0) }) else { return nil }
        return (folder.appendingPathComponent(name), kind == "person_keypoints", suffix)
      }
    }
  }

  private static func part(_ files: [Found]) throws -> Part? {
    let instances = files.filter { !$0.isKeypoints }, keypoints = files.filter(\.isKeypoints)
    for kind in [instances, keypoints] where kind.count > 1 { throw ambiguous(kind.map(\.url.path)) }
    if let a = instances.first, let b = keypoints.first, a.suffix != b.suffix {
      throw ambiguous([a.url.path, b.url.path])
    }
    guard let first = files.first else { return nil }
    return Part(instances: instances.first?.url, keypoints: keypoints.first?.url, suffix: first.suffix)
  }

  private static func ambiguous(_ paths: [String]) -> Problem {
    .usage(
      "Which annotations to read can be understood in two ways: \(paths.joined(separator: ", ")).",
      remedy: "Leave one in the folder for each part, and move the others out.")
  }

  /// The folder that holds the images of a part: the one of the usual places in which all of them are, or else most.
  ///
  /// - Throws: `Problem.usage` where they are all in several.
  package func images(of part: Part, named names: [String]) throws -> URL {
    let words = part.suffix.isEmpty ? [] : [part.suffix, String(part.suffix.prefix { $0.isLetter })]
    var places = (words.flatMap { [$0, "images/\($0)"] } + ["images", ""]).map { root.appendingPathComponent($0) }
    places = places.enumerated().filter { index, place in !places[..<index].contains { $0.path == place.path } }.map(
      \.1)
    let counts = places.map { place in
      names.count { FileManager.default.fileExists(atPath: place.appendingPathComponent($0).path) }
    }
    let complete = places.indices.filter { counts[$0] == names.count }
    guard names.isEmpty || complete.count < 2 else {
      throw Problem.usage(
        "The images of \(part.files[0].path) lie in several folders: "
          + "\(complete.map { places[$0].path }.joined(separator: ", ")).",
        remedy: "Leave them in one.")
    }
    return places[counts.indices.max { (counts[$0], -$0) < (counts[$1], -$1) }!]
  }
}
