import Basics
import Database
import Foundation

/// Conditions on settings and figures of a run, all of which must hold: `model=resnet20 density<10`.
///
/// A condition is KEY OPERATOR VALUE without spaces. `=` and `!=` take any value, several with `|` between them, and
/// asterisks for any stretch of text; `<`, `<=`, `>` and `>=` take a number, and hold only for values that are numbers.
package struct RunFilter: Equatable, Sendable {
  package enum Relation: String, CaseIterable, Sendable {
    case atMost = "<="
    case atLeast = ">="
    case different = "!="
    case equal = "="
    case below = "<"
    case above = ">"

    package var isOrder: Bool { self != .equal && self != .different }
  }

  package struct Condition: Equatable, Sendable {
    package var key: String
    package var relation: Relation
    /// Alternatives of `=` and `!=`; a single number for the others.
    package var values: [String]
  }

  package var conditions: [Condition]

  package init(_ conditions: [Condition] = []) { self.conditions = conditions }

  /// Reads conditions with spaces between them.
  ///
  /// - Parameters:
  ///   - keys: The keys there are.
  ///   - figures: Of these those that tables show in percent, in which their conditions are: `density<10`, `gap>-0.5%`.
  /// - Throws: `Problem.usage` naming what cannot be read, or the nearest keys.
  package init(_ texts: [String], keys: [String], inPercent figures: Set<String> = []) throws {
    conditions = try texts.flatMap { $0.split(whereSeparator: \.isWhitespace) }
      .map { try Self.condition(String($0), keys: keys, inPercent: figures) }
  }

  private static func condition(
    _ text: String, keys: [String], inPercent figures: Set<String>
  ) throws -> Condition {
    guard let start = text.firstIndex(where: { "<>=!".contains($0) }),
      let relation = Relation.allCases.first(where: { text[start...].hasPrefix($0.rawValue) })
    else {
      throw Problem.usage("'\(text)' is no condition.", remedy: "Write it like model=lenet-300-100 or 'density<10'.")
    }
    let key = String(text[..<start]), value = String(text[start...].dropFirst(relation.rawValue.count))
    guard keys.contains(key) else {
      throw Problem.usage(
        "There is nothing named '\(key)' to filter by.", remedy: Suggestion.sentence(for: key, among: keys))
    }
    var values =
      relation.isOrder ? [value] : value.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    if figures.contains(key) { values = values.map(Self.share) }
    guard !relation.isOrder || Double(values[0])?.isFinite == true else {
      throw Problem.usage("'\(text)' compares with no number.", remedy: "Use = and != for words.")
    }
    return Condition(key: key, relation: relation, values: values)
  }

  /// Whether all conditions hold of values by key; a missing value fulfils `!=` alone.
  package func holds(_ value: (String) -> String?) -> Bool {
    conditions.allSatisfy { $0.holds(value($0.key)) }
  }
}

extension RunFilter {
  /// A percentage, perhaps with its sign, as a share; other words stay as they are.
  private static func share(_ text: String) -> String {
    Double(text.hasSuffix("%") ? String(text.dropLast()) : text).map { "\($0 / 100)" } ?? text
  }
}

extension RunFilter.Condition {
  func holds(_ value: String?) -> Bool {
    guard let value else { return relation == .different }
    switch relation {
    case .equal: return values.contains { Self.matches(value, $0) }
    case .different: return !values.contains { Self.matches(value, $0) }
    default: break
    }
    guard let number = Self.number(value), let bound = Double(values[0]) else { return false }
    switch relation {
    case .below: return number < bound
    case .above: return number > bound
    case .atMost: return number <= bound
    default: return number >= bound
    }
  }

  private static func number(_ text: String) -> Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }

  /// Equal numbers are equal however they are written.
  private static func matches(_ value: String, _ pattern: String) -> Bool {
    if pattern.contains("*") { return Glob.matches(value, pattern) }
    if let a = number(value), let b = number(pattern) { return a == b }
    return value == pattern
  }

  /// The condition on columns of an index in which numbers stand as numbers.
  func indexed(_ columns: [String]) -> IndexTable.Condition {
    if relation.isOrder { return IndexTable.Condition(columns, .number(relation.rawValue, .number(values[0]))) }
    let plain = values.filter { !$0.contains("*") }.map(SQLValue.number), patterns = values.filter { $0.contains("*") }
    return IndexTable.Condition(
      columns, relation == .equal ? .one(of: plain, patterns: patterns) : .none(of: plain, patterns: patterns))
  }
}

/// Patterns in which an asterisk stands for any stretch of text, and nothing else is special.
enum Glob {
  static func matches(_ text: String, _ pattern: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return text == pattern }
    guard text.hasPrefix(parts[0]), text.count >= parts[0].count + parts.last!.count, text.hasSuffix(parts.last!) else {
      return false
    }
    var rest = text.dropFirst(parts[0].count).dropLast(parts.last!.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }
}

extension SQLValue {
  /// A number where the text is one, else the text: so that numbers compare as numbers.
  static func number(_ text: String) -> SQLValue {
    if let value = Int64(text) { return .integer(value) }
    if let value = Double(text), value.isFinite { return .real(value) }
    return .text(text)
  }

  /// The text that a setting had.
  var settingText: String? {
    switch self {
    case .null: nil
    case .integer(let value): String(value)
    case .real(let value): value.description
    case .text(let value): value
    }
  }
}
