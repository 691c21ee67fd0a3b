import ArgumentParser
import Basics
import Foundation
import Studies

struct SpiralCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spiral", abstract: "Search the sparsest network of the cubist spiral, and see what pruning finds.",
    discussion: "Zhang & Papyan 2024, arXiv:2407.04075. A run takes milliseconds; all runs are rows of one table.",
    subcommands: [SpiralSearchCommand.self, SpiralPruneCommand.self, SpiralReportCommand.self])
}

/// What all verbs of a spiral study share.
struct SpiralOptions: ParsableArguments {
  @Option(
    name: .customLong("set"), parsing: .upToNextOption,
    help: "Settings of the study: data, steps, batch, momentum, weight-decay, seed, init, init-seed as key=value.")
  var assignments: [String] = []
  @Option(help: "Folder for studies.") var out = "runs"

  func study() throws -> SpiralStudy {
    var settings = SpiralSettings()
    for assignment in assignments { try settings.apply(assignment) }
    return SpiralStudy(settings: settings, output: URL(fileURLWithPath: out))
  }
}

/// Which runs, and how many of them now.
struct SpiralPlanOptions: ParsableArguments {
  @Option(help: "Learning rates, with commas.") var lr: String?
  @Option(help: "Schedules, with commas: cosine, steps, constant.") var schedule: String?
  @Option(help: "Repetitions with other random weights.") var draws = 1
  @Option(help: "enumeration, sparsest or random.") var order = "enumeration"
  @Option(help: "Do at most this many runs now; the next start goes on.") var budget: Int?
  @Option(help: "One part of several that share the runs, as 2/8; a part keeps a table of its own.") var shard: String?
  @Option(help: "Print a Slurm job array of so many parts that does the runs, and train none.") var slurm: Int?
  @Flag(help: "Count the runs and train none.") var count = false

  /// - Parameter combinations: Those of the paper, which the options restrict.
  func plan(_ combinations: [SpiralCombination]) throws -> SpiralPlan {
    var plan = SpiralPlan()
    let rates = try lr.map {
      try Self.list($0, "--lr", "learning rates above 0") { Double($0).flatMap { $0 > 0 ? $0 : nil } }
    }
    let schedules = try schedule.map {
      try Self.list($0, "--schedule", "some of cosine, steps, constant") { SpiralSchedule(rawValue: $0) }
    }
    plan.combinations =
      rates.map { SpiralCombination.all(rates: $0) } ?? combinations
    if let schedules { plan.combinations = plan.combinations.filter { schedules.contains($0.schedule) } }
    guard let order = SpiralPlan.Order(rawValue: order) else {
      throw Problem.usage(
        "--order \(order) is no order.",
        remedy: Suggestion.sentence(for: self.order, among: SpiralPlan.Order.allCases.map(\.rawValue)))
    }
    plan.order = order
    guard (1...100_000).contains(draws) else {
      throw Problem.usage("--draws \(draws) is out of range.", remedy: "Give 1 to 100000.")
    }
    plan.draws = draws
    if let budget, budget < 1 { throw Problem.usage("--budget \(budget) leaves no run.", remedy: "Give at least 1.") }
    (plan.shard, plan.shards) = try part()
    return plan
  }

  private func part() throws -> (Int, Int) {
    guard let shard else { return (0, 1) }
    let parts = shard.split(separator: "/").map { Int($0) ?? 0 }
    guard parts.count == 2, 1 <= parts[0], parts[0] <= parts[1], parts[1] <= 100_000 else {
      throw Problem.usage("--shard \(shard) is no part.", remedy: "Write 2/8 for the second of eight.")
    }
    return (parts[0] - 1, parts[1])
  }

  var table: String { shard.map { "runs-" + $0.replacingOccurrences(of: "/", with: "-of-") } ?? "runs" }

  static func list<Value>(_ text: String, _ option: String, _ form: String, read: (String) -> Value?) throws -> [Value]
  {
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map { read(String($0)) }
    guard !values.isEmpty, !values.contains(where: { $0 == nil }) else {
      throw Problem.usage("\(option) \(text) cannot be read.", remedy: "Give \(form), with commas.")
    }
    return values.compactMap { $0 }
  }

  /// A job array whose parts are shards of this command; they share the folder, and every part can be queued again.
  func slurmScript(parts: Int, arguments: [String] = CommandLine.arguments) throws -> String {
    guard (1...100_000).contains(parts) else {
      throw Problem.usage("--slurm \(parts) is out of range.", remedy: "Give 1 to 100000 parts.")
    }
    guard shard == nil else {
      throw Problem.usage("--slurm makes the parts itself.", remedy: "Leave out --shard.")
    }
    var words = Array(arguments.dropFirst())
    if let place = words.firstIndex(of: "--slurm") { words.removeSubrange(place...min(place + 1, words.count - 1)) }
    words.removeAll { $0.hasPrefix("--slurm=") }
    let program = URL(fileURLWithPath: arguments[0]).path
    let command = ([program] + words).map { "'\($0.replacingOccurrences(of: "'", with: #"'\''"#))'" }.joined(
      separator: " ")
    return """
      #!/bin/sh
      #SBATCH --job-name=tombola-spiral
      #SBATCH --array=1-\(parts)
      #SBATCH --cpus-per-task=1
      #SBATCH --requeue
      exec \(command) --shard "$SLURM_ARRAY_TASK_ID/\(parts)" --threads 1
      """
  }

  /// Does the runs with a line of progress, and says how fast they went.
  func carryOut(_ runs: [SpiralRun], of study: SpiralStudy, threads: Int) throws {
    let trainer = try SpiralTrainer(study.settings), start = Date()
    Terminal.note("\(runs.count) runs, table \(study.folder.appendingPathComponent(table + ".sqlite").path)")
    let command = CommandLine.arguments.dropFirst().joined(separator: " ")
    let session = try study.run(
      runs, trainer: trainer, threads: threads, budget: budget ?? .max, shard: table, command: "tombola " + command,
      progress: SpiralProgress(start: start).report)
    if Terminal.isInteractive { Terminal.endLive() }
    let rate = Double(session.runs) / max(session.seconds, 1e-9) / Double(threads)
    Terminal.note(
      "\(session.runs) runs done now in \(Terminal.duration(session.seconds)): "
        + String(format: "%.1f a second and thread", rate))
  }
}

/// A live line in a terminal, else a line every half minute.
private final class SpiralProgress: @unchecked Sendable {
  private let start: Date
  private let lock = NSLock()
  private var last = Date()

  init(start: Date) { self.start = start }

  @Sendable func report(_ done: Int, _ all: Int) {
    lock.withLock {
      let elapsed = Date().timeIntervalSince(start), left = elapsed / Double(max(1, done)) * Double(all - done)
      let text = "\(done) of \(all) runs, \(Terminal.duration(elapsed)), about \(Terminal.duration(left)) left"
      if Terminal.isInteractive {
        Terminal.live(text)
      } else if Date().timeIntervalSince(last) >= 30 {
        last = Date()
        Terminal.note(text)
      }
    }
  }
}
