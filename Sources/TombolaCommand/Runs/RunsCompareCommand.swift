import Analysis
import ArgumentParser
import Basics
import Foundation
import Pages
import Sweeps

struct RunsCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare the tickets of runs at equal numbers of weights, paired by seed.",
    discussion: """
      The first run is what the others are compared with. Differences are means over the seeds that both have, with 95 % \
      intervals; p is that of a paired t test in both directions, adjusted for all comparisons (Holm).
      """)

  @Argument(help: "Names of runs, or how they begin.") var names: [String]
  @OptionGroup var place: StoreOption
  @OptionGroup var form: FormOptions

  func run() throws {
    guard names.count >= 2 else {
      throw Problem.usage("A comparison needs two runs.", remedy: "Name them: tombola runs compare RUN RUN.")
    }
    let index = try place.index()
    let entries = try names.map { try index.run(named: $0) }
    let found = RunComparison(entries, store: place.store).comparisons
    guard !found.isEmpty else {
      throw Problem.badData(
        "The runs have no seed and number of weights in common.", remedy: "See 'tombola runs show' for what they have.")
    }
    if form.json { return try Terminal.json(found) }
    let header = ["run", "density", "weights", "seeds", "difference", "low", "high", "p", "p adjusted"]
    let rows = found.map { row in
      [
        row.arm, Figure.percent(row.density), "\(row.remaining)", "\(row.difference.values.count)",
        Figure.points(row.difference.mean), Figure.points(row.difference.low), Figure.points(row.difference.high),
        Self.chance(row), String(format: "%.3g", row.adjusted),
      ]
    }
    if form.csv { return Terminal.print(CSV.text([header] + rows)) }
    var table = TextTable(header: header)
    table.rows = rows
    Terminal.print("test accuracy in points against \(entries[0].name)\n\n\(table.text)")
  }

  private static func chance(_ row: StudyComparison) -> String {
    row.difference.values.count > 1 ? String(format: "%.3g", row.chance) : "-"
  }
}

struct RunsDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show the settings in which runs differ.")

  @Argument(help: "Names of runs, or how they begin.") var names: [String]
  @OptionGroup var place: StoreOption
  @OptionGroup var form: FormOptions

  func run() throws {
    guard names.count >= 2 else {
      throw Problem.usage("A difference needs two runs.", remedy: "Name them: tombola runs diff RUN RUN.")
    }
    let index = try place.index()
    let entries = try names.map { try index.run(named: $0) }
    let keys = (["command", "dataDigest"] + RunIndex.settingKeys).filter { key in
      Set(entries.map { $0.text(key) }).count > 1
    }
    if form.json {
      let values = keys.map { key in (key, entries.map { $0.text(key) }) }
      return try Terminal.json(Dictionary(uniqueKeysWithValues: values))
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
    key == "dataDigest" ? dataDigest.map { String($0.prefix(12)) } ?? "-" : self[key] ?? "-"
  }
}
