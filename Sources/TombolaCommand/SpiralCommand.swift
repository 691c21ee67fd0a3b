import ArgumentParser
import Basics
import Experiments
import Foundation
import Methods

/// The verb of an experiment with three more below it that say which of its runs are meant.
struct SpiralCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: Spiral.name, abstract: Verb<Spiral>.configuration.abstract, discussion: Spiral.discussion,
    subcommands: [SpiralWork<SpiralSearch>.self, SpiralWork<SpiralPrune>.self, SpiralReport.self, SpiralPlain.self],
    defaultSubcommand: SpiralPlain.self)
}

/// The experiment as any other, where no verb is named.
struct SpiralPlain: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "run", shouldDisplay: false)

  @OptionGroup var options: ExperimentOptions<Spiral>

  func run() throws { try options.run() }
}

/// What a verb of the spiral makes of it.
protocol SpiralPart: Sendable {
  static var algorithm: SpiralPlan.Algorithm { get }
}

/// The settings that a verb's help lists.
struct SpiralPartSettings<Part: SpiralPart>: Configurable {
  var spiral = SpiralSettings()

  static var fields: [SettingField<SpiralPartSettings>] {
    SpiralSettings.fields(of: Part.algorithm).map { SettingField($0, in: \.spiral) }
  }
}

extension SpiralPartSettings: OptionNeighbours {
  static var neighbours: [String] { ["draws"] }
}

struct SpiralOptions<Part: SpiralPart>: ParsableArguments {
  @OptionGroup var options: SettingOptions<SpiralPartSettings<Part>>
  @Option(name: .customLong("set"), parsing: .upToNextOption, help: "Any settings: key=value ...")
  var assignments: [String] = []
  @OptionGroup var running: RunOptions

  func settings() throws -> SpiralSettings {
    let pairs = try assignments.map { try SpiralSettings.parted($0) }
    var settings = try GivenSettings<SpiralSettings>.settings(options.given + pairs, of: Spiral.name)
    if Part.algorithm != .enumerate { settings.plan.algorithm = Part.algorithm }
    return settings
  }

  func tables(_ settings: SpiralSettings) -> SpiralTables {
    SpiralTables(Spiral.folder(settings, in: URL(fileURLWithPath: running.out)))
  }
}

/// A verb that trains.
protocol SpiralTask: SpiralPart {
  static var configuration: CommandConfiguration { get }
}

enum SpiralSearch: SpiralTask {
  static let algorithm = SpiralPlan.Algorithm.enumerate
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Train all structures (phase 1), or all masks within one (phase 2).",
    discussion: "A run that the table has is not done again.")
}

enum SpiralPrune: SpiralTask {
  static let algorithm = SpiralPlan.Algorithm.prune
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Prune networks of many widths with nine methods to the sizes that search finds.")
}

struct SpiralWork<Task: SpiralTask>: ParsableCommand {
  static var configuration: CommandConfiguration { Task.configuration }

  // Before the settings: of options of one name the first counts, and `draws` is a setting of another experiment.
  @Option(help: "Repetitions with other random weights.") var draws = 1
  @OptionGroup var options: SpiralOptions<Task>
  @Option(help: "Print a Slurm job array of so many parts that does the runs, and train none.") var slurm: Int?
  @Flag(help: "Count the runs and train none.") var count = false

  func validate() throws {
    guard (1...100_000).contains(draws) else { throw ValidationError("--draws must be from 1 to 100000.") }
  }

  func run() throws {
    var settings = try options.settings()
    if let slurm { return Terminal.print(try SpiralArray(parts: slurm, of: settings.plan).script) }
    let tables = options.tables(settings)
    try settleStructure(of: &settings, tables)
    let spiral = Spiral(settings, seeds: (0..<UInt64(draws)).map { $0 })
    guard count else {
      return try options.running.run(spiral)
    }
    let place = settings.plan.structure.map { " within \($0)" } ?? ""
    Terminal.print("\(try spiral.count(tables)) runs\(place)")
  }

  /// Names the structure that a search is within, if it is within one and none is named.
  private func settleStructure(of settings: inout SpiralSettings, _ tables: SpiralTables) throws {
    guard settings.plan.isWithinStructure, settings.plan.structure == nil else { return }
    let structure = try Spiral(settings).structure(tables)
    settings.plan.structure = structure
    Terminal.note(
      "smallest structure that reaches \(settings.targets.values[0]): \(structure) with \(structure.weights) weights")
  }
}

enum SpiralShown: SpiralPart {
  static let algorithm = SpiralPlan.Algorithm.none
}

struct SpiralReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Show what a spiral study has found: tables and a page with pictures.")

  @OptionGroup var options: SpiralOptions<SpiralShown>

  func run() throws {
    let settings = try options.settings(), tables = options.tables(settings)
    // What is missing is said before a folder is made.
    if tables.names.isEmpty { _ = try tables.records() }
    try options.running.run(Spiral(settings))
  }
}

/// A job array whose parts are shards of this command; they share the folder, and every part can be queued again.
struct SpiralArray {
  let script: String

  init(parts: Int, of plan: SpiralPlan, arguments: [String] = CommandLine.arguments) throws {
    guard (1...100_000).contains(parts) else {
      throw Problem.usage("--slurm \(parts) is out of range.", remedy: "Give 1 to 100000 parts.")
    }
    guard plan.shard == nil else {
      throw Problem.usage("--slurm makes the parts itself.", remedy: "Leave out --shard.")
    }
    var words = Array(arguments.dropFirst())
    if let place = words.firstIndex(of: "--slurm") { words.removeSubrange(place...min(place + 1, words.count - 1)) }
    words.removeAll { $0.hasPrefix("--slurm=") }
    let command = ([URL(fileURLWithPath: arguments[0]).path] + words).map(Shell.quoted).joined(separator: " ")
    script = """
      #!/bin/sh
      #SBATCH --job-name=tombola-spiral
      #SBATCH --array=1-\(parts)
      #SBATCH --cpus-per-task=1
      #SBATCH --requeue
      exec \(command) --shard "$SLURM_ARRAY_TASK_ID/\(parts)" --threads 1
      """
  }
}
