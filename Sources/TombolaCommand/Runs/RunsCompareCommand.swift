import Analysis
import ArgumentParser
import Basics
import Experiments
import Foundation
import Pages
import Sweeps

struct RunsCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare runs of one experiment, paired by seed.",
    discussion: """
      The first run is what the others are compared with: tickets at equal numbers of weights, else networks of the same \
      name. Differences are means over the seeds that both have, with 95 % intervals; p is that of a paired t test in both \
      directions, adjusted for all comparisons (Holm).
      """)

  @Argument(help: "Names of runs, how they begin, or their folders.") var names: [String]
  @Option(help: "What is compared: a metric that tombola runs show prints.") var metric = "testAccuracy"
  @OptionGroup var place: StoreOption
  @OptionGroup var form: FormOptions

  func run() throws {
    guard names.count >= 2 else {
      throw Problem.usage("A comparison needs two runs.", remedy: "Name them: tombola runs compare RUN RUN.")
    }
    let runs = try names.map { try place.run(named: $0) }, entries = runs.map(\.entry)
    let comparison = try RunComparison(entries, in: runs.map(\.folder), metric: metric), found = comparison.comparisons
    guard !found.isEmpty else {
      throw Problem.badData(
        "The runs have no seed, network and \(metric) in common.", remedy: "See 'tombola runs show' for what they have."
      )
    }
    if form.json { return try Terminal.json(found) }
    func table(_ caption: HTMLText) -> Table {
      PairedComparison.table(found, metric: comparison.metric, caption: caption)
    }
    Terminal.print(
      form.csv
        ? table("").csv.trimmingCharacters(in: .newlines)
        : table("\(comparison.metric.title) against \(entries[0].name)").text)
  }
}

struct RunsDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show the settings in which runs differ.")

  @Argument(help: "Names of runs, how they begin, or their folders.") var names: [String]
  @OptionGroup var place: StoreOption
  @OptionGroup var form: FormOptions

  func run() throws {
    guard names.count >= 2 else {
      throw Problem.usage("A difference needs two runs.", remedy: "Name them: tombola runs diff RUN RUN.")
    }
    let entries = try names.map { try place.run(named: $0).entry }, known = ExperimentCatalog.settingKeys
    let others = Set(entries.flatMap { $0.settings.keys }).subtracting(known).sorted()
    let keys = (["command", "dataDigest"] + known + others).filter { key in
      Set(entries.map { $0.text(key) }).count > 1
    }
    if form.json {
      let values = keys.map { key in (key, entries.map { $0.text(key) }) }
      // A setting may have any name, even that of a fact.
      return try Terminal.json(Dictionary(values) { first, _ in first })
    }
    let rows = keys.map { key in [key] + entries.map { $0.text(key) } }
    if form.csv { return Terminal.print(CSV.text([["setting"] + entries.map(\.name)] + rows)) }
    guard !rows.isEmpty else { return Terminal.print("The runs have the same settings.") }
    var table = TextTable(header: ["setting"] + entries.map(\.name))
    table.rows = rows
    Terminal.print(table.text)
  }
}

extension RunEntry {
  fileprivate func text(_ key: String) -> String {
    key == "dataDigest"
      ? dataDigest.map { String($0.prefix(12)) } ?? "-" : key == "command" ? command : settings[key] ?? "-"
  }
}
