import ArgumentParser
import Basics
import Experiments
import Foundation
import Pages
import Sweeps

struct RunsShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show one run: settings, seeds, networks, files.")

  @Argument(help: "The run's name, how it begins (find-6e10af, 6e10af), or its folder.") var name: String
  @OptionGroup var place: StoreOption
  @Flag(help: "Print JSON instead of tables.") var json = false

  func run() throws {
    let (entry, folder) = try place.run(named: name)
    let details = RunDetails(entry, store: folder.deletingLastPathComponent())
    if json { return try Terminal.json(details) }
    Terminal.print(Self.text(details))
  }

  static func text(_ details: RunDetails) -> String {
    let entry = details.entry
    var lines = [
      "\(entry.name): \(entry.command), \(entry.status.rawValue)\(details.isRunning ? ", running" : "")",
      "seeds done: \(entry.seeds.isEmpty ? "none" : entry.seeds.map(String.init).joined(separator: ", "))",
      "settings: \(details.changes.isEmpty ? "all at their defaults" : details.changes.joined(separator: " "))",
    ]
    if let problem = entry.problem { lines.append("problem: \(problem)") }
    let figures = entry.figures.sorted { $0.key < $1.key }.map {
      "\($0.key) \(MetricCatalog.metric($0.key).cell($0.value).text)"
    }
    if !figures.isEmpty { lines.append("figures: \(figures.joined(separator: ", "))") }
    if let table = details.table { lines.append("\n" + table.text + "\n") }
    lines += [
      "digest: \(entry.digest ?? "-")", "data digest: \(entry.dataDigest ?? "-")",
      "files: \(details.files), \(details.bytes) bytes, in \(details.folder)",
      "journal: \(details.events) events, \(details.damagedLines) damaged lines", "again: \(entry.reproduce)",
    ]
    return lines.joined(separator: "\n")
  }
}
