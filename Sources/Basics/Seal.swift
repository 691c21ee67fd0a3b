import Foundation

/// The digest that a file carries of itself: 64 hexadecimal digits behind the key `sha256`, those of all its bytes with
/// zeros in the digits' place. Files of older versions carry none.
enum Seal {
  enum State { case none, right, wrong }

  /// What stands in a file before it is sealed.
  static let blank = #""sha256":""# + zeros + #"""#
  private static let key = Array(#""sha256""#.utf8), zeros = String(repeating: "0", count: 64)

  /// Puts the digest in place of the zeros.
  static func close(_ data: inout Data, header: Range<Int>) {
    guard let place = place(in: data, header) ?? nil else { preconditionFailure("nothing to seal") }
    data.replaceSubrange(place, with: digest(data, without: place).utf8)
  }

  /// - Parameter header: Where the key can stand.
  static func state(of data: Data, header: Range<Int>) -> State {
    guard let found = place(in: data, header) else { return .none }
    guard let place = found else { return .wrong }
    return data[place].elementsEqual(digest(data, without: place).utf8) ? .right : .wrong
  }

  /// Where the digits are; `.some(nil)` if something else stands behind the key.
  private static func place(in data: Data, _ header: Range<Int>) -> Range<Int>?? {
    data.withUnsafeBytes { bytes -> Range<Int>?? in
      guard var at = end(of: key, in: bytes, header) else { return isNearly(key, in: bytes, header) ? .some(nil) : nil }
      for mark in ":\"".utf8 {
        while at < header.upperBound, bytes[at] == UInt8(ascii: " ") { at += 1 }
        guard at < header.upperBound, bytes[at] == mark else { return .some(nil) }
        at += 1
      }
      let end = at + zeros.utf8.count
      return end < header.upperBound && bytes[end] == UInt8(ascii: "\"") ? .some(at..<end) : .some(nil)
    }
  }

  /// The place behind the first occurrence of a key, which begins with a quotation mark.
  private static func end(of key: [UInt8], in bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    var at = range.lowerBound
    while let found = memchr(base + at, Int32(key[0]), range.upperBound - at) {
      at = UnsafeRawPointer(found) - base
      guard at + key.count <= range.upperBound else { return nil }
      if memcmp(found, key, key.count) == 0 { return at + key.count }
      at += 1
    }
    return nil
  }

  /// Whether the key stands there but for one byte: then the file has lost it, and is not of an older version.
  private static func isNearly(_ key: [UInt8], in bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    guard range.count >= key.count else { return false }
    return (range.lowerBound...range.upperBound - key.count).contains { at in
      key.indices.count { key[$0] != bytes[at + $0] } == 1
    }
  }

  private static func digest(_ data: Data, without place: Range<Int>) -> String {
    var stream = DigestStream()
    data.withUnsafeBytes { bytes in
      stream.add(UnsafeRawBufferPointer(rebasing: bytes[..<place.lowerBound]))
      stream.add(zeros)
      stream.add(UnsafeRawBufferPointer(rebasing: bytes[place.upperBound...]))
    }
    return stream.finish()
  }
}
