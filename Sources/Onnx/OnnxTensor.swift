import Basics
import Foundation

/// A constant of a graph: its dimensions, and its numbers in row-major order.
public struct OnnxTensor: Equatable, Sendable {
  public enum Values: Equatable, Sendable {
    /// Of float, double, float16 and bfloat16; double is rounded.
    case floats([Float])
    /// Of all types of whole numbers up to 64 bits, and of bool.
    case integers([Int64])
    /// Of a type that networks of this package have no use for, by its name.
    case unreadable(String)
  }

  public var dimensions: [Int]
  public var values: Values

  public init(_ dimensions: [Int], _ values: Values) {
    self.dimensions = dimensions
    self.values = values
  }

  public var count: Int { dimensions.reduce(1, *) }
  public var floats: [Float]? { if case .floats(let values) = values { values } else { nil } }
  public var integers: [Int64]? { if case .integers(let values) = values { values } else { nil } }
}

/// Types of elements by their number in the format (TensorProto.DataType).
enum OnnxElementType: Int32 {
  case float = 1, uint8, int8, uint16, int16, int32, int64, string, bool, float16, double, uint32, uint64
  case bfloat16 = 16

  /// Of one element in `raw_data`; `nil` for those that are not read.
  var byteCount: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float, .int32, .uint32: 4
    case .double, .int64, .uint64: 8
    case .string: nil
    }
  }

  /// The numbers of little-endian bytes.
  ///
  /// - Precondition: `bytes` has `byteCount` bytes for every element.
  func values(raw bytes: Data) -> OnnxTensor.Values {
    switch self {
    case .float: .floats(Self.elements(bytes, UInt32.self).map { Float(bitPattern: $0) })
    case .double: .floats(Self.elements(bytes, UInt64.self).map { Float(Double(bitPattern: $0)) })
    case .float16: .floats(Self.elements(bytes, UInt16.self).map(HalfFloat.binary16))
    case .bfloat16: .floats(Self.elements(bytes, UInt16.self).map(HalfFloat.bfloat16))
    case .uint8, .bool: .integers(bytes.map { Int64($0) })
    case .int8: .integers(bytes.map { Int64(Int8(bitPattern: $0)) })
    case .uint16: .integers(Self.elements(bytes, UInt16.self).map { Int64($0) })
    case .int16: .integers(Self.elements(bytes, Int16.self).map { Int64($0) })
    case .uint32: .integers(Self.elements(bytes, UInt32.self).map { Int64($0) })
    case .int32: .integers(Self.elements(bytes, Int32.self).map { Int64($0) })
    case .uint64, .int64: .integers(Self.elements(bytes, Int64.self))
    case .string: .unreadable("string")
    }
  }

  /// The numbers of the field `int32_data`, which holds the bits of small types.
  func values(int32 values: [Int32]) -> OnnxTensor.Values {
    switch self {
    case .float16: .floats(values.map { HalfFloat.binary16(UInt16(truncatingIfNeeded: $0)) })
    case .bfloat16: .floats(values.map { HalfFloat.bfloat16(UInt16(truncatingIfNeeded: $0)) })
    default: .integers(values.map { Int64($0) })
    }
  }

  private static func elements<Element: FixedWidthInteger>(_ bytes: Data, _ type: Element.Type) -> [Element] {
    let size = MemoryLayout<Element>.size
    return [Element](unsafeUninitializedCapacity: bytes.count / size) { buffer, initialized in
      initialized = bytes.copyBytes(to: buffer) / size
      for i in 0..<initialized { buffer[i] = Element(littleEndian: buffer[i]) }
    }
  }
}
