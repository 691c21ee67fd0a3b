/// Binary arithmetic code (a range coder): an interval of whole numbers is split by whole counts, and bytes leave as soon as
/// they are known.
struct RangeEncoder {
  private(set) var bytes: [UInt8] = []
  private var low: UInt64 = 0
  private var range = UInt32.max

  /// A number of 0..<total, all alike; at most 2^17 of them.
  mutating func encode(_ value: Int, of total: Int) {
    let step = range / UInt32(total), skipped = step * UInt32(value)
    low += UInt64(skipped)
    range = value == total - 1 ? range - skipped : step
    normalise()
  }

  /// A bit that is set with the probability set / total, of which neither is certain.
  mutating func encode(_ bit: Bool, _ set: Int, of total: Int) {
    let bound = range / UInt32(total) * UInt32(set)
    if bit {
      range = bound
    } else {
      low += UInt64(bound)
      range -= bound
    }
    normalise()
  }

  /// The code: one more byte says which number of the last interval is meant.
  mutating func finish() -> [UInt8] {
    low = (low + 0xff_ffff) & ~0xff_ffff
    emit()
    return bytes
  }

  private mutating func normalise() {
    while range < 1 << 24 {
      emit()
      range <<= 8
    }
  }

  /// The highest of four bytes, after what has run over is carried into those before it.
  private mutating func emit() {
    if low >> 32 != 0 {
      var place = bytes.count - 1
      while bytes[place] == .max {
        bytes[place] = 0
        place -= 1
      }
      bytes[place] += 1
    }
    bytes.append(UInt8(truncatingIfNeeded: low >> 24))
    low = low << 8 & 0xffff_ffff
  }
}

/// Reads what `RangeEncoder` wrote. Any bytes give some numbers; behind the last byte stand zeros.
struct RangeDecoder {
  private let bytes: ArraySlice<UInt8>
  private var place: Int
  private var code: UInt32 = 0
  private var range = UInt32.max

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
    for _ in 0..<4 { read() }
  }

  mutating func decode(of total: Int) -> Int {
    let step = range / UInt32(total), value = min(code / step, UInt32(total - 1))
    code -= step * value
    range = value == total - 1 ? range - step * value : step
    normalise()
    return Int(value)
  }

  mutating func decode(_ set: Int, of total: Int) -> Bool {
    let bound = range / UInt32(total) * UInt32(set), bit = code < bound
    if bit {
      range = bound
    } else {
      code -= bound
      range -= bound
    }
    normalise()
    return bit
  }

  /// Whether exactly all bytes have been read: three more than there are, as the encoder keeps three to itself.
  var isExhausted: Bool { place == bytes.endIndex + 3 }

  private mutating func normalise() {
    while range < 1 << 24 {
      read()
      range <<= 8
    }
  }

  private mutating func read() {
    code = code << 8 | (place < bytes.endIndex ? UInt32(bytes[place]) : 0)
    place += 1
  }
}
