import Basics

/// The formats of elements in IDX and NPY files.
enum ElementType: Equatable {
  case bool, uint8, int8, uint16, int16, uint32, int32, uint64, int64, float16, float32, float64
  /// Words of that many code points, or bytes, filled up with zeros.
  case unicode(Int), ascii(Int)

  var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .unicode(let length): 4 * length
    case .ascii(let length): length
    }
  }
}

/// An array as a file holds it: its raw bytes, C order.
package struct NumberArray {
  /// The file or archive entry, for messages.
  var name: String
  var remedy: String
  var type: ElementType
  var bigEndian: Bool
  var shape: [Int]
  var bytes: [UInt8]

  var count: Int { bytes.count / type.byteCount }

  /// The number of bytes that `shape` promises, or nil if a dimension is negative or any product of dimensions
  /// overflows, also of those beside a zero.
  static func byteCount(_ type: ElementType, _ shape: [Int]) -> Int? {
    var count = type.byteCount
    for dimension in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(dimension, 1))
      guard dimension >= 0, !overflow else { return nil }
      count = product
    }
    return shape.contains(0) ? 0 : count
  }

  var isText: Bool {
    switch type {
    case .unicode, .ascii: true
    default: false
    }
  }

  static func damaged(_ name: String, _ what: String, _ remedy: String) -> Problem {
    .badData("\(name) \(what).", remedy: remedy)
  }
}

// Decoding.
extension NumberArray {
  /// The elements as floats; text becomes zeros.
  func floats() -> [Float] {
    switch type {
    case .float32: integers(UInt32.self) { Float(bitPattern: $0) }
    case .int8: bytes.map { Float(Int8(bitPattern: $0)) }
    case .int16: integers(Int16.self) { Float($0) }
    case .uint16: integers(UInt16.self) { Float($0) }
    // Without an array of doubles between, which is large for images.
    case .int32: integers(Int32.self) { Float($0) }
    case .int64: integers(Int64.self) { Float(Double($0)) }
    case .float64: integers(UInt64.self) { Float(Double(bitPattern: $0)) }
    default: doubles().map { Float($0) }
    }
  }

  func doubles() -> [Double] {
    switch type {
    case .bool: bytes.map { $0 == 0 ? 0 : 1 }
    case .uint8: bytes.map { Double($0) }
    case .int8: bytes.map { Double(Int8(bitPattern: $0)) }
    case .uint16: integers(UInt16.self) { Double($0) }
    case .int16: integers(Int16.self) { Double($0) }
    case .uint32: integers(UInt32.self) { Double($0) }
    case .int32: integers(Int32.self) { Double($0) }
    case .uint64: integers(UInt64.self) { Double($0) }
    case .int64: integers(Int64.self) { Double($0) }
    case .float16: integers(UInt16.self) { Double(HalfFloat.binary16($0)) }
    case .float32: integers(UInt32.self) { Double(Float(bitPattern: $0)) }
    case .float64: integers(UInt64.self) { Double(bitPattern: $0) }
    case .unicode, .ascii: Array(repeating: 0, count: count)
    }
  }

  func integers<Integer: FixedWidthInteger, Value>(
    _: Integer.Type, _ convert: (Integer) -> Value
  ) -> [Value] {
    bytes.withUnsafeBytes { bytes in
      (0..<count).map { index in
        let raw = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Integer>.size, as: Integer.self)
        return convert(bigEndian ? Integer(bigEndian: raw) : Integer(littleEndian: raw))
      }
    }
  }
}
