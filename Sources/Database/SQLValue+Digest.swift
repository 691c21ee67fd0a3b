extension SQLValue {
  /// FNV-1a over values, each with its kind before it.
  static func digest(_ values: [SQLValue]) -> Int64 {
    var hash = 0xCBF2_9CE4_8422_2325 as UInt64
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    func add(_ kind: UInt8, _ bits: UInt64) {
      add(kind)
      for shift in 0..<8 { add(UInt8(truncatingIfNeeded: bits >> (8 * UInt64(shift)))) }
    }
    for value in values {
      switch value {
      case .null: add(0)
      case .integer(let value): add(1, UInt64(bitPattern: value))
      case .real(let value): add(2, value.bitPattern)
      case .text(let value):
        add(3, UInt64(value.utf8.count))
        value.utf8.forEach { add($0) }
      }
    }
    return Int64(bitPattern: hash)
  }
}
