import Basics
import Foundation

/// Reads IDX, the format of MNIST: two zero bytes, a type byte, the number of dimensions, the dimensions as big-endian
/// 32-bit numbers, then the big-endian elements. Described at http://yann.lecun.com/exdb/mnist/; plain or gzip.
package enum IDXFile {
  static func read(_ url: URL, remedy: String) throws -> NumberArray {
    try read(ContentReader(file: url, remedy: remedy))
  }

  package static func read(_ reader: ContentReader) throws -> NumberArray {
    let magic = try reader.read(4, promise: "an IDX file starts with a header of at least 8")
    guard magic[0] == 0, magic[1] == 0, magic[3] > 0, let type = types[magic[2]] else {
      throw reader.damaged("starts with the bytes \(magic), which no IDX file does")
    }
    let shape = try dimensions(Int(magic[3]), reader)
    guard let count = NumberArray.byteCount(type, shape) else {
      throw reader.damaged("promises the impossible shape \(shape)")
    }
    return NumberArray(
      name: reader.name, remedy: reader.remedy, type: type, bigEndian: true, shape: shape,
      bytes: try content(count, reader))
  }

  private static let types: [UInt8: ElementType] = [
    0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
  ]

  private static func dimensions(_ count: Int, _ reader: ContentReader) throws -> [Int] {
    let bytes = try reader.read(4 * count, promise: "its header needs \(4 + 4 * count)")
    return (0..<count).map { i in bytes[4 * i..<4 * i + 4].reduce(0) { $0 << 8 | Int($1) } }
  }

  /// The message counts the whole file, header included, as a listing of the folder would.
  private static func content(_ count: Int, _ reader: ContentReader) throws -> [UInt8] {
    let (total, overflow) = count.addingReportingOverflow(reader.readCount)
    let promise = "its header promises \(overflow ? "more than memory holds" : grouped(total))"
    let bytes = try reader.read(count, promise: promise)
    try reader.expectEnd(promise: promise)
    return bytes
  }
}
