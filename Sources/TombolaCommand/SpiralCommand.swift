import ArgumentParser
import Basics
import Experiments
import Foundation
import Methods

struct SpiralCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: Spiral.name, abstract: "Search the sparsest network of the cubist spiral, and see what pruning finds.",
    discussion: Spiral.discussion,
    subcommands: [SpiralVerb<SpiralSearch>.self, SpiralVerb<SpiralPrune>.self, SpiralVerb<SpiralShow>.self])
}

/// One verb of a spiral study: which algorithm it stands for, and the settings that it takes beside those of the study.
protocol SpiralPart: Sendable {
  static var name: String { get }
  static var summary: String { get }
  static var discussion: String { get }
  static var algorithm: SpiralPlan.Algorithm { get }
  static var keys: Set<String> { get }
}

enum SpiralSearch: SpiralPart {
  static let name = "search"
  static let summary = "Train all structures (phase 1), or all masks within one (phase 2)."
  static let discussion = """
    Phase 2 takes the smallest structure of phase 1 that reaches the target, unless --structure names one. A run that \
    the table has is not done again.
    """
  static let algorithm = SpiralPlan.Algorithm.enumerate
  static let keys = SpiralPlan.keys(of: .enumerate)
}

enum SpiralPrune: SpiralPart {
  static let name = "prune"
  static let summary = "Prune networks of many widths with nine methods to the sizes that search finds."
  static let discussion =
    "Methods:\n" + SpiralMethod.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n")
  static let algorithm = SpiralPlan.Algorithm.prune
  static let keys = SpiralPlan.keys(of: .prune)
}

enum SpiralShow: SpiralPart {
  static let name = "report"
  static let summary = "Show what a spiral study has found: tables and a page with pictures."
  static let discussion = ""
  static let algorithm = SpiralPlan.Algorithm.none
  static let keys = SpiralPlan.keys(of: .none)
}

/// The settings of a verb; all others are refused.
struct SpiralPartSettings<Part: SpiralPart>: Configurable {
  var spiral = SpiralSettings()

  init() { spiral.plan.algorithm = Part.algorithm }

  static var fields: [SettingField<SpiralPartSettings>] {
    SpiralSettings.fields.filter { Part.keys.contains($0.key) }.map { SettingField($0, in: \.spiral) }
  }

  static var inapplicable: Set<String> { Set(SpiralSettings.fields.map(\.key)).subtracting(Part.keys) }
}

struct SpiralVerb<Part: SpiralPart>: ParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: Part.name, abstract: Part.summary, discussion: Part.discussion)
  }

  @OptionGroup var options: SettingOptions<SpiralPartSettings<Part>>
  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: "Any of these settings: key=value ...")
  var assignments: [String] = []
  @Option(help: "Folder for studies.") var out = "runs"
  @Option(help: "Print a Slurm job array of so many parts that does the runs, and train none.") var slurm: Int?
  @Flag(help: "Count the runs and train none.") var count = false
  @Flag(help: "Print one JSON object instead of the tables.") var json = false
  @OptionGroup var threading: ThreadOption
  @OptionGroup var places: PlaceOptions

  func run() throws {
    var settings = SpiralPartSettings<Part>()
    for (key, text) in options.given { try settings.set(key, to: text) }
    for assignment in assignments { try settings.apply(assignment) }
    var spiral = Spiral(settings.spiral)
    let tables = SpiralTables(Spiral.folder(spiral.settings, in: URL(fileURLWithPath: out)))
    if let slurm { return Terminal.print(try SpiralArray(parts: slurm, of: spiral.settings.plan).script) }
    if try chooseStructure(&settings.spiral, spiral, tables) { spiral = Spiral(settings.spiral) }
    if count {
      let place = settings.spiral.plan.structure.map { " within \($0)" } ?? ""
      return Terminal.print("\(try spiral.count(tables)) runs\(place)")
    }
    // What is missing is said before a folder is made.
    if Part.algorithm == .none && tables.names.isEmpty { _ = try tables.records() }
    var runner = Runner(spiral, threads: threading.threads, output: URL(fileURLWithPath: out))
    runner.reproduce = spiral.command
    try runner.show(places.locator, json: json)
  }

  /// Settles the structure that a search is within, if it is within one and none is named.
  private func chooseStructure(
    _ settings: inout SpiralSettings, _ spiral: Spiral, _ tables: SpiralTables
  ) throws -> Bool {
    let plan = settings.plan
    guard plan.algorithm == .descent || plan.algorithm == .enumerate && plan.phase == 2, plan.structure == nil else {
      return false
    }
    let structure = try spiral.structure(tables)
    settings.plan.structure = structure
    Terminal.note(
      "smallest structure that reaches \(settings.targets.values[0]): \(structure) with \(structure.weights) weights")
    return true
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
