import ArgumentParser
import Basics
import Experiments
import Foundation
import Pages
import Sweeps

struct RunsExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write every trained network of the runs as a row: CSV, or JSON with --json.",
    discussion:
      "A row has the run, its seed, round and arm, what was reached, the digest, and all settings that a run has.")

  @OptionGroup var filters: FilterArguments
  @OptionGroup var place: StoreOption
  @Option(help: "File to write; standard output without it.") var to: String?
  @Flag(help: "Write a JSON list instead of CSV.") var json = false

  func run() throws {
    let index = try place.index(), runs = try index.runs(RunIndex.Query(try filters.filter(index), sort: "name"))
    let stages = runs.flatMap { run in
      RunEntry.summaries(in: place.store.appendingPathComponent(run.name)).flatMap { summary in
        summary.stages.map { (run: run, seed: summary.seed, stage: $0) }
      }
    }
    let usual = MetricCatalog.common.map(\.key), measured = Set(stages.flatMap { $0.stage.metrics.keys })
    let metrics = usual.filter(measured.contains) + measured.subtracting(usual).sorted()
    let keys = index.settingKeys.filter { key in runs.contains { $0.settings[key] != nil } }
    let rows = stages.map { run, seed, stage -> [String] in
      let place = [
        run.name, "\(seed)", "\(stage.round)", stage.arm, Self.text(stage.remaining), Self.text(stage.density),
        Self.text(stage.multiplyAdds), Self.text(stage.denseMultiplyAdds),
      ]
      return place + metrics.map { key in stage.metrics[key].map { MetricCatalog.text($0, of: key) } ?? "" } + [
        stage.digest
      ]
        + keys.map { run.settings[$0] ?? "" }
    }
    let header =
      ["run", "seed", "round", "arm", "remaining", "density", "multiplyAdds", "denseMultiplyAdds"] + metrics + [
        "digest"
      ] + keys
    let text = json ? try Self.json(header, rows) : CSV.text([header] + rows)
    guard let to else { return Terminal.print(text) }
    try AtomicFile.write(text + "\n", to: URL(fileURLWithPath: to))
    Terminal.print("\(rows.count) rows of \(runs.count) runs in \(to)")
  }

  private static func text(_ value: (some CustomStringConvertible)?) -> String { value?.description ?? "" }

  /// Numbers as numbers.
  private static func json(_ header: [String], _ rows: [[String]]) throws -> String {
    let objects = rows.map { row in
      // A metric may have any name, even that of another column.
      Dictionary(zip(header, row).map { ($0, Value($1)) }) { first, _ in first }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(objects), as: UTF8.self)
  }

  private struct Value: Encodable {
    let text: String
    init(_ text: String) { self.text = text }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if let value = Int64(text) {
        try container.encode(value)
      } else if let value = Double(text), value.isFinite {
        try container.encode(value)
      } else {
        try container.encode(text)
      }
    }
  }
}
