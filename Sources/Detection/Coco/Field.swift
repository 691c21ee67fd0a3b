import Basics

/// What stands under a name in an entry of a file that anyone may have written.
enum Field<Value: Decodable> {
  /// Also where null stands.
  case missing
  /// Something else than asked for.
  case wrong
  case value(Value)

  var value: Value? { if case .value(let value) = self { value } else { nil } }
}

extension KeyedDecodingContainer<NameKey> {
  func field<Value: Decodable>(_ name: NameKey) -> Field<Value> {
    guard contains(name), (try? decodeNil(forKey: name)) == false else { return .missing }
    return (try? decode(Value.self, forKey: name)).map { .value($0) } ?? .wrong
  }
}

/// An entry of a list; `nil` for something that is no object.
struct Entry<Value: Decodable>: Decodable {
  var value: Value?

  init(from decoder: any Decoder) throws { value = try? Value(from: decoder) }
}

/// An annotation or a detection as it stands in a file.
struct RawObject: Decodable {
  var id, image, category: Field<Int>
  var score, area: Field<Double>
  var box: Field<[Double]>
  var isCrowd: Field<Truth>
  /// Read where they are compared only.
  var segmentation: Field<RawSegmentation> = .missing
  var keypoints: Field<[Double]> = .missing
  var keypointCount: Field<Int> = .missing

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: NameKey.self)
    (id, image, category) = (fields.field("id"), fields.field("image_id"), fields.field("category_id"))
    (score, area, box) = (fields.field("score"), fields.field("area"), fields.field("bbox"))
    isCrowd = fields.field("iscrowd")
    let tasks = decoder.userInfo[.tasks] as? Set<RecognitionTask> ?? []
    if tasks.contains(.masks) { segmentation = fields.field("segmentation") }
    if tasks.contains(.keypoints) {
      (keypoints, keypointCount) = (fields.field("keypoints"), fields.field("num_keypoints"))
    }
  }
}

/// 0 and 1, or false and true.
struct Truth: Decodable {
  var isTrue: Bool

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let flag = try? value.decode(Bool.self) {
      isTrue = flag
      return
    }
    let number = try value.decode(Int.self)
    guard 0...1 ~= number else {
      throw DecodingError.dataCorruptedError(in: value, debugDescription: "\(number) is neither 0 nor 1")
    }
    isTrue = number == 1
  }
}

/// Polygons, or run lengths as a text or as numbers.
enum RawSegmentation: Decodable {
  case polygons([[Double]])
  case text(String, size: [Int])
  case lengths([Int], size: [Int])

  init(from decoder: any Decoder) throws {
    if let fields = try? decoder.container(keyedBy: NameKey.self) {
      let size = try fields.decode([Int].self, forKey: "size")
      if let text = try? fields.decode(String.self, forKey: "counts") {
        self = .text(text, size: size)
      } else {
        self = .lengths(try fields.decode([Int].self, forKey: "counts"), size: size)
      }
    } else {
      self = .polygons(try [[Double]](from: decoder))
    }
  }
}

extension CodingUserInfoKey {
  /// What is compared, so that the rest need not be read.
  static let tasks = CodingUserInfoKey(rawValue: "tasks")!
}
