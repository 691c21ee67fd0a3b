import ArgumentParser
import Basics
import Foundation
import Studies

struct RunsExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write every trained network of the runs as a row: CSV, or JSON with --json.",
    discussion: "A row has the run, its seed, round and arm, what was reached, the digest, and all settings.")

  @OptionGroup var filters: FilterArguments
  @OptionGroup var place: StoreOption
  @Option(help: "File to write; standard output without it.") var to: String?
  @Flag(help: "Write a JSON list instead of CSV.") var json = false

  private static let columns = [
    "run", "seed", "round", "arm", "remaining", "density", "testAccuracy", "validationAccuracy", "earlyStopStep",
    "earlyStopTestAccuracy", "digest",
  ]

  func run() throws {
    let runs = try place.index().runs(RunIndex.Query(try filters.filter(), sort: "name"))
    let keys = RunIndex.settingKeys
    let rows = runs.flatMap { run in
      RunEntry.summaries(in: place.store.appendingPathComponent(run.name)).flatMap { summary in
        summary.stages.map { stage in
          [
            run.name, "\(summary.seed)", "\(stage.round)", stage.arm, "\(stage.remaining)", "\(stage.density)",
            "\(stage.testAccuracy)", "\(stage.validationAccuracy)", "\(stage.earlyStopStep)",
            "\(stage.earlyStopTestAccuracy)", stage.digest,
          ] + keys.map { run.settings[$0] ?? "" }
        }
      }
    }
    let header = Self.columns + keys
    let text = json ? try Self.json(header, rows) : CSV.text([header] + rows)
    guard let to else { return Terminal.print(text) }
    try AtomicFile.write(text + "\n", to: URL(fileURLWithPath: to))
    Terminal.print("\(rows.count) rows of \(runs.count) runs in \(to)")
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
