public import Basics

/// What stands before the decimals of a table's numbers.
public enum DecimalMark: String, CaseIterable, Sendable, SettingValue {
  /// Points, or commas where a table has commas in its numbers that part no thousands.
  case auto
  case point, comma
}

/// Whether a table's first line holds the names of its columns.
public enum TableHeader: String, CaseIterable, Sendable, SettingValue {
  case auto, yes, no
}

/// The fields of tables as numbers.
enum TableNumber {
  /// What stands for a value that nobody knows.
  private static let missing: Set<String> = ["", "na", "n/a", "#n/a", "<na>", "nan", "null", "?"]

  static func isMissing(_ text: String) -> Bool { text.utf8.count < 6 && missing.contains(text.lowercased()) }

  /// Whether it is written with figures, as a number or a truth value.
  static func isLike(_ text: String) -> Bool {
    decimal(text) != nil || truth(text) != nil
      || text.utf8.contains(UInt8(ascii: ",")) && decimal(text.replacing(",", with: "")) != nil
  }

  /// A finite number, or a truth value.
  ///
  /// - Parameter mark: `.comma`, or anything else for points.
  static func value(_ text: String, _ mark: DecimalMark) -> Float? {
    guard mark == .comma else { return decimal(text) ?? truth(text) }
    return text.utf8.contains(UInt8(ascii: ".")) ? nil : decimal(text.replacing(",", with: ".")) ?? truth(text)
  }

  static func truth(_ text: String) -> Float? {
    guard let first = text.utf8.first, [UInt8(ascii: "t"), UInt8(ascii: "f")].contains(first | 0x20) else { return nil }
    return ["true": 1, "false": 0][text.lowercased()]
  }

  /// Hexadecimal numbers are words here.
  private static func decimal(_ text: String) -> Float? {
    guard let value = Float(text), value.isFinite, !text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "x") }) else {
      return nil
    }
    return value
  }

  /// A whole number, also one written with decimals that are zero.
  static func whole(_ text: String, _ mark: DecimalMark) -> Int? {
    if let value = Int(text) { return value }
    guard value(text, mark) != nil, truth(text) == nil else { return nil }
    return Double(mark == .comma ? text.replacing(",", with: ".") : text).flatMap { Int(exactly: $0) }
  }

  /// Whether a comma in it can only begin decimals: `0,5`.
  static func hasDecimalComma(_ text: String) -> Bool {
    isLike(text) && !text.utf8.contains(UInt8(ascii: ".")) && !mayGroup(text)
  }

  /// Whether a comma in it may part thousands: `1,234`.
  static func mayGroup(_ text: String) -> Bool { text.wholeMatch(of: /[+-]?[1-9]\d{0,2}(,\d{3})+/) != nil }
}
