public import Foundation

/// A file of annotations with all that it says of each object.
public struct CompleteAnnotations: Equatable, Sendable {
  public var images: [AnnotatedImage]
  public var categories: [Category]
  /// By a category's id; those that have any.
  public var keypointNames: [Int: [String]]
  /// `size_limits` of `info`, which Tombola writes: square pixels.
  public var sizeLimits: SizeLimits?
  /// In the order of the file.
  public var objects: [CompleteObject]
}

/// An object that an annotator has marked: its box and, where they are given, outline and keypoints.
public struct CompleteObject: Equatable, Sendable {
  public var id, image, category: Int
  public var box: Box
  public var segmentation: Segmentation?
  /// With visibility 0, 1 or 2.
  public var keypoints: Keypoints?
  /// Square pixels, if the file says it.
  public var area: Double?
  public var isCrowd: Bool
}

extension CompleteAnnotations {
  /// Reads a file of instances or keypoints. Empty lists of polygons and of keypoints count as none given.
  ///
  /// - Throws: `Problem` where the file as a whole cannot be read; what is wrong with entries is in the result.
  public static func read(_ data: Data, name: String) throws -> Reading<CompleteAnnotations> {
    var opened = try OpenedAnnotations(data, name: name, tasks: Set(RecognitionTask.allCases), comparing: .boxes)
    var ids: Set<Int> = []
    let objects = opened.entries.enumerated().compactMap { opened.reader.complete($1.value, number: $0, &ids) }
    return Reading(
      value: CompleteAnnotations(
        images: opened.images, categories: opened.categories, keypointNames: opened.keypointNames,
        sizeLimits: opened.sizeLimits, objects: objects), faults: opened.reader.faults)
  }
}

extension ObjectReader {
  fileprivate mutating func complete(_ raw: RawObject?, number: Int, _ ids: inout Set<Int>) -> CompleteObject? {
    guard let head = head(raw, number: number, &ids), let raw else { return nil }
    let entry = head.entry, before = faults.count, box = box(raw, entry)
    if let box { _ = isInside(box, head.image, entry) }
    let segmentation = raw.isOutlined ? segmentation(raw, in: head.image, entry) : nil
    let keypoints = raw.hasKeypoints ? keypoints(raw, of: head.category, entry) : nil
    if let strange = keypoints?.visibility.first(where: { ![0, 1, 2].contains($0) }) {
      faults.add(entry, "has a keypoint of visibility \(strange), which is none of 0, 1 and 2.")
    }
    guard let box, faults.count == before, head.isSound else { return nil }
    return CompleteObject(
      id: head.id, image: head.image.id, category: head.category, box: box, segmentation: segmentation,
      keypoints: keypoints, area: head.area, isCrowd: head.isCrowd)
  }
}

extension RawObject {
  fileprivate var isOutlined: Bool {
    switch segmentation {
    case .missing: false
    case .value(.polygons(let polygons)): !polygons.isEmpty
    default: true
    }
  }

  fileprivate var hasKeypoints: Bool {
    switch keypoints {
    case .missing: false
    case .value(let values): !values.isEmpty
    case .wrong: true
    }
  }
}
