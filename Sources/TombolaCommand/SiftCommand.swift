import ArgumentParser
import Basics
import Datasets
import Experiments
import Methods

/// The verb of sifting, which stands for `k-pattern` too where the data are such a pattern.
struct SiftCommand: ParsableCommand {
  static var configuration: CommandConfiguration { Verb<Sift>.configuration }

  @OptionGroup var options: ExperimentOptions<Sift>
  @Option(
    name: .customLong("terms"), parsing: .upToNextOption,
    help: ArgumentHelp("The same as --set: for biases, stop and start-density.", visibility: .hidden))
  var terms: [String] = []

  func run() throws {
    if options.list { return Terminal.print(ListCommand.settings(of: Sift.self)) }
    let words = try options.given.words(of: nil) + terms.map { try SiftSettings.parted($0) }
    let data = words.last { $0.key == "data" }?.text ?? ""
    if try KPattern.task(named: data) != nil {
      try run(PatternLearning.self, words)
    } else {
      try run(Sift.self, words)
    }
  }

  private func run<E: Experiment>(_ type: E.Type, _ words: [(key: String, text: String)]) throws {
    let settings = try GivenSettings<E.Settings>.settings(words, of: E.name)
    try options.running.run(E(settings, seeds: (0..<UInt64(options.seeds)).map { $0 }))
  }
}
