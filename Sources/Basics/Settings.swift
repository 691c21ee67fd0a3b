import Foundation

/// A value that a setting can hold: it reads from, and prints as, one word of text.
public protocol SettingValue: Equatable, Sendable {
  init?(setting text: String)
  var settingText: String { get }
  /// What the word must look like, for error messages: "a whole number".
  static var settingForm: String { get }
  /// What to do about a word that cannot be read: `settingForm`, or what was probably meant.
  static func settingRemedy(for text: String) -> String
  /// Whether it holds several words with commas, which files may write as a list.
  static var isList: Bool { get }
}

extension SettingValue {
  public static func settingRemedy(for text: String) -> String { "Give \(settingForm)." }
  public static var isList: Bool { false }
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

/// A closed set of words.
extension SettingValue where Self: RawRepresentable<String> & CaseIterable {
  public init?(setting text: String) { self.init(rawValue: text) }
  public var settingText: String { rawValue }
  public static var settingForm: String { "one of \(allCases.map(\.rawValue).joined(separator: ", "))" }
}

/// A value that may be left out: then the word is empty.
extension Optional: SettingValue where Wrapped: SettingValue {
  public init?(setting text: String) {
    let value = Wrapped(setting: text)
    guard value != nil || text.isEmpty else { return nil }
    self = text.isEmpty ? .none : value
  }

  public var settingText: String { self?.settingText ?? "" }
  public static var settingForm: String { "\(Wrapped.settingForm), or nothing" }
  public static var isList: Bool { Wrapped.isList }
}

/// Words for a shell.
public enum Shell {
  /// In single quotes where a shell would read it in another way.
  public static func quoted(_ text: String) -> String {
    let plain =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || "-_=+.,:/@%".utf8.contains(byte)
      }
    return plain ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
  }
}

extension String: SettingValue {
  public init?(setting text: String) { self = text }
  public var settingText: String { self }
  public static var settingForm: String { "a word" }
}

/// What a setting is about: experiments take whole parts of the common settings.
public enum SettingPart: String, CaseIterable, Sendable {
  case data, network, training, robustness, pruning, scoring, moving, search
  /// A mask that is there already.
  case given
  /// What may end a training before its time.
  case stopping
  /// What is kept beside the result.
  case keeping
  /// Of one experiment alone.
  case own
}

/// One named setting of `Root`: how to read it, write it, and explain it; the option of a command as well.
public struct SettingField<Root: Sendable>: Sendable {
  /// What becomes of a setting in a run's identity.
  public enum Role: Sendable {
    /// Part of it.
    case identity
    /// No part of it: more of this adds to what the same run folder holds.
    case extent
    /// No part of it: where other settings come from, such as a preset or a ticket.
    case base
  }

  public let key: String
  public let summary: String
  /// `SettingValue.settingForm` with the rule that values must fulfil, and `isList`.
  public let form: String
  public let isList: Bool
  /// Whether it is true or false.
  public var isSwitch: Bool { form == Bool.settingForm }
  public var part = SettingPart.own
  public var role = Role.identity
  /// Whether a command's help lists it; options that it does not list are there as well.
  public var isMain = false
  /// Whether its words stand on the command line without a name before them.
  public var isArgument = false
  public let read: @Sendable (Root) -> String
  public let write: @Sendable (inout Root, String) throws -> Void

  /// - Parameters:
  ///   - part: what the setting is about.
  ///   - valid: what the value must fulfil, with the sentence that an error prints.
  public init<Value: SettingValue>(
    _ key: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ summary: String, of part: SettingPart = .own,
    valid: (rule: String, holds: @Sendable (Value) -> Bool)? = nil
  ) {
    self.key = key
    self.summary = summary
    self.part = part
    (form, isList) = (valid.map { "\(Value.settingForm), \($0.rule)" } ?? Value.settingForm, Value.isList)
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
  /// The same, listed by the command's help.
  public var main: SettingField { with { $0.isMain = true } }
  /// The same, outside of a run's identity; see `Role.extent`.
  public var extent: SettingField { with { $0.role = .extent } }
  /// The same, outside of a run's identity; see `Role.base`.
  public var base: SettingField { with { $0.role = .base } }
  /// The same, as words without a name on the command line.
  public var argument: SettingField { with { $0.isArgument = true } }

  public func with(_ change: (inout SettingField) -> Void) -> SettingField {
    var field = self
    change(&field)
    return field
  }

  /// A setting of a part as one of the whole.
  public init<Part>(_ field: SettingField<Part>, in path: any WritableKeyPath<Root, Part> & Sendable) {
    (key, summary, form, isList) = (field.key, field.summary, field.form, field.isList)
    (part, isMain, isArgument) = (field.part, field.isMain, field.isArgument)
    role = field.role == .extent ? .extent : field.role == .base ? .base : .identity
    read = { field.read($0[keyPath: path]) }
    write = { try field.write(&$0[keyPath: path], $1) }
  }
}

/// A type whose stored properties are settings: named, documented, parsed and hashed through one table.
public protocol Configurable: Sendable {
  init()
  static var fields: [SettingField<Self>] { get }
  /// Keys of common settings that mean nothing here; setting one is refused.
  static var inapplicable: Set<String> { get }
  /// What options and files are applied to, made from the values given for fields of `Role.base`.
  static func base(_ given: [String: String]) throws -> Self
  /// Files that are part of a run's identity by what they hold: key and path.
  var identityFiles: [(key: String, path: String)] { get }
  /// The settings that name a run, as text.
  var identity: String { get }
  /// Puts in place of names of files what these say, so that the settings say by themselves what they mean.
  mutating func spellOut() throws
}

extension Configurable {
  public static var inapplicable: Set<String> { [] }
  public static func base(_ given: [String: String]) throws -> Self { Self() }
  public var identityFiles: [(key: String, path: String)] { [] }
  public mutating func spellOut() throws {}

  /// The settings that differ from their defaults and, of files that they name, what those hold.
  public var identity: String {
    identityFiles.reduce(canonicalText) { text, file in
      guard let data = try? Data(contentsOf: URL(fileURLWithPath: file.path)) else { return text }
      return "\(text)\n\(file.key)-sha256=\(Digest.sha256(data))"
    }
  }

  /// All settings as text by key.
  public var texts: [String: String] { Dictionary(uniqueKeysWithValues: assignments.map { ($0.key, $0.value) }) }
}

extension Configurable {
  /// Sets one setting from text.
  /// - Throws: `Problem.usage` naming the nearest valid keys or the form of the value.
  public mutating func set(_ key: String, to text: String) throws {
    guard let field = Self.fields.first(where: { $0.key == key }) else {
      if Self.inapplicable.contains(key) {
        throw Problem.usage("The setting \(key) has no effect here.", remedy: "Leave \(key) out.")
      }
      throw Problem.usage(
        "There is no setting '\(key)'.", remedy: Suggestion.sentence(for: key, among: Self.fields.map(\.key)))
    }
    try field.write(&self, text)
  }

  /// Sets one setting from `key=value`.
  public mutating func apply(_ assignment: String) throws {
    let (key, text) = try Self.parted(assignment)
    try set(key, to: text)
  }

  /// Key and value of `key=value`.
  public static func parted(_ assignment: String) throws -> (key: String, text: String) {
    guard let equals = assignment.firstIndex(of: "=") else {
      throw Problem.usage("'\(assignment)' is no assignment.", remedy: "Write key=value.")
    }
    return (String(assignment[..<equals]), String(assignment[assignment.index(after: equals)...]))
  }

  /// What a file says of a setting: a word, or a list where the setting holds several.
  /// - Throws: `Problem.badData` if it is neither.
  public static func text(of value: YAMLValue, for key: String) throws -> String {
    if case .word(let word) = value { return word }
    guard case .list(let values) = value, fields.contains(where: { $0.key == key && $0.isList }) else {
      throw Problem.badData("The value of '\(key)' is \(value.form), not one word.", remedy: "Write 'key: value'.")
    }
    return try values.map { value in
      guard case .word(let word) = value else {
        throw Problem.badData("'\(key)' holds \(value.form), not words.", remedy: "Write a list of words.")
      }
      return word
    }.joined(separator: ",")
  }

  /// All settings as text, in the table's order.
  public var assignments: [(key: String, value: String)] { Self.fields.map { ($0.key, $0.read(self)) } }

  /// The settings that differ from their defaults, in the table's order.
  public var changes: [(key: String, value: String)] {
    let plain = Self()
    return Self.fields.filter { $0.read(self) != $0.read(plain) }.map { ($0.key, $0.read(self)) }
  }

  /// The settings that differ from their defaults and play no part in a run's identity: how much of it is asked.
  public var extent: [String: String] {
    let identity = Set(Self.fields.filter { $0.role == .identity }.map(\.key))
    return Dictionary(uniqueKeysWithValues: changes.filter { !identity.contains($0.key) }.map { ($0.key, $0.value) })
  }

  /// The settings that differ from their defaults, as `key=value` lines sorted by key: what a run's identity is made of.
  /// A new setting whose default changes nothing leaves the identity of old runs as it was.
  public var canonicalText: String {
    changedLines.joined(separator: "\n")
  }

  /// The same as options of a command line, each with a space before it; empty if all are at their defaults.
  public var changesAsOptions: String { changedLines.map { " --set \(Shell.quoted($0))" }.joined() }

  private var changedLines: [String] {
    let outside = Set(Self.fields.filter { $0.role != .identity }.map(\.key))
    return changes.filter { !outside.contains($0.key) }.map { "\($0.key)=\($0.value)" }.sorted()
  }
}
