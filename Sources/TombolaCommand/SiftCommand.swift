import ArgumentParser
import Datasets
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
    var options = options
    options.assignments += terms
    let data = try options.words().last { $0.key == "data" }
    if try data.flatMap({ try KPattern.task(named: $0.text) }) != nil {
      try options.of(PatternLearning.self).run()
    } else {
      try options.run()
    }
  }
}
