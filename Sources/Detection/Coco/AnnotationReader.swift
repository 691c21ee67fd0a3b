import Basics
public import Foundation

extension Annotations {
  /// Reads a file of instances or keypoints.
  ///
  /// - Throws: `Problem` where the file as a whole cannot be read; what is wrong with entries is in the result.
  public static func read(_ url: URL, task: RecognitionTask) throws -> Reading<Annotations> {
    try read(try Problem.content(of: url), name: url.path, task: task)
  }

  public static func read(_ data: Data, name: String, task: RecognitionTask) throws -> Reading<Annotations> {
    var faults = FaultList(file: name)
    let file = try CocoJSON.decode(
      RawAnnotations.self, data: data, name: name, task: task,
      form: "{\"images\": [...], \"categories\": [...], \"annotations\": [...]}")
    let images = images(file, &faults), categories = categories(file, &faults)
    var reader = ObjectReader(
      task: task, images: Dictionary(uniqueKeysWithValues: images.map { ($0.id, $0) }),
      categories: Set(categories.map(\.id)), faults: faults)
    var ids: Set<Int> = []
    let objects = file.annotations.enumerated().compactMap { reader.annotation($1.value, number: $0, &ids) }
    return Reading(
      value: Annotations(task: task, images: images, categories: categories, objects: objects), faults: reader.faults)
  }

  private static func images(_ file: RawAnnotations, _ faults: inout FaultList) -> [AnnotatedImage] {
    var ids: Set<Int> = []
    return file.images.enumerated().compactMap { number, entry in
      guard let id = newID(entry.value?.id, "Image", number, &ids, &faults), let raw = entry.value else {
        return nil
      }
      guard let width = raw.width.value, let height = raw.height.value, width > 0, height > 0,
        !width.multipliedReportingOverflow(by: height).overflow, width * height <= Int(Int32.max)
      else {
        faults.add("Image \(id)", "has no width and height above 0 with at most \(Int32.max) pixels.")
        return nil
      }
      return AnnotatedImage(id: id, width: width, height: height, file: raw.file.value ?? "")
    }
  }

  private static func categories(_ file: RawAnnotations, _ faults: inout FaultList) -> [Category] {
    var ids: Set<Int> = []
    return file.categories.enumerated().compactMap { number, entry in
      guard let id = newID(entry.value?.id, "Category", number, &ids, &faults), let raw = entry.value else {
        return nil
      }
      return Category(id: id, name: raw.name.value ?? "\(id)")
    }
  }

  /// An entry's id, if no other has it.
  private static func newID(
    _ field: Field<Int>?, _ kind: String, _ number: Int, _ ids: inout Set<Int>, _ faults: inout FaultList
  ) -> Int? {
    guard let id = field?.value else {
      faults.add("\(kind) number \(number + 1)", "has no id that is a whole number.")
      return nil
    }
    guard ids.insert(id).inserted else {
      faults.add("\(kind) \(id)", "stands there twice.")
      return nil
    }
    return id
  }
}

extension ObjectReader {
  /// An annotation without faults.
  fileprivate mutating func annotation(_ raw: RawObject?, number: Int, _ ids: inout Set<Int>) -> AnnotatedObject? {
    guard let raw, let id = raw.id.value else {
      faults.add("Annotation number \(number + 1)", "has no id that is a whole number.")
      return nil
    }
    let entry = "Annotation \(id)"
    let isNew = ids.insert(id).inserted
    if !isNew { faults.add(entry, "stands there twice.") }
    // All faults of an entry are told at once, but for those of what cannot be judged without its image.
    let image = image(raw, entry), category = category(raw, entry)
    let crowd = optional(raw.isCrowd, "iscrowd", "0 or 1", entry), area = area(raw, entry)
    guard let image, let category, var shape = shape(raw, of: category, in: image, entry) else { return nil }
    var isIgnored = false
    if case .box(let box) = shape, !isInside(box, image, entry) { return nil }
    if case .keypoints(let keypoints, _) = shape {
      guard let box = box(raw, entry), isInside(box, image, entry),
        let count = optional(raw.keypointCount, "num_keypoints", "a whole number", entry)
      else { return nil }
      shape = .keypoints(keypoints, box: box)
      isIgnored = (count ?? keypoints.labelled) == 0
    }
    guard isNew, let crowd, let area else { return nil }
    return AnnotatedObject(
      id: id, image: image.id, category: category, shape: shape, area: area, isCrowd: crowd?.isTrue ?? false,
      isIgnored: isIgnored)
  }

  private mutating func area(_ raw: RawObject, _ entry: String) -> Double?? {
    guard let given = optional(raw.area, "area", "a number", entry) else { return nil }
    if let given, !(given > 0 && given.isFinite) {
      faults.add(entry, "has area \(given); objects have one above 0.")
      return nil
    }
    return .some(given)
  }

  /// Annotators' boxes may end a pixel beyond the image, as rounding makes them.
  private mutating func isInside(_ box: Box, _ image: AnnotatedImage, _ entry: String) -> Bool {
    guard box.area > 0 else {
      faults.add(entry, "has a bbox without area: \(box.width) x \(box.height).")
      return false
    }
    let isInside =
      box.x >= -1 && box.y >= -1 && box.x + box.width <= Double(image.width) + 1
      && box.y + box.height <= Double(image.height) + 1
    if !isInside {
      faults.add(
        entry,
        "has a bbox outside of image \(image.id), which is \(image.width) x \(image.height): x \(box.x), y \(box.y), \(box.width) x \(box.height)."
      )
    }
    return isInside
  }
}

/// The file as it stands.
private struct RawAnnotations: Decodable {
  struct Image: Decodable {
    var id, width, height: Field<Int>
    var file: Field<String>

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: NameKey.self)
      (id, width, height) = (fields.field("id"), fields.field("width"), fields.field("height"))
      file = fields.field("file_name")
    }
  }

  struct Kind: Decodable {
    var id: Field<Int>
    var name: Field<String>

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: NameKey.self)
      (id, name) = (fields.field("id"), fields.field("name"))
    }
  }

  var images: [Entry<Image>]
  var categories: [Entry<Kind>]
  var annotations: [Entry<RawObject>]
}
