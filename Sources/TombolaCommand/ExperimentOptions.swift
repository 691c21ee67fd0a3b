import ArgumentParser
import Basics
import Datasets
import Experiments
import Foundation
import Pages
import Tickets

/// The options of an experiment's verb: its settings, seeds, places, and what is printed.
struct ExperimentOptions<E: Experiment>: ParsableArguments {
  @OptionGroup var options: SettingOptions<E.Settings>
  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: "Any settings: key=value ... (tombola list settings).")
  var assignments: [String] = []
  @Option(help: "YAML file of settings; options on the line win over it.") var config: String?
  @Option(help: "How many seeds: 0, 1, 2, ...") var seeds = E.usualSeeds
  @OptionGroup var running: RunOptions

  func validate() throws {
    guard (1...10_000).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 10000.") }
  }

  /// Settings with their words: of the configuration file, then the options, then `--set`.
  func words() throws -> [(key: String, text: String)] {
    let file = try config.map { try SettingsFile.assignments(of: E.Settings.self, in: $0) } ?? []
    return file + options.given + (try assignments.map { try E.Settings.parted($0) })
  }

  /// The base that the given words name with these over it.
  func settings() throws -> E.Settings {
    let all = try words(), own = Set(E.Settings.fields.map(\.key))
    if let foreign = all.first(where: { !own.contains($0.key) && ExperimentCatalog.settingKeys.contains($0.key) }) {
      throw Problem.usage(
        "The setting \(foreign.key) has no effect on '\(E.name)'.",
        remedy: "Leave \(foreign.key) out; 'tombola list settings \(E.name)' has those that count.")
    }
    var settings = try E.Settings.base(Dictionary(all.map { ($0.key, $0.text) }) { $1 })
    for (key, text) in all { try settings.set(key, to: text) }
    try settings.spellOut()
    return settings
  }

  func run() throws { try run(E(try settings(), seeds: (0..<UInt64(seeds)).map { $0 })) }

  /// The same words for another experiment.
  func of<Other: Experiment>(_ type: Other.Type) -> ExperimentOptions<Other> {
    var other = ExperimentOptions<Other>()
    other.options = SettingOptions(given: options.given)
    (other.assignments, other.config, other.seeds, other.running) = (assignments, config, seeds, running)
    return other
  }

  @discardableResult
  func run(_ experiment: E) throws -> Record<E.Finding> { try running.run(experiment) }
}

/// How an experiment is run from the command line: places, threads, and what is printed.
struct RunOptions: ParsableArguments {
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Option(help: "Folder for run folders.") var out = "runs"
  @Flag(help: "Print one JSON object instead of the tables.") var json = false

  @discardableResult
  func run<E: Experiment>(_ experiment: E) throws -> Record<E.Finding> {
    var runner = Runner(experiment, threads: threading.threads, output: URL(fileURLWithPath: out))
    runner.reproduce = try Reproduction(E.self, experiment.settings, seeds: experiment.seeds.count).text
    return try runner.show(places.locator, json: json)
  }
}

extension Runner {
  /// Progress on standard error; tables, or JSON, at the end.
  @discardableResult
  func show(_ locator: DataLocator, json: Bool) throws -> Record<E.Finding> {
    var line: ProgressLine?
    defer { line?.stop() }
    let record = try run(locator: locator) { line = ProgressLine($0) }
    line?.stop()
    line = nil
    if json { try Terminal.json(record) } else { Terminal.print(text(record)) }
    return record
  }

  private func text(_ record: Record<E.Finding>) -> String {
    let report = E.report(record)
    let phases = record.seconds.filter { $0.key != "total" }.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }
    let times = phases.map { "\($0.key) \(Terminal.duration($0.value))" }.joined(separator: ", ")
    return """
      \(report.text)

      time: \(Terminal.duration(record.seconds["total"] ?? 0)) in all; core time: \(times)
      memory: \(record.residentBytes >> 20) MiB at most
      report: \(folder.path)/report.html
      """
  }
}

/// The command line that makes the same numbers again.
struct Reproduction {
  let text: String

  /// Settings that differ from those that their base has, and the number of seeds.
  init<E: Experiment>(_ type: E.Type, _ settings: E.Settings, seeds: Int) throws {
    let fields = E.Settings.fields,
      given = fields.filter { $0.role == .base && $0.read(settings) != $0.read(E.Settings()) }
    let base = try E.Settings.base(Dictionary(uniqueKeysWithValues: given.map { ($0.key, $0.read(settings)) }))
    let words = given.flatMap { field -> [String] in
      let value = field.read(settings)
      if !field.isArgument { return ["--\(field.key)", value] }
      return field.isList ? PathList(setting: value)?.paths ?? [] : [value]
    }
    let changes = fields.filter { $0.role != .base && $0.read(settings) != $0.read(base) }
    let options = changes.map { " --set \(Shell.quoted("\($0.key)=\($0.read(settings))"))" }.joined()
    text = (["tombola", E.name] + words.map(Shell.quoted)).joined(separator: " ") + options + " --seeds \(seeds)"
  }
}

/// Settings from a YAML file.
enum SettingsFile {
  private static let form = "Write one 'key: value' a line."

  /// A mapping of names to words, or to lists where a setting holds several.
  static func assignments<Settings: Configurable>(
    of type: Settings.Type, in file: String
  ) throws -> [(key: String, text: String)] {
    guard case .mapping(let entries)? = try YAMLFile.read(file, after: "--config", remedy: form) else {
      throw Problem.badData("\(file) holds no settings.", remedy: form)
    }
    return try entries.map { entry in
      do { return (entry.key, try Settings.text(of: entry.value, for: entry.key)) } catch let problem as Problem {
        throw Problem(problem.kind, "\(file): \(problem.problem)", remedy: problem.remedy)
      }
    }
  }
}
