import ArgumentParser
import Basics
import Foundation
import Sweeps

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Run an experiment with many settings and seeds.",
    discussion: """
      A file names the experiment (find if it names none), settings, seeds, a grid of values, arms, conditions and
      combinations to skip; see \
      docs/sweeps.md. Starting it again runs only what is missing; more seeds or values later run only what is new.
      """,
    subcommands: [
      SweepStartCommand.self, SweepResumeCommand.self, SweepStatusCommand.self, SweepCancelCommand.self,
      SweepUnitCommand.self, SweepPackCommand.self,
    ], defaultSubcommand: SweepStartCommand.self)
}

struct SweepStartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Start or go on with a sweep (the default).")

  @Argument(help: "The sweep's file, YAML.") var file: String
  @OptionGroup var options: SweepOptions
  @Flag(help: "Show what would run, how long it takes and how much disk, and run nothing.") var dryRun = false

  func run() throws {
    let url = URL(fileURLWithPath: file)
    let study = try SweepFile(contentsOf: url)
    let session = SweepSession(
      plan: try SweepPlan(study), folder: SweepFolder(name: study.name, store: options.place.store), options: options)
    if dryRun { return try session.printPlan() }
    guard let source = try? Data(contentsOf: url) else {
      throw Problem.missingInput("There is no readable file \(file).", remedy: "Check the path after sweep.")
    }
    try session.run(source)
  }
}

struct SweepResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Go on with a sweep that was begun, as its folder has it.")

  @Argument(help: "The sweep's name, or its folder.") var name: String
  @OptionGroup var options: SweepOptions

  func run() throws {
    let folder = try options.place.sweep(named: name)
    guard let source = try? Data(contentsOf: folder.file) else {
      throw Problem.missingInput("\(folder.file.path) cannot be read.", remedy: "Start the sweep from its file.")
    }
    try SweepSession(plan: try folder.plan(), folder: folder, options: options).run(source)
  }
}

struct SweepCancelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "Stop a sweep: running seeds save what they have; 'resume' goes on.")

  @Argument(help: "The sweep's name, or its folder.") var name: String
  @OptionGroup var place: StoreOption

  func run() throws {
    let folder = try place.sweep(named: name)
    try folder.cancel()
    let jobs = try SlurmQueue(folder).cancel()
    if !jobs.isEmpty { Terminal.print("cancelled in Slurm: \(jobs.joined(separator: ", "))") }
    Terminal.print(
      "Everything that works on the sweep stops; go on with: tombola sweep resume \(Shell.quoted(folder.url.path))")
  }
}

struct SweepOptions: ParsableArguments {
  @OptionGroup var place: StoreOption
  @OptionGroup var data: PlaceOptions
  @Option(help: "Runs at once (default: all cores).") var cores: Int = ProcessInfo.processInfo.activeProcessorCount
  @Option(help: "Memory for all runs together, in GB (default: four fifths of the machine's).") var memory: Double?
  @OptionGroup var slurm: SlurmOptions
  @Flag(help: "Also run again what has failed before.") var retry = false
  @Flag(help: "Print one JSON object instead of tables.") var json = false

  func validate() throws {
    guard (1...4096).contains(cores) else { throw ValidationError("--cores must be from 1 to 4096.") }
    if let memory, !(memory > 0 && memory < 1e6) { throw ValidationError("--memory must be above 0.") }
  }

  var memoryBytes: Int { Int((memory.map { $0 * 1e9 } ?? 0.8 * Double(ProcessInfo.processInfo.physicalMemory))) }
}

/// Where runs are done.
enum EngineChoice: String, CaseIterable, ExpressibleByArgument { case local, slurm }

struct SlurmOptions: ParsableArguments {
  @Option(help: "local, or slurm: job arrays over a shared folder.") var engine = EngineChoice.local
  @Option(help: "Slurm: runs in a task of the array.") var pack = 1
  @Option(help: "Slurm: time limit of a task, as 02:00:00; it is queued again until its runs are done.")
  var time: String?
  @Option(
    name: .customLong("sbatch"), parsing: .singleValue,
    help: "Slurm: an option for sbatch, as --sbatch=--partition=cpu.")
  var options: [String] = []
  @Flag(help: "Slurm: wait until everything is done, and print the tables.") var wait = false

  func validate() throws {
    guard (1...100_000).contains(pack) else { throw ValidationError("--pack must be from 1 to 100000.") }
    if let time, !time.allSatisfy({ $0.isNumber || ":-".contains($0) }) || time.isEmpty {
      throw ValidationError("--time \(time) is no time limit of Slurm: write 02:00:00 or 1-00:00:00.")
    }
  }
}
