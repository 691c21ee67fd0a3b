import ArgumentParser
import Basics
import Experiments
import Foundation
import Pages
import Sweeps

struct RunsListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List runs, filtered and sorted.",
    discussion: """
      Columns: name, command, status, seeds, seconds, updated, digest, every setting, and what runs measured: density, \
      accuracy, dense and gap of the sparsest ticket that matches the dense network, or else of the last; figures of an \
      experiment (tombola runs show); metrics such as testAccuracy. What a run does not have stays blank.
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
    let index = try place.index(rebuilding: rebuild), filter = try filters.filter(index)
    let limit = limit ?? (form.json || form.csv ? .max : 200)
    guard limit >= 0 else { throw Problem.usage("--limit \(limit) is below 0.", remedy: "Give at least 0.") }
    let runs = try index.runs(RunIndex.Query(filter, sort: sort, limit: limit))
    if form.json { return try Terminal.json(runs) }
    let keys = try chosenColumns(index, runs)
    if form.csv { return Terminal.print(CSV.text([keys] + runs.map { run in keys.map { run[$0] ?? "" } })) }
    let table = TextTable(header: keys, rows: runs.map { run in keys.map { run.cell($0) } })
    let all = try index.count(filter)
    Terminal.print(table.text)
    Terminal.print("\n\(all) run\(all == 1 ? "" : "s")" + (all > runs.count ? ", \(runs.count) shown (--limit)" : ""))
    for run in runs { if let problem = run.problem { Terminal.note("\(run.name): \(problem)") } }
  }

  private func chosenColumns(_ index: RunIndex, _ runs: [RunEntry]) throws -> [String] {
    guard let columns else { return RunEntry.columns(of: runs) }
    let keys = columns.split(separator: ",").map(String.init), known = index.keys
    for key in keys where !known.contains(key) {
      throw Problem.usage("There is no column '\(key)'.", remedy: Suggestion.sentence(for: key, among: known))
    }
    return keys
  }
}

extension RunEntry {
  fileprivate func cell(_ key: String) -> String {
    switch key {
    case "seconds": seconds.map { Terminal.duration($0) } ?? ""
    case "updated": Moment.text(updated)
    case "digest": digest.map { String($0.prefix(12)) } ?? ""
    default: figures[key].map { Table.plain(MetricCatalog.metric(key).cell($0).text) } ?? self[key] ?? ""
    }
  }
}
