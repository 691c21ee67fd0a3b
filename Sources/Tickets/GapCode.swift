import Networks

/// A mask as the gaps between its survivors, in Rice code: near the mask's entropy when few weights are left.
///
/// Rice (1979): a gap is its quotient by 2^k in unary, then k low bits. The first byte is k, the next four count the
/// survivors, lowest byte first.
enum GapCode {
  static func encode(_ keeps: [Bool]) -> [UInt8] {
    var gaps: [Int] = [], last = -1
    for (i, keep) in keeps.enumerated() where keep {
      gaps.append(i - last - 1)
      last = i
    }
    let k = (0...24).min { size(gaps, $0) < size(gaps, $1) }!
    var bits = BitWriter()
    for gap in gaps {
      for _ in 0..<gap >> k { bits.append(1) }
      bits.append(0)
      for shift in stride(from: k - 1, through: 0, by: -1) { bits.append(UInt8(gap >> shift & 1)) }
    }
    let header = [UInt8(k)] + (0..<4).map { UInt8(truncatingIfNeeded: gaps.count >> (8 * $0)) }
    return header + bits.bytes
  }

  private static func size(_ gaps: [Int], _ k: Int) -> Int { gaps.reduce(0) { $0 + ($1 >> k) + 1 + k } }

  /// The mask, or `nil` where the bytes are no code of `count` entries.
  static func decode(_ bytes: [UInt8], count: Int) -> [Bool]? {
    guard bytes.count >= 5, bytes[0] <= 24 else { return nil }
    let k = Int(bytes[0]), survivors = (0..<4).reduce(0) { $0 | Int(bytes[1 + $1]) << (8 * $1) }
    guard survivors <= count else { return nil }
    var keeps = [Bool](repeating: false, count: count), bits = BitReader(bytes: bytes, position: 40), place = -1
    for _ in 0..<survivors {
      var gap = 0
      while let bit = bits.next(), bit == 1 { gap += 1 << k }
      for shift in stride(from: k - 1, through: 0, by: -1) {
        guard let bit = bits.next() else { return nil }
        gap |= Int(bit) << shift
      }
      place += gap + 1
      guard place < count else { return nil }
      keeps[place] = true
    }
    return bits.isExhausted ? keeps : nil
  }
}

extension Mask {
  /// Bytes of the mask as compact tickets hold it.
  package var codedBytes: Int { GapCode.encode(keeps).count }
}

private struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var count = 0

  mutating func append(_ bit: UInt8) {
    if count % 8 == 0 { bytes.append(0) }
    bytes[count / 8] |= bit << UInt8(count % 8)
    count += 1
  }
}

private struct BitReader {
  let bytes: [UInt8]
  var position: Int

  mutating func next() -> UInt8? {
    guard position < 8 * bytes.count else { return nil }
    defer { position += 1 }
    return bytes[position / 8] >> UInt8(position % 8) & 1
  }

  /// Whether fewer than eight bits are left, none of them set.
  var isExhausted: Bool {
    8 * bytes.count - position < 8
      && (position..<8 * bytes.count).allSatisfy { bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 0 }
  }
}
