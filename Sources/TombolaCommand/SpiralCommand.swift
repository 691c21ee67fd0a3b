import ArgumentParser
import Basics
import Experiments
import Foundation
import Methods

/// The verb of an experiment with three more below it that say which of its runs are meant.
struct SpiralCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: Spiral.name, abstract: Verb<Spiral>.configuration.abstract, discussion: Spiral.discussion,
    subcommands: [SpiralWork<SpiralSearch>.self, SpiralWork<SpiralPrune>.self, SpiralReport.self])

  @OptionGroup var options: ExperimentOptions<Spiral>

  func run() throws { try options.run() }
}

/// A verb that trains: its name, and how it turns settings into its own.
protocol SpiralTask: Sendable {
  static var configuration: CommandConfiguration { get }
  static func prepare(_ settings: inout SpiralSettings, _ tables: SpiralTables) throws
}

enum SpiralSearch: SpiralTask {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Train all structures (phase 1), or all masks within one (phase 2).",
    discussion: """
      Phase 2 takes the smallest structure of phase 1 that reaches the target, unless --structure names one. A run that \
      the table has is not done again.
      """)

  /// Settles the structure that a search is within, if it is within one and none is named.
  static func prepare(_ settings: inout SpiralSettings, _ tables: SpiralTables) throws {
    guard settings.plan.isWithinStructure, settings.plan.structure == nil else { return }
    let structure = try Spiral(settings).structure(tables)
    settings.plan.structure = structure
    Terminal.note(
      "smallest structure that reaches \(settings.targets.values[0]): \(structure) with \(structure.weights) weights")
  }
}

enum SpiralPrune: SpiralTask {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Prune networks of many widths with nine methods to the sizes that search finds.",
    discussion: SpiralMethod.allCases.map { "\($0.rawValue): \($0.summary)" }.joined(separator: "\n"))

  static func prepare(_ settings: inout SpiralSettings, _ tables: SpiralTables) { settings.plan.algorithm = .prune }
}

struct SpiralWork<Kind: SpiralTask>: ParsableCommand {
  static var configuration: CommandConfiguration { Kind.configuration }

  @OptionGroup var options: ExperimentOptions<Spiral>
  @Option(help: "Repetitions with other random weights: short for --seeds.") var draws: Int?
  @Option(help: "Print a Slurm job array of so many parts that does the runs, and train none.") var slurm: Int?
  @Flag(help: "Count the runs and train none.") var count = false

  func run() throws {
    var options = options, settings = try options.settings()
    options.seeds = draws ?? options.seeds
    try options.validate()
    let tables = SpiralTables(Spiral.folder(settings, in: URL(fileURLWithPath: options.running.out)))
    if let slurm { return Terminal.print(try SpiralArray(parts: slurm, of: settings.plan).script) }
    try Kind.prepare(&settings, tables)
    let spiral = Spiral(settings, seeds: (0..<UInt64(options.seeds)).map { $0 })
    guard count else { return _ = try options.run(spiral) }
    let place = settings.plan.structure.map { " within \($0)" } ?? ""
    Terminal.print("\(try spiral.count(tables)) runs\(place)")
  }
}

struct SpiralReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Show what a spiral study has found: tables and a page with pictures.")

  @OptionGroup var options: ExperimentOptions<Spiral>

  func run() throws {
    var settings = try options.settings()
    settings.plan.algorithm = .none
    // What is missing is said before a folder is made.
    let tables = SpiralTables(Spiral.folder(settings, in: URL(fileURLWithPath: options.running.out)))
    if tables.names.isEmpty { _ = try tables.records() }
    try options.run(Spiral(settings))
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
