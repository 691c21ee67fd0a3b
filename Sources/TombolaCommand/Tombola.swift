public import ArgumentParser
import Basics
public import Experiments
import Foundation
import Lanes
public import Pruning

/// Finds, trains, certifies and ships winning lottery tickets.
public struct Tombola: AsyncParsableCommand {
  public static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "tombola",
      abstract: "Finds winning lottery tickets: sparse networks that train as well as the dense network around them.",
      discussion: """
        Start with 'tombola quickstart'. Exit codes: 0 done, 64 bad usage, 65 bad data, 66 input missing, \
        70 networks diverged or collapsed (the others are reported), 73 cannot write, 130 interrupted (everything so far \
        is saved; 'bench', which saves nothing: 130 or 143). Every message, with its cure: \
        docs/errors, or share/doc/tombola/errors where it is installed.
        """,
      version: Build.text, subcommands: subcommands)
  }

  public init() {}

  /// Verbs that are more than their experiment.
  private static let own: [any ParsableCommand.Type] = [
    CertifyCommand.self, TrainCommand.self, EvaluateCommand.self, AttackCommand.self, InspectCommand.self,
    ImportCommand.self, ExportCommand.self, PredictCommand.self, ScoreCommand.self,
    GraphCommand.self, ListCommand.self, DoctorCommand.self, DataCommand.self, RunsCommand.self, SweepCommand.self,
    ReportCommand.self,
    ServeCommand.self, SpiralCommand.self, SiftCommand.self, BenchCommand.self,
  ]

  private static var subcommands: [any ParsableCommand.Type] {
    let names = Set(own.map { $0.configuration.commandName })
    let experiments = ExperimentCatalog.all.filter { !names.contains($0.name) }.map { $0.verb }
    return [QuickstartCommand.self] + experiments + own
  }

  /// Runs the command of this process, with a verb for each of the experiments.
  ///
  /// - Parameter criteria: What `criterion` may name besides the criteria that are built in.
  public static func main(experiments: [any Experiment.Type], criteria: [any Criterion.Type] = []) async {
    ExperimentCatalog.install(experiments)
    CriterionCatalog.install(criteria)
    do {
      try checkLevel()
      try checkDescriptors()
      Signals.install()
      var command = try parseAsRoot(negativesJoined(Array(CommandLine.arguments.dropFirst())))
      if command is any Measurement { Signals.reset() }
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let problem as Problem {
      Terminal.note("tombola: \(problem.problem)\n  \(problem.remedy)")
      Foundation.exit(problem.kind.exitCode)
    } catch {
      let text = fullMessage(for: error), short = Problem.shortened(text, from: 4000)
      guard exitCode(for: error) == .validationFailure, short != text else { exit(withError: error) }
      Terminal.note(short)
      Foundation.exit(Problem.Kind.usage.exitCode)
    }
  }

  /// `--lr -0.1` as `--lr=-0.1`: a number behind an option is its value, never the next option.
  static func negativesJoined(_ words: [String]) -> [String] {
    words.reduce(into: []) { joined, word in
      if word.hasPrefix("-"), Double(word) != nil, let option = joined.last, option.hasPrefix("--"),
        !option.contains("=")
      {
        joined[joined.count - 1] = "\(option)=\(word)"
      } else {
        joined.append(word)
      }
    }
  }

  /// The system's libraries end a process without a word where they get no file descriptors.
  private static func checkDescriptors() throws {
    let probes = (0..<4).map { _ in dup(STDERR_FILENO) }, code = errno
    for probe in probes where probe >= 0 { close(probe) }
    if probes.contains(-1), [EMFILE, ENFILE].contains(code) { throw Problem.system(code, "Cannot start") }
  }

  private static func checkLevel() throws {
    guard case .failure(let unknown) = CPULevel.requested else { return }
    let available = CPULevel.allCases.filter(\.isAvailable).map(\.rawValue).joined(separator: ", ")
    throw Problem.usage(
      "TOMBOLA_CPU=\(unknown.name) is no CPU level of this machine.", remedy: "It has: \(available).")
  }
}
