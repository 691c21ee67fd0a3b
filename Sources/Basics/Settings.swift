/// A value that a setting can hold: it reads from, and prints as, one word of text.
public protocol SettingValue: Equatable, Sendable {
  init?(setting text: String)
  var settingText: String { get }
  /// What the word must look like, for error messages: "a whole number".
  static var settingForm: String { get }
  /// What to do about a word that cannot be read: `settingForm`, or what was probably meant.
  static func settingRemedy(for text: String) -> String
}

extension SettingValue {
  public static func settingRemedy(for text: String) -> String { "Give \(settingForm)." }
}

extension SettingValue where Self: LosslessStringConvertible {
  public init?(setting text: String) { self.init(text) }
  public var settingText: String { description }
}

extension Int: SettingValue { public static var settingForm: String { "a whole number" } }
extension Bool: SettingValue { public static var settingForm: String { "true or false" } }
extension Step: SettingValue { public static var settingForm: String { "a step such as 3ep, 500it or 120ep50it" } }
extension UInt64: SettingValue { public static var settingForm: String { "a whole number of at least 0" } }

extension Double: SettingValue {
  /// Reads a finite number; `nan` and `inf` are refused.
  public init?(setting text: String) {
    guard let value = Double(text), value.isFinite else { return nil }
    self = value
  }
  public var settingText: String { description }
  public static var settingForm: String { "a finite number" }
}

extension String: SettingValue {
  public init?(setting text: String) { self = text }
  public var settingText: String { self }
  public static var settingForm: String { "a word" }
}

/// One named setting of `Root`: how to read it, write it, and explain it.
public struct SettingField<Root: Sendable>: Sendable {
  public let key: String
  public let summary: String
  public let read: @Sendable (Root) -> String
  public let write: @Sendable (inout Root, String) throws -> Void

  /// - Parameter valid: what the value must fulfil, with the sentence that an error prints.
  public init<Value: SettingValue>(
    _ key: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ summary: String,
    valid: (rule: String, holds: @Sendable (Value) -> Bool)? = nil
  ) {
    self.key = key
    self.summary = summary
    read = { $0[keyPath: path].settingText }
    write = { root, text in
      guard let value = Value(setting: text) else {
        throw Problem.usage("\(key)=\(text) cannot be read.", remedy: Value.settingRemedy(for: text))
      }
      if let valid, !valid.holds(value) {
        throw Problem.usage("\(key)=\(text) is out of range.", remedy: "It must be \(valid.rule).")
      }
      root[keyPath: path] = value
    }
  }
}

extension SettingField {
  /// A setting of a part as one of the whole.
  public init<Part>(_ field: SettingField<Part>, in path: any WritableKeyPath<Root, Part> & Sendable) {
    key = field.key
    summary = field.summary
    read = { field.read($0[keyPath: path]) }
    write = { try field.write(&$0[keyPath: path], $1) }
  }
}

/// A type whose stored properties are settings: named, documented, parsed and hashed through one table.
public protocol Configurable: Sendable {
  init()
  static var fields: [SettingField<Self>] { get }
}

extension Configurable {
  /// Sets one setting from text.
  /// - Throws: `Problem.usage` naming the nearest valid keys or the form of the value.
  public mutating func set(_ key: String, to text: String) throws {
    guard let field = Self.fields.first(where: { $0.key == key }) else {
      throw Problem.usage(
        "There is no setting '\(key)'.", remedy: Suggestion.sentence(for: key, among: Self.fields.map(\.key)))
    }
    try field.write(&self, text)
  }

  /// Sets one setting from `key=value`.
  public mutating func apply(_ assignment: String) throws {
    guard let equals = assignment.firstIndex(of: "=") else {
      throw Problem.usage("'\(assignment)' is no assignment.", remedy: "Write key=value.")
    }
    try set(String(assignment[..<equals]), to: String(assignment[assignment.index(after: equals)...]))
  }

  /// All settings as text, in the table's order.
  public var assignments: [(key: String, value: String)] { Self.fields.map { ($0.key, $0.read(self)) } }

  /// The settings that differ from their defaults, in the table's order.
  public var changes: [(key: String, value: String)] {
    let plain = Self()
    return Self.fields.filter { $0.read(self) != $0.read(plain) }.map { ($0.key, $0.read(self)) }
  }

  /// The settings that differ from their defaults, as `key=value` lines sorted by key: what a run's identity is made of.
  /// A new setting whose default changes nothing leaves the identity of old runs as it was.
  public var canonicalText: String {
    changedLines.joined(separator: "\n")
  }

  /// The same as options of a command line, each with a space before it; empty if all are at their defaults.
  public var changesAsOptions: String { changedLines.map { " --set '\($0)'" }.joined() }

  private var changedLines: [String] { changes.map { "\($0.key)=\($0.value)" }.sorted() }
}
