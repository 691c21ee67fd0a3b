import Foundation

/// Arrays of files that other programs wrote, whatever their numbers are.
extension SafetensorsFile {
  /// Every array in the order of names.
  public var tensors: [NamedTensor] {
    entries.sorted { $0.key < $1.key }.map { name, entry in
      let (values, isRounded) = entry.numbers
      return NamedTensor(name, shape: entry.shape, values, isRounded: isRounded)
    }
  }
}

extension SafetensorsFile.Entry {
  /// The numbers as floats of 32 bits, those that have none rounded to the nearest.
  var numbers: (values: [Float], isRounded: Bool) {
    switch type {
    case .float32: (each(UInt32.self, Float.init(bitPattern:)), false)
    case .float16: (each(UInt16.self, HalfFloat.binary16), false)
    case .bfloat16: (each(UInt16.self, HalfFloat.bfloat16), false)
    case .bool: (each(UInt8.self) { $0 == 0 ? 0 : 1 }, false)
    case .uint8: (each(UInt8.self) { Float($0) }, false)
    case .int8: (each(Int8.self) { Float($0) }, false)
    case .uint16: (each(UInt16.self) { Float($0) }, false)
    case .int16: (each(Int16.self) { Float($0) }, false)
    case .uint32: integers(UInt32.self)
    case .int32: integers(Int32.self)
    case .uint64: integers(UInt64.self)
    case .int64: integers(Int64.self)
    case .float64:
      rounded(each(UInt64.self, Double.init(bitPattern:)), isExact: { Double($1) == $0 || $0.isNaN }) { Float($0) }
    }
  }

  private func integers<Integer: FixedWidthInteger>(_ type: Integer.Type) -> (values: [Float], isRounded: Bool) {
    rounded(each(type) { $0 }, isExact: { Integer(exactly: $1) == $0 }) { Float($0) }
  }

  private func rounded<Number>(_ numbers: [Number], isExact: (Number, Float) -> Bool, _ float: (Number) -> Float) -> (
    values: [Float], isRounded: Bool
  ) {
    let values = numbers.map(float)
    return (values, !zip(numbers, values).allSatisfy(isExact))
  }

  private func each<Integer: FixedWidthInteger, Value>(_: Integer.Type, _ convert: (Integer) -> Value) -> [Value] {
    bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: MemoryLayout<Integer>.size).map {
        convert(Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Integer.self)))
      }
    }
  }
}
