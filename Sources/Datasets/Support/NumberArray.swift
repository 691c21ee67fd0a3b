import Basics

/// The number formats of IDX and NPY files.
enum ElementType: Equatable {
  case bool, uint8, int8, uint16, int16, uint32, int32, uint64, int64, float16, float32, float64

  var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }
}

/// An array as a file holds it: its raw bytes, C order.
struct NumberArray {
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

  /// Unsigned bytes and truth values stay bytes; everything else becomes floats.
  func pixels() -> Pixels {
    switch type {
    case .bool: .bytes(bytes.map { $0 == 0 ? 0 : 1 })
    case .uint8: .bytes(bytes)
    default: .floats(floats())
    }
  }

  /// What one unit of `pixels()` is worth: bytes are taken for images with values p/255.
  var pixelScale: Float { type == .uint8 ? 1 / 255 : 1 }

  /// Class indices: whole numbers, also when stored as floats, one per sample.
  /// - Throws: `Problem.badData` naming the first sample whose label is no whole number that 32 bits can hold.
  func labels() throws -> [Int32] {
    guard shape.count == 1 || shape.count == 2 && shape[1] == 1 else {
      throw Self.damaged(name, "holds labels of shape \(shape), where one number per sample belongs", remedy)
    }
    let values = doubles()
    if let index = values.firstIndex(where: { Int32(exactly: $0) == nil }) {
      throw Self.damaged(name, "labels sample \(index) as \(values[index]), which is no class index", remedy)
    }
    return values.map { Int32($0) }
  }

  static func damaged(_ name: String, _ what: String, _ remedy: String) -> Problem {
    .badData("\(name) \(what).", remedy: remedy)
  }
}

// Decoding.
extension NumberArray {
  private func floats() -> [Float] {
    switch type {
    case .float32: integers(UInt32.self) { Float(bitPattern: $0) }
    case .int8: bytes.map { Float(Int8(bitPattern: $0)) }
    case .int16: integers(Int16.self) { Float($0) }
    case .uint16: integers(UInt16.self) { Float($0) }
    default: doubles().map { Float($0) }
    }
  }

  private func doubles() -> [Double] {
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
    case .float16: integers(UInt16.self, Self.half)
    case .float32: integers(UInt32.self) { Double(Float(bitPattern: $0)) }
    case .float64: integers(UInt64.self) { Double(bitPattern: $0) }
    }
  }

  private func integers<Integer: FixedWidthInteger, Value>(
    _: Integer.Type, _ convert: (Integer) -> Value
  ) -> [Value] {
    bytes.withUnsafeBytes { bytes in
      (0..<count).map { index in
        let raw = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Integer>.size, as: Integer.self)
        return convert(bigEndian ? Integer(bigEndian: raw) : Integer(littleEndian: raw))
      }
    }
  }

  /// IEEE 754 binary16; written out because `Float16` is missing from Swift on Intel Macs.
  static func half(_ bits: UInt16) -> Double {
    let sign: Double = bits >> 15 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 31), fraction = Double(bits & 1023)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1 + fraction / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }
}
