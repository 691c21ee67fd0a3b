import ArgumentParser
import Basics
import Datasets
import Experiments
import Foundation
import Pages
import Tickets

/// Settings as given on the command line: by options, by `--set`, and in a file.
struct GivenSettings<Settings: Configurable>: ParsableArguments {
  @OptionGroup var options: SettingOptions<Settings>
  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: "Any settings: key=value ... (tombola list settings).")
  var assignments: [String] = []
  @Option(help: "YAML file of settings; options on the line win over it.") var config: String?

  /// Those of the configuration file, then those of the options, then those of `--set`.
  func words(of verb: String?) throws -> [(key: String, text: String)] {
    let file = try config.map { try SettingsFile.assignments(of: Settings.self, in: $0, verb) } ?? []
    return try file + options.given + assignments.map { try Settings.parted($0) }
  }

  /// The base that the given words name with these over it.
  func settings(of verb: String) throws -> Settings { try Self.settings(words(of: verb), of: verb) }

  /// The settings that words give, the later ones winning.
  static func settings(_ all: [(key: String, text: String)], of verb: String) throws -> Settings {
    try ExperimentCatalog.settings(Settings.self, all, of: verb)
  }
}

/// The options of an experiment's verb: its settings, seeds, places, and what is printed.
struct ExperimentOptions<E: Experiment>: ParsableArguments {
  @OptionGroup var given: GivenSettings<E.Settings>
  @Option(help: "How many seeds: 0, 1, 2, ...") var seeds = E.usualSeeds
  @OptionGroup var running: RunOptions
  @Flag(help: "Print all settings with their defaults.") var list = false

  func validate() throws {
    guard (1...10_000).contains(seeds) else { throw ValidationError("--seeds must be from 1 to 10000.") }
  }

  func settings() throws -> E.Settings { try given.settings(of: E.name) }

  func experiment() throws -> E { E(try settings(), seeds: (0..<UInt64(seeds)).map { $0 }) }

  func run() throws {
    if list { Terminal.print(ListCommand.settings(of: E.self)) } else { try run(experiment()) }
  }

  func run(_ experiment: E, then more: (Record<E.Finding>) throws -> Void = { _ in }) throws {
    try running.run(experiment, then: more)
  }
}

/// How an experiment is run from the command line: places, threads, and what is printed.
struct RunOptions: ParsableArguments {
  @OptionGroup var places: PlaceOptions
  @OptionGroup var threading: ThreadOption
  @Option(help: "Folder for run folders.") var out = "runs"
  @Flag(help: "Print one JSON object instead of the tables.") var json = false

  /// - Parameter more: What is printed besides.
  /// - Throws: `Problem`, also where networks could not be finished; then what there is has been printed.
  func run<E: Experiment>(_ experiment: E, then more: (Record<E.Finding>) throws -> Void = { _ in }) throws {
    var runner = Runner(experiment, threads: threading.threads, output: URL(fileURLWithPath: out))
    runner.reproduce = try Reproduction(E.self, experiment.settings, seeds: experiment.seeds.count).text
    if let folder = places.dataDir { runner.reproduce += " --data-dir \(Shell.quoted(folder))" }
    let record = try runner.show(places.locator, json: json)
    try more(record)
    if let problem = record.failures.problem { throw problem }
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

/// Settings from a YAML file.
enum SettingsFile {
  private static let form = "Write one 'key: value' a line."

  /// A mapping of names to words, or to lists where a setting holds several.
  ///
  /// - Parameter verb: Whose settings they are, where that is known: each is checked by itself then, so that what is wrong
  ///   with it names the file.
  static func assignments<Settings: Configurable>(
    of type: Settings.Type, in file: String, _ verb: String?
  ) throws -> [(key: String, text: String)] {
    guard case .mapping(let entries)? = try YAMLFile.read(file, after: "--config", remedy: form) else {
      throw Problem.badData("\(file) holds no settings.", remedy: form)
    }
    return try entries.map { entry in
      do {
        let text = try Settings.text(of: entry.value, for: entry.key)
        guard let verb else { return (entry.key, text) }
        try ExperimentCatalog.check(entry.key, in: type, of: verb)
        var probe = Settings()
        try probe.set(entry.key, to: text)
        return (entry.key, text)
      } catch let problem as Problem {
        throw Problem(problem.kind, "\(file): \(problem.problem)", remedy: problem.remedy)
      }
    }
  }
}
