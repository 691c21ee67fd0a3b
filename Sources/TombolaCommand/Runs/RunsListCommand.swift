import ArgumentParser
import Basics
import Foundation
import Pages
import Sweeps

struct RunsListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List runs, filtered and sorted.",
    discussion: """
      Density and accuracy are those of the sparsest round that matches the dense network, or else of the last. Columns: \
      name, command, status, seeds, round, density, accuracy, dense, gap, seconds, updated, digest, and every setting.
      """)

  @OptionGroup var filters: FilterArguments
  @OptionGroup var place: StoreOption
  @Option(parsing: .unconditional, help: "Key to sort by; a minus sign before it sorts downwards.") var sort =
    "-updated"
  @Option(help: "No more rows than this.") var limit: Int?
  @Option(help: "Columns, with commas.") var columns: String?
  @Flag(help: "Make the index anew first.") var rebuild = false
  @OptionGroup var form: FormOptions

  func run() throws {
    let index = try place.index(rebuilding: rebuild), filter = try filters.filter()
    let limit = limit ?? (form.json || form.csv ? .max : 200)
    guard limit >= 0 else { throw Problem.usage("--limit \(limit) is below 0.", remedy: "Give at least 0.") }
    let runs = try index.runs(RunIndex.Query(filter, sort: sort, limit: limit))
    if form.json { return try Terminal.json(runs) }
    let keys = try chosenColumns(runs)
    if form.csv { return Terminal.print(CSV.text([keys] + runs.map { run in keys.map { run[$0] ?? "" } })) }
    var table = TextTable(header: keys)
    table.rows = runs.map { run in keys.map { Self.cell($0, run) } }
    Terminal.print(table.text)
    let all = try index.count(filter)
    Terminal.print("\n\(all) run\(all == 1 ? "" : "s")" + (all > runs.count ? ", \(runs.count) shown (--limit)" : ""))
    for run in runs { if let problem = run.problem { Terminal.note("\(run.name): \(problem)") } }
  }

  private func chosenColumns(_ runs: [RunEntry]) throws -> [String] {
    guard let columns else {
      let usual = ["name", "status", "data", "model", "algorithm", "criterion"]
      return usual + ["seeds", "density", "accuracy", "dense", "gap", "updated"]
    }
    let keys = columns.split(separator: ",").map(String.init)
    for key in keys where !RunIndex.keys.contains(key) {
      throw Problem.usage("There is no column '\(key)'.", remedy: Suggestion.sentence(for: key, among: RunIndex.keys))
    }
    return keys
  }

  private static func cell(_ key: String, _ run: RunEntry) -> String {
    switch key {
    case "density": Figure.percent(run.density)
    case "accuracy": Figure.percent(run.accuracy)
    case "dense": Figure.percent(run.dense)
    case "gap": Figure.points(run.gap)
    case "seconds": run.seconds.map { Terminal.duration($0) } ?? "-"
    case "updated": Figure.date(run.updated)
    case "digest": run.digest.map { String($0.prefix(12)) } ?? "-"
    default: run[key] ?? "-"
    }
  }
}
