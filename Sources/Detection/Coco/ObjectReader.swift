import Foundation

/// Checks what annotations and detections have in common, and collects what is wrong.
struct ObjectReader {
  let task: RecognitionTask
  let images: [Int: AnnotatedImage]
  let categories: Set<Int>
  var faults: FaultList
  /// Keypoints of a category, as its first entry has them.
  var keypointCounts: [Int: Int] = [:]

  /// The image of an entry; `nil` after a fault.
  mutating func image(_ raw: RawObject, _ entry: String) -> AnnotatedImage? {
    guard let id = required(raw.image, "image_id", "a whole number", entry) else { return nil }
    if images[id] == nil { faults.add(entry, "is of image \(id), which the annotations do not list.") }
    return images[id]
  }

  mutating func category(_ raw: RawObject, _ entry: String) -> Int? {
    guard let id = required(raw.category, "category_id", "a whole number", entry) else { return nil }
    guard categories.contains(id) else {
      faults.add(entry, "is of category \(id), which the annotations do not list.")
      return nil
    }
    return id
  }

  mutating func shape(_ raw: RawObject, of category: Int, in image: AnnotatedImage, _ entry: String) -> Shape? {
    switch task {
    case .boxes: box(raw, entry).map { .box($0) }
    case .masks: segmentation(raw, in: image, entry).map { .segmentation($0) }
    case .keypoints: keypoints(raw, of: category, entry).map { .keypoints($0, box: $0.extent) }
    }
  }

  /// The box, of four finite numbers and without negative sides.
  mutating func box(_ raw: RawObject, _ entry: String) -> Box? {
    guard let values = required(raw.box, "bbox", "a list of four numbers", entry) else { return nil }
    guard values.count == 4, values.allSatisfy(\.isFinite) else {
      faults.add(entry, "has a bbox that is not four finite numbers.")
      return nil
    }
    guard values[2] >= 0, values[3] >= 0 else {
      faults.add(entry, "has a bbox of negative size: \(values[2]) x \(values[3]).")
      return nil
    }
    return Box(x: values[0], y: values[1], width: values[2], height: values[3])
  }

  mutating func segmentation(_ raw: RawObject, in image: AnnotatedImage, _ entry: String) -> Segmentation? {
    let form = "a list of polygons, or run lengths with their size"
    guard let given = required(raw.segmentation, "segmentation", form, entry) else { return nil }
    do {
      switch given {
      case .polygons(let polygons):
        guard !polygons.isEmpty else { throw RunLengthMask.PolygonFault.corners(0) }
        for polygon in polygons { _ = try RunLengthMask.corners(polygon) }
        return .polygons(polygons)
      case .text(let text, let size):
        guard fits(size, image, entry) else { return nil }
        return .mask(try RunLengthMask(height: image.height, width: image.width, text: text))
      case .lengths(let lengths, let size):
        guard fits(size, image, entry) else { return nil }
        return .mask(try RunLengthMask(height: image.height, width: image.width, checking: lengths))
      }
    } catch let fault as RunLengthMask.PolygonFault {
      faults.add(entry, "has \(fault.sentence).")
    } catch let fault as RunLengthMask.RunFault {
      faults.add(entry, "has \(fault.sentence).")
    } catch {
      faults.add(entry, "has a segmentation that cannot be read.")
    }
    return nil
  }

  private mutating func fits(_ size: [Int], _ image: AnnotatedImage, _ entry: String) -> Bool {
    let isSame = size == [image.height, image.width]
    if !isSame {
      let stated = size.prefix(3).map { "\($0)" }.joined(separator: ", ")
      faults.add(
        entry, "has run lengths of size [\(stated)]; its image has [\(image.height), \(image.width)], height first.")
    }
    return isSame
  }

  mutating func keypoints(_ raw: RawObject, of category: Int, _ entry: String) -> Keypoints? {
    guard let flat = required(raw.keypoints, "keypoints", "a list of numbers", entry) else { return nil }
    guard flat.count % 3 == 0, !flat.isEmpty, flat.allSatisfy(\.isFinite) else {
      faults.add(entry, "has keypoints that are not x, y and visibility of each, all finite.")
      return nil
    }
    let keypoints = Keypoints(flat: flat), known = keypointCounts[category] ?? keypoints.count
    guard keypoints.count == known else {
      faults.add(entry, "has \(keypoints.count) keypoints; others of its category have \(known).")
      return nil
    }
    keypointCounts[category] = known
    return keypoints
  }

  /// A field that must be there.
  mutating func required<Value>(_ field: Field<Value>, _ name: String, _ form: String, _ entry: String) -> Value? {
    switch field {
    case .value(let value): return value
    case .missing: faults.add(entry, "has no \(name).")
    case .wrong: faults.add(entry, "has a \(name) that is not \(form).")
    }
    return nil
  }

  /// A field that may be missing; a fault where it is something else.
  mutating func optional<Value>(_ field: Field<Value>, _ name: String, _ form: String, _ entry: String) -> Value?? {
    switch field {
    case .value(let value): return .some(value)
    case .missing: return .some(nil)
    case .wrong:
      faults.add(entry, "has \(Self.article(name))\(name) that \(name == "keypoints" ? "are" : "is") not \(form).")
    }
    return nil
  }

  private static func article(_ name: String) -> String {
    name == "keypoints" ? "" : "aeiou".contains(name.prefix(1)) ? "an " : "a "
  }
}

extension RunLengthMask.PolygonFault {
  var sentence: String {
    switch self {
    case .corners(let count): "a polygon of \(count) numbers; x and y of three corners or more are needed"
    case .notFinite: "a polygon with a corner that is not finite"
    case .tooFar(let value): "a polygon with a corner at \(value)"
    case .tooLong(let length): "a polygon with an outline of more than \(length / 5) pixels"
    }
  }
}

extension RunLengthMask.RunFault {
  var sentence: String {
    switch self {
    case .text: "run lengths that are no COCO text"
    case .negative: "a negative run length"
    case .sum(let sum, let pixels): "run lengths that add up to \(sum) pixels; the image has \(pixels)"
    }
  }
}
