import ArgumentParser
import Basics
import Tickets

/// The settings of a search as options; each is short for `--set key=value`.
struct SearchOptions: ParsableArguments {
  @Option(help: "Data set: digits, fashion-mnist, mnist, cifar-10, cifar-100, images:DIR, idx:DIR, npz:FILE, csv:FILE.")
  var data: String?
  @Option(help: "Network: lenet-300-100, or mlp:512,256 for any widths.") var model: String?
  @Option(help: "iterative or one-shot.") var algorithm: String?
  @Option(help: "Which weights go: magnitude, snip, magnitude:fisher@init, ... (tombola list criteria).") var criterion:
    String?
  @Option(help: "How many each layer loses: global, layerwise, erk, ... (tombola list allocations).") var allocation:
    String?
  @Option(help: "Rounds of pruning.") var rounds: String?
  @Option(help: "Share of the survivors that a round removes.") var fraction: String?
  @Option(help: "Step whose weights survivors go back to: 0, 500it, 1ep.") var rewind: String?
  @Option(help: "Length of training: 12ep, 5000it.") var steps: String?
  @Option(help: "Samples a step.") var batch: String?
  @Option(help: "sgd or adam.") var optimizer: String?
  @Option(help: "Learning rate.") var lr: String?
  @Option(help: "Controls: some of reinit,shuffled,random, or none.") var controls: String?
  @Option(help: "Layers that are not pruned, with commas; output is the last.") var exclude: String?
  @Option(
    name: .customLong("set"), parsing: .upToNextOption, help: "Any settings: key=value ... (tombola list settings).")
  var assignments: [String] = []
  @Option(help: "YAML file of settings; options on the line win over it.") var config: String?

  /// The defaults, or `base`, with the configuration file and then the options over them.
  func settings(over base: SearchSettings = SearchSettings()) throws -> SearchSettings {
    var settings = base
    if let config { try Self.apply(file: config, to: &settings) }
    let options = [
      ("data", data), ("model", model), ("algorithm", algorithm), ("criterion", criterion), ("allocation", allocation),
      ("rounds", rounds), ("fraction", fraction), ("rewind", rewind), ("steps", steps), ("batch", batch),
      ("optimizer", optimizer), ("lr", lr), ("controls", controls), ("exclude", exclude),
    ]
    for case (let key, let value?) in options { try settings.set(key, to: value) }
    for assignment in assignments { try settings.apply(assignment) }
    try settings.spellOut()
    return settings
  }

  /// Reads a YAML mapping of setting names to values.
  private static func apply(file: String, to settings: inout SearchSettings) throws {
    let form = "Write one 'key: value' a line."
    guard case .mapping(let entries)? = try YAMLFile.read(file, after: "--config", remedy: form) else {
      throw Problem.badData("\(file) holds no settings.", remedy: form)
    }
    for entry in entries {
      guard case .word(let value) = entry.value else {
        throw Problem.badData(
          "\(file): the value of '\(entry.key)' is not one word.", remedy: "Write lists with commas: a,b.")
      }
      try settings.set(entry.key, to: value)
    }
  }
}
