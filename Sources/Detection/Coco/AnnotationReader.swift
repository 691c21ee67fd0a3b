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
    var opened = try OpenedAnnotations(data, name: name, tasks: [task], comparing: task), ids: Set<Int> = []
    let objects = opened.entries.enumerated().compactMap { opened.reader.annotation($1.value, number: $0, &ids) }
    return Reading(
      value: Annotations(task: task, images: opened.images, categories: opened.categories, objects: objects),
      faults: opened.reader.faults)
  }
}

/// A file whose images and categories have been read, and whose annotations have not.
struct OpenedAnnotations {
  let images: [AnnotatedImage]
  let categories: [Category]
  /// By a category's id; those that have any.
  let keypointNames: [Int: [String]]
  let sizeLimits: SizeLimits?
  let entries: [Entry<RawObject>]
  var reader: ObjectReader

  /// - Parameter tasks: Those whose fields are read.
  init(_ data: Data, name: String, tasks: Set<RecognitionTask>, comparing task: RecognitionTask) throws {
    var faults = FaultList(file: name)
    let file = try CocoJSON.decode(
      RawAnnotations.self, data: data, name: name, tasks: tasks,
      form: "{\"images\": [...], \"categories\": [...], \"annotations\": [...]}")
    images = Self.images(file, &faults)
    categories = Self.categories(file, &faults)
    keypointNames = file.categories.reduce(into: [:]) { names, entry in
      if let id = entry.value?.id.value, names[id] == nil { names[id] = entry.value?.keypoints.value }
    }
    sizeLimits = Self.sizeLimits(file, &faults)
    entries = file.annotations
    reader = ObjectReader(
      task: task, images: Dictionary(uniqueKeysWithValues: images.map { ($0.id, $0) }),
      categories: Set(categories.map(\.id)), faults: faults)
  }

  private static func sizeLimits(_ file: RawAnnotations, _ faults: inout FaultList) -> SizeLimits? {
    guard let field = file.info?.value?.sizeLimits else { return nil }
    if case .missing = field { return nil }
    let limits = field.value.flatMap { SizeLimits(checking: $0) }
    if limits == nil { faults.add("info", "has size_limits that are not two areas, the smaller one first.") }
    return limits
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

/// What every annotation has, whatever is compared.
struct AnnotationHead {
  let id, category: Int
  /// How messages name it.
  let entry: String
  let image: AnnotatedImage
  let area: Double?
  let isCrowd: Bool
  /// Nothing so far is wrong with it.
  let isSound: Bool
}

extension ObjectReader {
  /// All faults of an entry are told at once, but for those of what cannot be judged without its image and category: then `nil`.
  mutating func head(_ raw: RawObject?, number: Int, _ ids: inout Set<Int>) -> AnnotationHead? {
    guard let raw, let id = raw.id.value else {
      faults.add("Annotation number \(number + 1)", "has no id that is a whole number.")
      return nil
    }
    let entry = "Annotation \(id)", isNew = ids.insert(id).inserted
    if !isNew { faults.add(entry, "stands there twice.") }
    let image = image(raw, entry), category = category(raw, entry)
    let crowd = optional(raw.isCrowd, "iscrowd", "0 or 1", entry), area = area(raw, entry)
    guard let image, let category else { return nil }
    return AnnotationHead(
      id: id, category: category, entry: entry, image: image, area: area ?? nil,
      isCrowd: (crowd ?? nil)?.isTrue ?? false, isSound: isNew && crowd != nil && area != nil)
  }

  /// An annotation without faults.
  fileprivate mutating func annotation(_ raw: RawObject?, number: Int, _ ids: inout Set<Int>) -> AnnotatedObject? {
    guard let head = head(raw, number: number, &ids), let raw,
      var shape = shape(raw, of: head.category, in: head.image, head.entry)
    else { return nil }
    var isIgnored = false
    if case .box(let box) = shape, !isInside(box, head.image, head.entry) { return nil }
    if case .keypoints(let keypoints, _) = shape {
      guard let box = box(raw, head.entry), isInside(box, head.image, head.entry),
        let count = optional(raw.keypointCount, "num_keypoints", "a whole number", head.entry)
      else { return nil }
      shape = .keypoints(keypoints, box: box)
      isIgnored = (count ?? keypoints.labelled) == 0
    }
    guard head.isSound else { return nil }
    return AnnotatedObject(
      id: head.id, image: head.image.id, category: head.category, shape: shape, area: head.area, isCrowd: head.isCrowd,
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
  mutating func isInside(_ box: Box, _ image: AnnotatedImage, _ entry: String) -> Bool {
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
    var keypoints: Field<[String]>

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: NameKey.self)
      (id, name, keypoints) = (fields.field("id"), fields.field("name"), fields.field("keypoints"))
    }
  }

  struct Info: Decodable {
    var sizeLimits: Field<[Double]>

    init(from decoder: any Decoder) throws {
      sizeLimits = try decoder.container(keyedBy: NameKey.self).field("size_limits")
    }
  }

  var info: Entry<Info>?

  var images: [Entry<Image>]
  var categories: [Entry<Kind>]
  var annotations: [Entry<RawObject>]
}
