import Foundation

/// The file beside an ML Program that holds its large constants (coremltools, `mlmodel/src/MILBlob/Blob/StorageFormat.hpp`).
///
/// A header of 64 bytes (number of blobs, version 2), then for every blob a record of 64 bytes (sentinel, type of elements, bytes, offset
/// of its data) and its data, each at a multiple of 64 bytes; little-endian.
struct WeightFile {
  /// Types of elements by their number in the format (`BlobDataType.hpp`).
  enum ElementType: UInt32 {
    case float32 = 2, uint8 = 3
  }

  static let alignment = 64
  private static let version: UInt32 = 2
  private static let sentinel: UInt32 = 0xDEAD_BEEF
  private var blobs = Data()
  private var count: UInt32 = 0

  init() {}

  var data: Data {
    var data = Self.bytes([count, Self.version])
    data.append(Data(count: Self.alignment - data.count))
    return data + blobs
  }

  /// - Returns: The offset of the blob's record, by which a program names it.
  mutating func add(_ content: Data, _ type: ElementType) -> UInt64 {
    blobs.append(Data(count: (Self.alignment - blobs.count % Self.alignment) % Self.alignment))
    let offset = Self.alignment + blobs.count
    var record = Self.bytes([Self.sentinel, type.rawValue])
    record.append(Self.bytes([UInt64(content.count), UInt64(offset + Self.alignment)]))
    record.append(Data(count: Self.alignment - record.count))
    blobs.append(record)
    blobs.append(content)
    count += 1
    return UInt64(offset)
  }

  static func bytes<Value: FixedWidthInteger>(_ values: [Value]) -> Data {
    values.map(\.littleEndian).withUnsafeBytes { Data($0) }
  }
}
