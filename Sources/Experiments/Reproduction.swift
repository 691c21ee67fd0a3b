import Basics

/// The command line that makes the same numbers again.
public struct Reproduction: Sendable {
  public let text: String

  /// Settings that differ from those that their base has, and the number of seeds.
  public init<E: Experiment>(_ type: E.Type, _ settings: E.Settings, seeds: Int) throws {
    let fields = E.Settings.fields,
      given = fields.filter { $0.role == .base && $0.read(settings) != $0.read(E.Settings()) }
    let base = try E.Settings.base(Dictionary(uniqueKeysWithValues: given.map { ($0.key, $0.read(settings)) }))
    let words = given.flatMap { field -> [String] in
      let value = field.read(settings)
      // Behind a space it would be another option.
      if !field.isArgument { return value.hasPrefix("-") ? ["--\(field.key)=\(value)"] : ["--\(field.key)", value] }
      return field.isList ? PathList(setting: value)?.paths ?? [] : [value]
    }
    let changes = fields.filter { $0.role != .base && $0.read(settings) != $0.read(base) }
    let options = changes.map { " --set \(Shell.quoted("\($0.key)=\($0.read(settings))"))" }.joined()
    text = (["tombola", E.name] + words.map(Shell.quoted)).joined(separator: " ") + options + " --seeds \(seeds)"
  }
}
