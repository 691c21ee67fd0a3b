import Basics
package import Experiments
package import Foundation

/// What the file of a sweep says: which settings of an experiment to try with which seeds.
///
/// See docs/sweeps.md for the form.
package struct SweepFile: Equatable, Sendable {
  package struct Assignment: Equatable, Sendable {
    package var key: String
    package var value: String
  }

  /// Settings that hold where others have certain values.
  package struct Condition: Equatable, Sendable {
    package var filter: RunFilter
    package var settings: [Assignment]
  }

  package var name: String
  /// What the sweep is for, in words.
  package var purpose = ""
  package var experiment: any Experiment.Type
  /// What arms are compared by; test accuracy if it is not said.
  package var metric: String?
  package var settings: [Assignment] = []
  package var seeds: [UInt64] = [0]
  /// Every combination of these values is an arm.
  package var grid: [(key: String, values: [String])] = []
  /// Arms one by one, each combined with the grid.
  package var arms: [[Assignment]] = []
  package var conditions: [Condition] = []
  /// Combinations that are left out.
  package var skip: [RunFilter] = []
  /// The arm that others are compared with; the first if it is empty.
  package var baseline = RunFilter()

  package static func == (a: SweepFile, b: SweepFile) -> Bool {
    a.name == b.name && a.purpose == b.purpose && a.experiment == b.experiment && a.metric == b.metric
      && a.settings == b.settings && a.seeds == b.seeds && a.arms == b.arms
      && a.conditions == b.conditions && a.skip == b.skip && a.baseline == b.baseline
      && a.grid.map(\.key) == b.grid.map(\.key) && a.grid.map(\.values) == b.grid.map(\.values)
  }

  private static let keys = [
    "name", "purpose", "experiment", "metric", "settings", "seeds", "grid", "arms", "conditions", "skip", "baseline",
  ]
  private static let form = "See docs/sweeps.md, or 'tombola sweep --help', for the form of the file."

  /// - Throws: `Problem.missingInput`, or `Problem.badData` naming what is wrong.
  package init(contentsOf url: URL) throws {
    // A sweep's folder keeps its file under another name than it had.
    let folder = url.standardizedFileURL.deletingLastPathComponent().lastPathComponent
    let isKept = url.lastPathComponent == "study.yaml" && folder.hasPrefix("study-")
    let stem = isKept ? String(folder.dropFirst(6)) : url.deletingPathExtension().lastPathComponent
    let value = try YAMLFile.read(url.path, after: "sweep", remedy: Self.form)
    try self.init(value, file: url.lastPathComponent, stem: stem)
  }

  package init(text: String, file: String = "study.yaml", stem: String = "study") throws {
    try self.init(try YAMLFile.parse(text, name: file, remedy: Self.form), file: file, stem: stem)
  }

  private init(_ value: YAMLValue?, file: String, stem: String) throws {
    guard case .mapping(let entries)? = value else {
      throw Problem.badData("\(file) holds no sweep.", remedy: Self.form)
    }
    name = stem
    do {
      experiment = try ExperimentCatalog.experiment(
        named: entries.first { $0.key == "experiment" }.map(Self.word) ?? "find")
      for entry in entries { try read(entry) }
      try check()
    } catch let problem as Problem {
      throw Problem(.badData, "\(file): \(problem.problem)", remedy: problem.remedy)
    }
  }

  private mutating func read(_ entry: YAMLValue.Entry) throws {
    switch entry.key {
    case "name": name = try Self.word(entry)
    case "purpose": purpose = try Self.word(entry)
    case "experiment": break
    case "metric": metric = try Self.word(entry)
    case "settings": settings = try assignments(entry)
    case "seeds": seeds = try Self.seeds(entry)
    case "grid": grid = try grid(entry)
    case "arms": arms = try Self.list(entry).map { try assignments(.init(key: "arms", value: $0)) }
    case "conditions": conditions = try Self.list(entry).map(condition)
    case "skip": skip = try Self.list(entry).map { try filter(.init(key: "skip", value: $0)) }
    case "baseline": baseline = try filter(entry)
    default:
      throw Problem.badData(
        "There is no part '\(entry.key)' of a sweep.", remedy: Suggestion.sentence(for: entry.key, among: Self.keys))
    }
  }

  private func check() throws {
    let isName =
      !name.isEmpty && name.count <= 80
      && name.utf8.allSatisfy { byte in
        let character = Character(UnicodeScalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
      }
    guard isName, !name.hasPrefix(".") else {
      throw Problem.badData(
        "The name '\(name)' cannot be a folder's.", remedy: "Use letters, digits, '-', '_' and '.', at most 80.")
    }
    let swept = grid.map(\.key), twice = Dictionary(grouping: swept) { $0 }.first { $0.value.count > 1 }
    if let twice { throw Problem.badData("grid names \(twice.key) twice.", remedy: "Join its values.") }
    if let both = arms.joined().first(where: { swept.contains($0.key) }) {
      throw Problem.badData(
        "\(both.key) stands both in 'grid' and in 'arms'.",
        remedy: "Every arm is run with every value of the grid: keep \(both.key) in one of them.")
    }
  }

  // MARK: parts

  private static func word(_ entry: YAMLValue.Entry) throws -> String {
    guard case .word(let text) = entry.value else {
      throw Problem.badData("'\(entry.key)' is \(entry.value.form), not a word.", remedy: form)
    }
    return text
  }

  private static func list(_ entry: YAMLValue.Entry) throws -> [YAMLValue] {
    guard case .list(let values) = entry.value else {
      throw Problem.badData("'\(entry.key)' is \(entry.value.form), not a list.", remedy: form)
    }
    return values
  }

  /// The names of the experiment's settings, in their order.
  package var keys: [String] { ExperimentCatalog.settingKeys(of: experiment) }

  /// A mapping of settings to values, each checked by itself.
  private func assignments(_ entry: YAMLValue.Entry) throws -> [Assignment] {
    guard case .mapping(let pairs) = entry.value else {
      throw Problem.badData("'\(entry.key)' is \(entry.value.form), not a mapping.", remedy: Self.form)
    }
    return try pairs.map { pair in
      do { return try Self.assignment(experiment, pair.key, pair.value) } catch let problem as Problem {
        guard problem.kind == .badData else { throw problem }
        throw Problem.badData(problem.problem, remedy: "Several values to try stand in 'grid'.")
      }
    }
  }

  private static func assignment<E: Experiment>(
    _ type: E.Type, _ key: String, _ value: YAMLValue
  ) throws -> Assignment {
    try ExperimentCatalog.check(key, in: E.Settings.self, of: E.name)
    var probe = E.Settings()
    let text = try { if case .word(let word) = value { word } else { try E.Settings.text(of: value, for: key) } }()
    try probe.set(key, to: text)
    return Assignment(key: key, value: text)
  }

  /// The values of a setting; where one value is a list itself, a list of lists.
  private func grid(_ entry: YAMLValue.Entry) throws -> [(key: String, values: [String])] {
    guard case .mapping(let pairs) = entry.value else {
      throw Problem.badData("'grid' is \(entry.value.form), not a mapping.", remedy: Self.form)
    }
    return try pairs.map { pair in
      let values = try { if case .list = pair.value { try Self.list(pair) } else { [pair.value] } }()
      guard !values.isEmpty else { throw Problem.badData("'\(pair.key)' in 'grid' has no value.", remedy: Self.form) }
      return (pair.key, try values.map { try Self.assignment(experiment, pair.key, $0).value })
    }
  }

  private func condition(_ value: YAMLValue) throws -> Condition {
    guard case .mapping(let pairs) = value, pairs.count == 2, let when = pairs.first(where: { $0.key == "if" }),
      let set = pairs.first(where: { $0.key == "set" })
    else {
      throw Problem.badData("A condition is no mapping of 'if' and 'set'.", remedy: Self.form)
    }
    return Condition(filter: try filter(when), settings: try assignments(set))
  }

  private func filter(_ entry: YAMLValue.Entry) throws -> RunFilter {
    try RunFilter([try Self.word(entry)], keys: keys)
  }

  /// A number of seeds from 0, or a list of seeds and ranges: `5`, `[0, 3, 10-19]`.
  private static func seeds(_ entry: YAMLValue.Entry) throws -> [UInt64] {
    if case .word(let text) = entry.value, let count = Int(text) {
      guard (1...100_000).contains(count) else {
        throw Problem.badData("'seeds' is \(count).", remedy: "Give a number of seeds from 1 to 100000.")
      }
      return (0..<UInt64(count)).map { $0 }
    }
    let parts = if case .word = entry.value { [entry.value] } else { try list(entry) }
    let found = try parts.flatMap { try range(word(.init(key: "seeds", value: $0))) }
    guard !found.isEmpty, Set(found).count == found.count, found.count <= 100_000 else {
      throw Problem.badData("'seeds' names none, too many, or one twice.", remedy: "Write 5, or [0, 3, 10-19].")
    }
    return found.sorted()
  }

  private static func range(_ text: String) throws -> [UInt64] {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
    if ends.count == 1, let seed = ends[0], seed < UInt64(Int64.max) { return [seed] }
    guard ends.count == 2, let low = ends[0], let high = ends[1], low <= high, high - low < 100_000,
      high < UInt64(Int64.max)
    else {
      throw Problem.badData("'\(text)' in 'seeds' is neither a seed nor a range.", remedy: "Write 5, or [0, 3, 10-19].")
    }
    return Array(low...high)
  }
}
