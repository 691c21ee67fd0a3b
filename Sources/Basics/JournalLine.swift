import Foundation

/// What pages need of a line of a journal, read without making an object of it.
public struct JournalLine {
  public enum Kind: Sendable { case progress, trained, other }

  public var kind = Kind.other
  /// The last part of the stage's name, as UTF-8: `round-03.reinit`. Valid only while the line is being looked at.
  public var stage = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Not a number where the line has none.
  public var step = Double.nan
  public var steps = Double.nan
  public var validationLoss = Double.nan
  public var validationAccuracy = Double.nan

  /// Reads a line as `Journal` writes it; `nil` for one in another form, which may be as good.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    var scanner = Scanner(bytes: bytes), found = 0
    let isRead = scanner.object { scanner, key in
      if key.says("kind") {
        guard let name = scanner.string() else { return false }
        kind = Self.kind(name)
        found |= 1
      } else if key.says("stage") {
        guard let name = scanner.string() else { return false }
        stage = Self.last(name)
        found |= 2
      } else if key.says("time") {
        guard let time = scanner.number(), StoredRange.time.contains(time) else { return false }
        found |= 4
      } else if key.says("values") {
        found |= 8
        return readValues(&scanner)
      } else {
        return false
      }
      return true
    }
    guard isRead, found == 15, scanner.isAtEnd, isSound else { return nil }
  }

  private mutating func readValues(_ scanner: inout Scanner) -> Bool {
    scanner.object { scanner, key in
      guard let value = scanner.number() else { return false }
      // Whatever else there is, it is in the range of its name.
      var range = StoredRange.share
      if key.says("step") { (step, range) = (value, StoredRange.count) }
      if key.says("steps") { (steps, range) = (value, StoredRange.count) }
      if key.says("validationLoss") { (validationLoss, range) = (value, StoredRange.loss) }
      if key.says("validationAccuracy") { validationAccuracy = value }
      if key.says("validationSamples") || key.says("testSamples") { range = StoredRange.count }
      if key.says("seconds") { range = StoredRange.seconds }
      return range.contains(value)
    }
  }

  /// Steps are whole numbers that no sum of them overflows.
  private var isSound: Bool {
    [step, steps].allSatisfy { $0.isNaN || StoredRange.count.contains($0) && $0 == $0.rounded() }
  }

  /// The same of an event in any form; `nil` if its numbers cannot be what it says.
  init?(_ event: Event, stage: UnsafeRawBufferPointer) {
    self.stage = Self.last(stage)
    kind = event.kind == "progress" ? .progress : event.kind == "trained" ? .trained : .other
    step = event.values["step"] ?? .nan
    steps = event.values["steps"] ?? .nan
    validationLoss = event.values["validationLoss"] ?? .nan
    validationAccuracy = event.values["validationAccuracy"] ?? .nan
    guard isSound else { return nil }
  }

  private static func kind(_ name: UnsafeRawBufferPointer) -> Kind {
    name.says("progress") ? .progress : name.says("trained") ? .trained : .other
  }

  private static func last(_ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    guard let slash = name.lastIndex(of: UInt8(ascii: "/")) else { return name }
    return UnsafeRawBufferPointer(rebasing: name[(slash + 1)...])
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func says(_ word: StaticString) -> Bool {
    count == word.utf8CodeUnitCount && memcmp(baseAddress!, word.utf8Start, count) == 0
  }
}

/// JSON without spaces, of objects, plain strings and numbers: all that a journal's own lines have.
private struct Scanner {
  let bytes: UnsafeRawBufferPointer
  var at = 0

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { at == bytes.count }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  mutating func object(_ member: (inout Scanner, UnsafeRawBufferPointer) -> Bool) -> Bool {
    guard take("{") else { return false }
    if take("}") { return true }
    repeat {
      guard let key = string(), take(":"), member(&self, key) else { return false }
    } while take(",")
    return take("}")
  }

  /// What stands between quotation marks, with `\/` as it stands; no other escape and nothing beyond ASCII.
  mutating func string() -> UnsafeRawBufferPointer? {
    guard take("\"") else { return nil }
    let start = at
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\""):
        at += 1
        return UnsafeRawBufferPointer(rebasing: bytes[start..<at - 1])
      case UInt8(ascii: "\\"):
        guard at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "/") else { return nil }
        at += 2
      case 32..<127: at += 1
      default: return nil
      }
    }
    return nil
  }

  /// A number, right but perhaps for its last digit; whole ones up to 2^53 are exact.
  mutating func number() -> Double? {
    let isNegative = take("-")
    var mantissa: UInt64 = 0, digits = 0, exponent = 0
    guard at < bytes.count, isDigit else { return nil }
    let hasLeadingZero = bytes[at] == UInt8(ascii: "0"), start = at
    takeDigits(&mantissa, &digits)
    guard !hasLeadingZero || at == start + 1 else { return nil }
    if take(".") {
      let before = at
      takeDigits(&mantissa, &digits)
      guard at > before else { return nil }
      exponent = before - at
    }
    if take("e") || take("E") {
      let isBelow = take("-")
      if !isBelow { _ = take("+") }
      var power: UInt64 = 0, length = 0
      takeDigits(&power, &length)
      guard 1...3 ~= length else { return nil }
      exponent += isBelow ? -Int(power) : Int(power)
    }
    guard digits <= 19, -22...22 ~= exponent else { return nil }
    let value = exponent < 0 ? Double(mantissa) / Self.powers[-exponent] : Double(mantissa) * Self.powers[exponent]
    return isNegative ? -value : value
  }

  private var isDigit: Bool { 48...57 ~= bytes[at] }

  private mutating func takeDigits(_ value: inout UInt64, _ count: inout Int) {
    while at < bytes.count, isDigit {
      value = value &* 10 &+ UInt64(bytes[at] &- 48)
      (at, count) = (at + 1, count + 1)
    }
  }

  private static let powers = (0...22).map { Double("1e\($0)")! }
}
