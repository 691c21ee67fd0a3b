import ArgumentParser
import Basics
import Foundation
import Pages
import Sweeps

struct RunsExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write every trained network of the runs as a row: CSV, or JSON with --json.",
    discussion: "A row has the run, its seed, round and arm, what was reached, the digest, and all settings.")

  @OptionGroup var filters: FilterArguments
  @OptionGroup var place: StoreOption
  @Option(help: "File to write; standard output without it.") var to: String?
  @Flag(help: "Write a JSON list instead of CSV.") var json = false

  /// Metrics that come first; others follow by name.
  private static let usual = ["testAccuracy", "validationAccuracy", "earlyStopStep", "earlyStopTestAccuracy"]

  func run() throws {
    let runs = try place.index().runs(RunIndex.Query(try filters.filter(), sort: "name"))
    let stages = runs.flatMap { run in
      RunEntry.summaries(in: place.store.appendingPathComponent(run.name)).flatMap { summary in
        summary.stages.map { (run: run, seed: summary.seed, stage: $0) }
      }
    }
    let others = Set(stages.flatMap { $0.stage.metrics.keys }).subtracting(Self.usual).sorted()
    let metrics = Self.usual + others, keys = RunIndex.settingKeys
    let rows = stages.map { run, seed, stage -> [String] in
      let place = [
        run.name, "\(seed)", "\(stage.round)", stage.arm, Self.text(stage.remaining), Self.text(stage.density),
      ]
      return place + metrics.map { Self.text(stage.metrics[$0], of: $0) } + [stage.digest]
        + keys.map { run.settings[$0] ?? "" }
    }
    let header = ["run", "seed", "round", "arm", "remaining", "density"] + metrics + ["digest"] + keys
    let text = json ? try Self.json(header, rows) : CSV.text([header] + rows)
    guard let to else { return Terminal.print(text) }
    try AtomicFile.write(text + "\n", to: URL(fileURLWithPath: to))
    Terminal.print("\(rows.count) rows of \(runs.count) runs in \(to)")
  }

  private static func text(_ value: (some CustomStringConvertible)?) -> String { value?.description ?? "" }

  /// Steps as whole numbers.
  private static func text(_ value: Double?, of metric: String) -> String {
    metric.hasSuffix("Step") ? text(value.flatMap { Int(exactly: $0) }) : text(value)
  }

  /// Numbers as numbers.
  private static func json(_ header: [String], _ rows: [[String]]) throws -> String {
    let objects = rows.map { row in
      Dictionary(uniqueKeysWithValues: zip(header, row).map { ($0, Value($1)) })
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
