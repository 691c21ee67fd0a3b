import Basics
public import Foundation

/// A file of what a network has found.
public struct Detections: Equatable, Sendable {
  /// In the order of the file, which decides between equal scores.
  public var objects: [DetectedObject]

  public init(objects: [DetectedObject]) { self.objects = objects }

  /// Reads a list of `{"image_id", "category_id", "score"}` with what the task compares: `bbox`, `segmentation` or `keypoints`.
  ///
  /// As in pycocotools the first entry decides what sizes are: those of boxes if it has one, else those of masks or keypoints.
  ///
  /// - Throws: `Problem` where the file as a whole cannot be read; what is wrong with entries is in the result.
  public static func read(_ url: URL, for annotations: Annotations) throws -> Reading<Detections> {
    try read(try Problem.content(of: url), name: url.path, for: annotations)
  }

  public static func read(_ data: Data, name: String, for annotations: Annotations) throws -> Reading<Detections> {
    let entries = try CocoJSON.decode(
      [Entry<RawObject>].self, data: data, name: name, tasks: [annotations.task],
      form: "[{\"image_id\": ..., \"category_id\": ..., \"score\": ..., \"\(annotations.task.field)\": ...}, ...]")
    var reader = ObjectReader(
      task: annotations.task,
      images: Dictionary(annotations.images.map { ($0.id, $0) }) { first, _ in first },
      categories: Set(annotations.categories.map(\.id)), faults: FaultList(file: name),
      keypointCounts: annotations.keypointCounts)
    let hasBoxes = entries.first?.value.map { !($0.box.value ?? []).isEmpty } ?? false
    let objects = entries.enumerated().compactMap { reader.detection($1.value, number: $0, hasBoxes: hasBoxes) }
    return Reading(value: Detections(objects: objects), faults: reader.faults)
  }
}

extension Annotations {
  /// Keypoints of each category that has any.
  public var keypointCounts: [Int: Int] {
    objects.reduce(into: [:]) { counts, object in
      if case .keypoints(let keypoints, _) = object.shape { counts[object.category] = keypoints.count }
    }
  }
}

extension ObjectReader {
  /// A detection without faults. It may reach beyond its image, and have no area: then it matches nothing.
  fileprivate mutating func detection(_ raw: RawObject?, number: Int, hasBoxes: Bool) -> DetectedObject? {
    guard let raw else {
      faults.add("Detection number \(number + 1)", "is no object.")
      return nil
    }
    let entry = "Detection number \(number + 1)\(raw.image.value.map { ", of image \($0)," } ?? "")"
    let image = image(raw, entry), category = category(raw, entry)
    var score = required(raw.score, "score", "a number", entry)
    if let given = score, !given.isFinite {
      faults.add(entry, "has score \(given).")
      score = nil
    }
    guard let image, let category, let shape = shape(raw, of: category, in: image, entry), let score else { return nil }
    var area: Double?
    if hasBoxes {
      guard let box = box(raw, entry) else { return nil }
      area = box.area
    }
    return DetectedObject(image: image.id, category: category, score: score, shape: shape, area: area)
  }
}
