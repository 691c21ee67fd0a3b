import Basics
import Foundation

/// What numbers came from, and how to make the same bits again: the last section of every report.
struct Provenance {
  var command: String
  var reproduce: String
  var settings: [String: String]
  var seeds: [UInt64]
  var dataset: DatasetSummary
  var seconds: [String: Double]
  var residentBytes: Int
  /// Phases in the order in which they are shown; others follow.
  var phases: [String]
  /// Stands before the tables.
  var more: HTMLText?

  var section: Section {
    Section(
      "How to reproduce it", id: "provenance",
      body: """
        <p>This command makes the same bits again, on any number of threads and on any supported processor.</p>
        <div class="command"><pre id="reproduce" tabindex="0">\(reproduce)</pre>
        <button type="button" data-copy="reproduce">Copy the command</button></div>
        \(more)<div class="pair">\(datasetTable)\(phaseTable)</div>
        \(settingsTable)
        """)
  }

  /// A table of names and values.
  static func facts(_ caption: HTMLText, _ rows: [(String, HTMLText)]) -> HTMLText {
    Table(caption, columns: [.text("What"), .text("Value")], rows: rows.map { Table.Row(["\($0.0)", $0.1]) }).html
  }

  private var datasetTable: HTMLText {
    Self.facts(
      "Data set",
      [
        ("Name", "\(dataset.name)"), ("Source", source),
        ("Shape", "\(dataset.shape.map(String.init).joined(separator: " × "))"),
        ("Classes", "\(Format.count(dataset.classes))"), ("Training images", "\(Format.count(dataset.trainCount))"),
        ("Validation images", "\(Format.count(dataset.validationCount))"),
        ("Test images", "\(Format.count(dataset.testCount))"),
        ("Normalisation", "\(dataset.normalisation)"),
      ] + (dataset.digest.map { [("SHA-256 of samples and labels", "<code>\($0)</code>")] } ?? []))
  }

  /// The source as text, and as a link where it is nothing but a web address.
  private var source: HTMLText {
    let text = dataset.source
    let isAddress = (text.hasPrefix("https://") || text.hasPrefix("http://")) && !text.contains(where: \.isWhitespace)
    return isAddress ? "<a href=\"\(text)\" rel=\"noreferrer\">\(text)</a>" : "\(text)"
  }

  private var phaseTable: HTMLText {
    let total = seconds["total"] ?? seconds.values.reduce(0, +)
    let others = seconds.keys.filter { !phases.contains($0) && $0 != "total" }.sorted()
    let shown = (phases + others + ["total"]).compactMap { name in seconds[name].map { (name, $0) } }
    let rows = shown.map { name, seconds -> Table.Row in
      let share = total > 0 && seconds.isFinite ? min(max(seconds / total, 0), 1) : 0
      return Table.Row(
        [
          "\(name)", "\(Format.duration(seconds))", "\(Format.decimal(100 * share, 1))",
          "<span class=\"track\"><span class=\"bar\" style=\"width:\(Format.cssPercent(share))\"></span></span>",
        ], isMarked: name == "total")
    }
    let memory: Table.Row = Table.Row(["memory", "\(Format.bytes(residentBytes))", "", "largest resident size"])
    return Table(
      "Time by phase", columns: [.text("Phase"), .number("Time"), .number("%"), .text("Share")],
      rows: residentBytes > 0 ? rows + [memory] : rows
    ).html
  }

  private var settingsTable: HTMLText {
    let settings = settings.sorted { $0.key < $1.key }.map { key, value -> (String, HTMLText) in
      (key, "<code>\(value)</code>")
    }
    let seeds: HTMLText = "<code>\(seeds.map(String.init).joined(separator: ", "))</code>"
    return Self.facts("Settings", [("command", "<code>\(command)</code>"), ("seeds", seeds)] + settings)
  }
}

extension Format {
  /// A share for a style attribute: plain ASCII.
  static func cssPercent(_ share: Double) -> String { "\((1000 * share).rounded() / 10)%" }
}
