public import Basics
import Foundation

/// The experiments that this process knows: lists, reports, sweeps and the dashboard ask here.
public enum ExperimentCatalog {
  private static let lock = NSLock()
  nonisolated(unsafe) private static var types: [any Experiment.Type] = []

  /// Makes experiments known; those of a name that is known already are passed over.
  public static func install(_ experiments: [any Experiment.Type]) {
    lock.withLock {
      for type in experiments where !types.contains(where: { $0.name == type.name }) { types.append(type) }
    }
  }

  public static var all: [any Experiment.Type] { lock.withLock { types } }

  public static func find(_ name: String) -> (any Experiment.Type)? { all.first { $0.name == name } }

  /// The name of the experiment of a run, whose command an older version may have noted.
  public static func name(of command: String, _ settings: [String: String]) -> String {
    all.first { $0.wasCalled(command, settings) }?.name ?? command
  }

  /// - Throws: `Problem.usage` naming the nearest.
  public static func experiment(named name: String) throws -> any Experiment.Type {
    if let type = find(name) { return type }
    throw Problem.usage(
      "There is no experiment '\(name)'.", remedy: Suggestion.sentence(for: name, among: all.map { $0.name }))
  }

  /// Keys of all settings, in the order of the experiments, each once.
  public static var settingKeys: [String] {
    var seen: Set<String> = []
    return all.flatMap { settingKeys(of: $0) }.filter { seen.insert($0).inserted }
  }

  public static func settingKeys<E: Experiment>(of type: E.Type) -> [String] { E.Settings.fields.map(\.key) }

  /// - Throws: `Problem.usage` if a key is a setting of other experiments alone.
  public static func check<Settings: Configurable>(_ key: String, in type: Settings.Type, of verb: String) throws {
    guard !Settings.fields.contains(where: { $0.key == key }), settingKeys.contains(key) else { return }
    throw Problem.usage(
      "The setting \(key) has no effect on '\(verb)'.",
      remedy: "Leave \(key) out; 'tombola list settings \(verb)' has those that count.")
  }

  /// The settings that words give, the later ones winning, over the base that they name.
  ///
  /// - Throws: `Problem.usage` naming the word that is wrong.
  public static func settings<Settings: Configurable>(
    _ type: Settings.Type, _ words: [(key: String, text: String)], of verb: String
  ) throws -> Settings {
    for (key, _) in words { try check(key, in: type, of: verb) }
    var settings = try Settings.base(Dictionary(words.map { ($0.key, $0.text) }) { $1 })
    for (key, text) in words { try settings.set(key, to: text) }
    try settings.spellOut()
    return settings
  }
}
