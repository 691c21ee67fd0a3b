extension RunLengthMask {
  /// Why run lengths are not those of a mask.
  public enum RunFault: Error, Equatable {
    /// A character outside of "0" to "o", or an end within a number.
    case text
    case negative
    /// The lengths add up to something else than the pixels.
    case sum(Int, pixels: Int)
  }

  /// A mask of lengths that someone gave.
  ///
  /// - Parameters:
  ///   - height: With `width`, at most 2^31 - 1 pixels.
  public init(height: Int, width: Int, checking lengths: [Int]) throws(RunFault) {
    let pixels = height * width
    guard lengths.allSatisfy({ $0 >= 0 }) else { throw .negative }
    var sum = 0
    for length in lengths {
      // Saturated: lengths are as large as a file likes.
      sum = sum.addingReportingOverflow(length).overflow ? Int.max : sum + length
    }
    guard sum == pixels else { throw .sum(sum, pixels: pixels) }
    self.init(height: height, width: width, counts: lengths.map { UInt32($0) })
  }

  /// A mask from COCO's compressed text: five bits a character from "0" on, the sixth says that more follow; the sign is the
  /// last one's highest bit. From the fourth number on each is the difference to the one two before.
  public init(height: Int, width: Int, text: String) throws(RunFault) {
    var lengths: [Int] = [], value = 0, shift = 0
    for byte in text.utf8 {
      guard (48..<112).contains(byte), shift < 60 else { throw .text }
      let bits = Int(byte) - 48
      value |= (bits & 0x1F) << shift
      shift += 5
      guard bits & 0x20 == 0 else { continue }
      if bits & 0x10 != 0 { value |= -1 << shift }
      lengths.append(lengths.count > 2 ? value &+ lengths[lengths.count - 2] : value)
      (value, shift) = (0, 0)
    }
    guard shift == 0 else { throw .text }
    try self.init(height: height, width: width, checking: lengths)
  }

  /// The mask in COCO's compressed text.
  public var text: String {
    var bytes: [UInt8] = []
    for (i, count) in counts.enumerated() {
      var value = Int(count) - (i > 2 ? Int(counts[i - 2]) : 0), isMore = true
      while isMore {
        let bits = value & 0x1F
        value >>= 5
        isMore = bits & 0x10 != 0 ? value != -1 : value != 0
        bytes.append(UInt8(bits + (isMore ? 0x20 : 0) + 48))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
