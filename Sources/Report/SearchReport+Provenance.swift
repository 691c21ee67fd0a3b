import Foundations

/// What the numbers came from, and how to make the same bits again.
extension SearchReport {
  var provenance: Section {
    Section(
      "How to reproduce it", id: "provenance",
      body: """
        <p>This command makes the same bits again, on any number of threads and on any supported processor.</p>
        <div class="command"><pre id="reproduce" tabindex="0">\(result.reproduce)</pre>
        <button type="button" data-copy="reproduce">Copy the command</button></div>
        \(ticketTable)<div class="pair">\(datasetTable)\(phaseTable)</div>
        \(settingsTable)
        """)
  }

  private func facts(_ caption: HTMLText, _ rows: [(String, HTMLText)]) -> HTMLText {
    Table(caption, columns: [.text("What"), .text("Value")], rows: rows.map { Table.Row(["\($0.0)", $0.1]) }).html
  }

  private var ticketTable: HTMLText? {
    result.ticket.map { ticket in
      facts(
        "Ticket",
        [
          ("File", "<code>\(ticket.path)</code>"), ("SHA-256 of masks and weights", "<code>\(ticket.digest)</code>"),
          ("Size", "\(Format.count(ticket.bytes)) bytes"),
          ("Density", "\(Format.density(ticket.density)) after round \(ticket.round)"),
        ])
    }
  }

  private var datasetTable: HTMLText {
    let data = result.dataset
    return facts(
      "Data set",
      [
        ("Name", "\(data.name)"), ("Source", source),
        ("Shape", "\(data.shape.map(String.init).joined(separator: " × "))"),
        ("Classes", "\(Format.count(data.classes))"), ("Training images", "\(Format.count(data.trainCount))"),
        ("Validation images", "\(Format.count(data.validationCount))"),
        ("Test images", "\(Format.count(data.testCount))"),
        ("Normalisation", "\(data.normalisation)"),
      ] + (data.digest.map { [("SHA-256 of samples and labels", "<code>\($0)</code>")] } ?? []))
  }

  /// The source as text, and as a link where it is nothing but a web address.
  private var source: HTMLText {
    let text = result.dataset.source
    let isAddress = (text.hasPrefix("https://") || text.hasPrefix("http://")) && !text.contains(where: \.isWhitespace)
    return isAddress ? "<a href=\"\(text)\" rel=\"noreferrer\">\(text)</a>" : "\(text)"
  }

  private var phaseTable: HTMLText {
    let total = result.seconds["total"] ?? result.seconds.values.reduce(0, +)
    let known = ["data", "dense", "ticket", "controls", "evaluation"]
    let others = result.seconds.keys.filter { !known.contains($0) && $0 != "total" }.sorted()
    let phases = (known + others + ["total"]).compactMap { name in result.seconds[name].map { (name, $0) } }
    let rows = phases.map { name, seconds -> Table.Row in
      let share = total > 0 && seconds.isFinite ? min(max(seconds / total, 0), 1) : 0
      return Table.Row(
        [
          "\(name)", "\(Format.duration(seconds))", "\(Format.decimal(100 * share, 1))",
          "<span class=\"track\"><span class=\"bar\" style=\"width:\(Format.cssPercent(share))\"></span></span>",
        ], isMarked: name == "total")
    }
    let memory: Table.Row = Table.Row(["memory", "\(Format.bytes(result.residentBytes))", "", "largest resident size"])
    return Table(
      "Time by phase", columns: [.text("Phase"), .number("Time"), .number("%"), .text("Share")],
      rows: result.residentBytes > 0 ? rows + [memory] : rows
    ).html
  }

  private var settingsTable: HTMLText {
    let settings = result.settings.sorted { $0.key < $1.key }.map { key, value -> (String, HTMLText) in
      (key, "<code>\(value)</code>")
    }
    let seeds: HTMLText = "<code>\(result.seeds.map(String.init).joined(separator: ", "))</code>"
    let command: HTMLText = "<code>\(result.command)</code>"
    return facts("Settings", [("command", command), ("seeds", seeds)] + settings)
  }
}

extension Format {
  /// A share for a style attribute: plain ASCII.
  static func cssPercent(_ share: Double) -> String { "\((1000 * share).rounded() / 10)%" }
}
