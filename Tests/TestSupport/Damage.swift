public import Lanes

/// One to four changes of a file: bits, bytes, lengths, pieces moved, doubled or lost.
public enum Damage {
  public static func once(_ bytes: [UInt8], _ random: inout RandomStream) -> [UInt8] {
    // Half of the files keep their length, and so what stands in the lengths of messages.
    var bytes = bytes
    let kinds = random.nextIndex(below: 2) == 0 ? 3 : 8
    for _ in 0...random.nextIndex(below: 4) {
      guard bytes.count > 1 else { return bytes }
      let place = random.nextIndex(below: bytes.count), other = random.nextIndex(below: bytes.count)
      let length = min(1 + random.nextIndex(below: 24), bytes.count - max(place, other))
      switch random.nextIndex(below: kinds) {
      case 0: bytes[place] ^= 1 << UInt8(random.nextIndex(below: 8))
      case 1: bytes[place] = UInt8(random.nextIndex(below: 256))
      case 2: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][random.nextIndex(below: 5)]
      case 3: bytes.removeSubrange(place..<place + length)
      case 4: bytes.insert(contentsOf: bytes[other..<other + length], at: place)
      case 5: bytes.replaceSubrange(place..<place + length, with: bytes[other..<other + length])
      case 6: bytes.removeLast(random.nextIndex(below: bytes.count))
      default: bytes.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF, 0x7F], at: place)
      }
    }
    return bytes
  }
}
