public import Foundation

/// A safetensors file: a JSON header with named arrays and text metadata, then the raw little-endian bytes.
///
/// Format: https://huggingface.co/docs/safetensors. The reader trusts nothing: every length, offset and shape is checked
/// against the size of the file before any memory is taken.
public struct SafetensorsFile: Equatable, Sendable {
  public enum ElementType: String, Codable, Sendable, CaseIterable {
    // What Tombola writes.
    case float32 = "F32"
    case uint8 = "U8"
    case int32 = "I32"
    // What files from elsewhere may hold besides.
    case bool = "BOOL"
    case int8 = "I8"
    case int16 = "I16"
    case uint16 = "U16"
    case uint32 = "U32"
    case int64 = "I64"
    case uint64 = "U64"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case float64 = "F64"

    public var byteCount: Int {
      switch self {
      case .bool, .uint8, .int8: 1
      case .int16, .uint16, .float16, .bfloat16: 2
      case .float32, .int32, .uint32: 4
      case .int64, .uint64, .float64: 8
      }
    }
  }

  public struct Entry: Equatable, Sendable {
    public var type: ElementType
    public var shape: [Int]
    public var bytes: Data
  }

  public var metadata: [String: String]
  public private(set) var entries: [String: Entry] = [:]

  public init(metadata: [String: String] = [:]) { self.metadata = metadata }

  public mutating func add(_ name: String, _ values: [Float], shape: [Int]? = nil) {
    precondition((shape ?? [values.count]).reduce(1, *) == values.count, "shape does not hold \(values.count) values")
    let bytes = values.withUnsafeBytes { Data($0) }
    entries[name] = Entry(type: .float32, shape: shape ?? [values.count], bytes: bytes)
  }

  public mutating func add(_ name: String, _ values: [Int32], shape: [Int]? = nil) {
    precondition((shape ?? [values.count]).reduce(1, *) == values.count, "shape does not hold \(values.count) values")
    let bytes = values.withUnsafeBytes { Data($0) }
    entries[name] = Entry(type: .int32, shape: shape ?? [values.count], bytes: bytes)
  }

  public mutating func add(_ name: String, bytes: [UInt8], shape: [Int]? = nil) {
    precondition((shape ?? [bytes.count]).reduce(1, *) == bytes.count, "shape does not hold \(bytes.count) bytes")
    entries[name] = Entry(type: .uint8, shape: shape ?? [bytes.count], bytes: Data(bytes))
  }

  /// The array `name` as floats, or a `Problem.badData` if it is missing, of another type or of another length.
  public func floats(_ name: String, count: Int? = nil, file: String) throws -> [Float] {
    let entry = try entry(name, .float32, count, file)
    return [Float](unsafeUninitializedCapacity: entry.bytes.count / 4) { buffer, initialized in
      initialized = entry.bytes.copyBytes(to: buffer) / 4
    }
  }

  public func bytes(_ name: String, count: Int? = nil, file: String) throws -> [UInt8] {
    [UInt8](try entry(name, .uint8, count, file).bytes)
  }

  private func entry(_ name: String, _ type: ElementType, _ count: Int?, _ file: String) throws -> Entry {
    guard let entry = entries[name] else {
      throw Self.damaged(file, "holds no array '\(name)' (it has \(entries.keys.sorted().joined(separator: ", ")))")
    }
    let found = entry.bytes.count / entry.type.byteCount
    guard entry.type == type, count == nil || count == found else {
      throw Self.damaged(
        file, "holds '\(name)' as \(found) \(entry.type.rawValue), where \(count ?? found) \(type.rawValue) belong")
    }
    return entry
  }
}

extension SafetensorsFile {
  private struct Header: Codable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]
    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  /// The file's bytes: equal contents give equal bytes (names in order, keys sorted). The metadata begin with the digest of
  /// them all, which `metadata` does not have.
  public func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var offset = 0
    let about = String(decoding: try encoder.encode(metadata).dropFirst(), as: UTF8.self)
    var parts = ["\"__metadata__\":{" + Seal.blank + (metadata.isEmpty ? "" : ",") + about]
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
      let header = Header(
        dtype: entry.type.rawValue, shape: entry.shape, offsets: [offset, offset + entry.bytes.count])
      offset += entry.bytes.count
      let key = String(decoding: try encoder.encode(name), as: UTF8.self)
      parts.append(key + ":" + String(decoding: try encoder.encode(header), as: UTF8.self))
    }
    var text = Data(("{" + parts.joined(separator: ",") + "}").utf8)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    var data = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    data.append(text)
    for (_, entry) in entries.sorted(by: { $0.key < $1.key }) { data.append(entry.bytes) }
    Seal.close(&data, header: 8..<8 + text.count)
    return data
  }

  public func write(to url: URL) throws { try AtomicFile.write(encoded(), to: url) }

  /// - Throws: `Problem.missingInput` if there is no such file, `Problem.badData` if it is no whole safetensors file.
  public init(contentsOf url: URL) throws {
    try self.init(try Problem.content(of: url), file: url.lastPathComponent)
  }

  public init(_ data: Data, file: String) throws {
    let data = Data(data)
    guard data.count >= 8 else { throw Self.damaged(file, "is only \(data.count) bytes long") }
    let length = data.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * $1.offset) }
    guard length >= 2, length <= UInt64(data.count - 8) else {
      throw Self.damaged(file, "promises a header of \(length) bytes but has \(data.count - 8)")
    }
    let body = data.dropFirst(8 + Int(length))
    guard
      let object = try? JSONSerialization.jsonObject(with: data[8..<8 + Int(length)]) as? [String: Any]
    else { throw Self.damaged(file, "has a header that is not JSON") }
    guard Seal.state(of: data, header: 8..<8 + Int(length)) != .wrong else {
      throw Self.damaged(file, "does not have the digest that it states")
    }
    metadata = object["__metadata__"] as? [String: String] ?? [:]
    metadata["sha256"] = nil
    let places = try object.filter { $0.key != "__metadata__" }.map { try Place($0.key, $0.value, body.count, file) }
    try Self.checkCover(places, body.count, file)
    for place in places {
      let start = body.startIndex + place.range.lowerBound
      entries[place.name] = Entry(
        type: place.type, shape: place.shape, bytes: Data(body[start..<start + place.range.count]))
    }
  }

  /// Refuses arrays that share bytes, which would let a small file ask for any amount of memory, and bytes of no array, as the
  /// format does.
  private static func checkCover(_ places: [Place], _ count: Int, _ file: String) throws {
    var end = 0, last = ""
    let inOrder = places.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for place in inOrder {
      guard place.range.lowerBound >= end else {
        throw damaged(file, "holds arrays that overlap: '\(last)' and '\(place.name)'")
      }
      guard place.range.lowerBound == end else {
        throw damaged(file, "has \(place.range.lowerBound - end) bytes before '\(place.name)' that belong to no array")
      }
      (end, last) = (place.range.upperBound, place.name)
    }
    guard end == count else { throw damaged(file, "has \(count - end) bytes at its end that belong to no array") }
  }

  /// Where a header places an array.
  private struct Place {
    var name: String
    var type: ElementType
    var shape: [Int]
    var range: Range<Int>

    init(_ name: String, _ value: Any, _ bodyCount: Int, _ file: String) throws {
      guard let fields = value as? [String: Any], let typeName = fields["dtype"] as? String,
        let shape = fields["shape"] as? [Int], let offsets = fields["data_offsets"] as? [Int], offsets.count == 2
      else { throw damaged(file, "has a malformed entry '\(name)'") }
      guard let type = ElementType(rawValue: typeName) else {
        throw damaged(file, "stores '\(name)' as \(typeName), which Tombola does not read")
      }
      guard 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= bodyCount else {
        throw damaged(file, "places '\(name)' at bytes \(offsets) of \(bodyCount): it is truncated or forged")
      }
      var count = type.byteCount
      for dimension in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
        guard dimension >= 0, !overflow else { throw damaged(file, "gives '\(name)' the impossible shape \(shape)") }
        count = product
      }
      guard count == offsets[1] - offsets[0] else {
        throw damaged(file, "gives '\(name)' the shape \(shape) but \(offsets[1] - offsets[0]) bytes")
      }
      (self.name, self.type, self.shape, range) = (name, type, shape, offsets[0]..<offsets[1])
    }
  }

  static func damaged(_ file: String, _ what: String) -> Problem {
    .badData("\(file) \(what).", remedy: "It is no complete safetensors file; make it again or take another copy.")
  }
}
