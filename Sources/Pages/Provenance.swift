public import Basics
import Foundation

/// What numbers came from, and how to make the same bits again: the last section of every document.
public struct Provenance {
  public var command: String
  public var reproduce: String
  public var settings: [String: String]
  public var seeds: [UInt64]
  public var dataset: DatasetSummary?
  public var seconds: [String: Double]
  public var residentBytes: Int
  /// Stands before the tables.
  public var more: [Block]

  public init(
    command: String, reproduce: String, settings: [String: String], seeds: [UInt64], dataset: DatasetSummary?,
    seconds: [String: Double], residentBytes: Int, more: [Block] = []
  ) {
    self.command = command
    self.reproduce = reproduce
    self.settings = settings
    self.seeds = seeds
    self.dataset = dataset
    self.seconds = seconds
    self.residentBytes = residentBytes
    self.more = more
  }

  public var section: Section {
    Section(
      "How to reproduce it", id: "provenance",
      [
        .paragraph(
          "This command makes the same bits again, on any number of threads and on any supported processor."),
        .lines(reproduce, id: "reproduce", button: "Copy the command"),
      ] + more + [.beside((dataset.map { [.table(table(of: $0))] } ?? []) + [.table(phases)]), .table(settingsTable)])
  }

  /// A table of names and values.
  public static func facts(_ caption: HTMLText, _ rows: [(String, Cell)]) -> Table {
    Table(caption, columns: [.text("What"), .text("Value")], rows: rows.map { Table.Row([.text($0.0), $0.1]) })
  }

  private func table(of dataset: DatasetSummary) -> Table {
    Self.facts(
      "Data set",
      [
        ("Name", .text(dataset.name)), ("Source", Cell(source(dataset.source))),
        ("Shape", .text(dataset.shape.map(String.init).joined(separator: " × "))),
        ("Classes", .count(dataset.classes)), ("Training images", .count(dataset.trainCount)),
        ("Validation images", .count(dataset.validationCount)), ("Test images", .count(dataset.testCount)),
        ("Normalisation", .text(dataset.normalisation)),
      ] + (dataset.digest.map { [("SHA-256 of samples and labels", .code($0))] } ?? []))
  }

  /// The source as text, and as a link where it is nothing but a web address.
  private func source(_ text: String) -> HTMLText {
    let isAddress = (text.hasPrefix("https://") || text.hasPrefix("http://")) && !text.contains(where: \.isWhitespace)
    return isAddress ? "<a href=\"\(text)\" rel=\"noreferrer\">\(text)</a>" : "\(text)"
  }

  /// The longest first, and the wall-clock time of all last.
  private var phases: Table {
    let total = seconds["total"] ?? seconds.values.reduce(0, +)
    let names = seconds.keys.filter { $0 != "total" }.sorted { (-seconds[$0]!, $0) < (-seconds[$1]!, $1) }
    let rows = (names + (seconds["total"] == nil ? [] : ["total"])).map { name -> Table.Row in
      let share = total > 0 && seconds[name]!.isFinite ? min(max(seconds[name]! / total, 0), 1) : 0
      return Table.Row(
        [
          .text(name), .duration(seconds[name]), .decimal(100 * share, 1),
          "<span class=\"track\"><span class=\"bar\" style=\"width:\(Format.cssPercent(share))\"></span></span>",
        ], isMarked: name == "total")
    }
    let memory = Table.Row(["memory", Cell(HTMLText(Format.bytes(residentBytes))), "", "largest resident size"])
    return Table(
      "Time by phase", columns: [.text("Phase"), .number("Time"), .number("%"), .text("Share")],
      rows: residentBytes > 0 ? rows + [memory] : rows)
  }

  private var settingsTable: Table {
    let facts = [("command", Cell.code(command)), ("seeds", .code(seeds.map(String.init).joined(separator: ", ")))]
    return Self.facts("Settings", facts + settings.sorted { $0.key < $1.key }.map { ($0.key, .code($0.value)) })
  }
}

extension Format {
  /// A share for a style attribute: plain ASCII.
  static func cssPercent(_ share: Double) -> String { "\((1000 * share).rounded() / 10)%" }
}
