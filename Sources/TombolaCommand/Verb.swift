import ArgumentParser
import Basics
import Experiments

/// The verb of an experiment, for all experiments.
struct Verb<E: Experiment>: ParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: E.name, abstract: E.summary.prefix(1).uppercased() + E.summary.dropFirst(),
      discussion: "\(E.discussion)\n\nExample: \(example)")
  }

  private static var example: String {
    let words = E.example.map { setting in
      let parts = setting.split(separator: "=", maxSplits: 1)
      return "--\(parts[0]) \(Shell.quoted(parts.count > 1 ? String(parts[1]) : ""))"
    }
    return (["tombola", E.name] + words).joined(separator: " ")
  }

  @OptionGroup var options: ExperimentOptions<E>

  @Flag(help: "Print all settings with their defaults.") var list = false

  func run() throws {
    if list { Terminal.print(ListCommand.settings(of: E.self)) } else { try options.run() }
  }

  static func command(_ type: E.Type) -> any ParsableCommand.Type { Verb<E>.self }
}

extension Experiment {
  /// Its verb, unless the command has one of its own for it.
  static var verb: any ParsableCommand.Type { Verb<Self>.self }
}
