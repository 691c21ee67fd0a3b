import Basics
import Foundation
import Pages
import Sweeps

/// One run: what it is, how far it is, its learning curves, networks, what its experiment says, and files.
struct RunPage {
  private let entry: RunEntry
  private let store: URL
  private let details: RunDetails
  private let curves: RunCurves
  private let report: Document?
  private let chartScript: String?

  init(_ entry: RunEntry, _ store: URL, _ request: HTTPRequest, _ chartScript: String?) {
    self.entry = entry
    self.store = store
    self.chartScript = chartScript
    details = RunDetails(entry, store: store)
    report = RunReport(entry, in: store.appendingPathComponent(entry.name))?.document
    curves = RunCurves(
      folder: store.appendingPathComponent(entry.name), seed: request.value("seed").flatMap { UInt64($0) })
  }

  /// What the page's script asks for when something happened.
  var liveData: LiveData { LiveData(charts: charts, status: status) }

  struct LiveData: Encodable {
    var charts: [Chart]
    var status: String
  }

  private var status: String {
    let state = details.isRunning || curves.isRunning ? "A process is at work on this run. " : ""
    return state + curves.progress
      + (details.damagedLines > 0 ? " The journal has \(details.damagedLines) damaged lines." : "")
  }

  var response: HTTPResponse {
    LivePage(
      title: entry.name, subtitle: "\(entry.command), \(entry.status.rawValue), \(entry.seeds.count) seeds done",
      lead: lead, sections: [learning, networks].compactMap { $0 } + findings + [settings, files],
      chartScript: chartScript,
      script: LiveScript.run
    ).response
  }

  private var lead: HTMLText {
    let problem: HTMLText? = entry.problem.map { "<p class=\"notice\" role=\"alert\">\($0)</p>\n" }
    let damaged: HTMLText? =
      details.damagedLines > 0
      ? "<p class=\"notice\" role=\"alert\">The journal has \(details.damagedLines) damaged lines; they are passed over.</p>\n"
      : nil
    let hasReport = FileManager.default.fileExists(
      atPath: store.appendingPathComponent(entry.name).appendingPathComponent("report.html").path)
    let link: HTMLText? = hasReport ? "<a href=\"\(Link.path(["report", entry.name]))\">Report</a> · " : nil
    let masks: HTMLText? =
      details.rounds.isEmpty ? nil : "<a href=\"\(Link.path(["run", entry.name, "masks"]))\">Masks</a> · "
    let verdict: HTMLText? = report.map { document in
      "<div class=\"verdict\">\(document.verdict.map { sentence -> HTMLText in "<p>\(sentence)</p>\n" })</div>\n"
    }
    let seed = curves.seed.map { [("seed", String($0))] } ?? []
    return """
      \(problem)\(damaged)<p id="live" role="status" class="note" data-events="\(Link.path(["events"], [("run", entry.name)]))" \
      data-charts="\(Link.path(["run", entry.name, "charts"], seed))">\(status)</p>
      <p>\(link)\(masks)seeds: \(seedLinks)</p>
      \(verdict)
      """
  }

  private var seedLinks: HTMLText {
    curves.seeds.map { seed -> HTMLText in
      seed == curves.seed
        ? "<strong>\(String(seed))</strong>"
        : "<a href=\"\(Link.path(["run", entry.name], [("seed", String(seed))]))\">\(String(seed))</a>"
    }.joined(separator: ", ")
  }

  // MARK: sections

  private var charts: [Chart] {
    guard !curves.series.isEmpty else { return [] }
    let measures: [(String, String, String, KeyPath<CurvePoint, Double>, Double)] = [
      ("live-validation", "Validation accuracy, %", "%", \.validationAccuracy, 100),
      ("live-loss", "Validation loss", "", \.validationLoss, 1),
    ]
    return measures.map { id, title, unit, path, scale in
      let series = curves.series.enumerated().map { i, curve in
        Chart.Series(curve.stage, style: .numbered(i), points: Self.points(curve.points, path, scale))
      }
      var y = Axis(title, unit: unit, decimals: unit.isEmpty ? 4 : 2)
      y.range = Axis.roundRange(series.flatMap { $0.points.compactMap(\.y) })
      return Chart(id: id, title: title, x: Axis("Step", decimals: 0), y: y, series: series)
    }
  }

  private static func points(_ curve: [CurvePoint], _ path: KeyPath<CurvePoint, Double>, _ scale: Double) -> [Chart
    .Point]
  {
    let all = curve.map { (x: Double($0.step), y: scale * $0[keyPath: path]) }.filter { $0.y.isFinite }
    return Downsampling.points(all, to: 300).map { Chart.Point($0.x, $0.y) }
  }

  private var learning: Section? {
    let charts = charts
    guard !charts.isEmpty else { return nil }
    let figures = charts.map {
      ChartFigure($0, note: "Curves are thinned to 300 points.").html(drawn: chartScript != nil)
    }
    return Section(
      "Learning curves", id: "live-learning", body: "<div class=\"side\">\(figures)</div>", charts: charts)
  }

  private var networks: Section? {
    details.table.map { Section("Networks", id: "live-networks", [.table($0)]) }
  }

  /// What the experiment's own page shows, but for how to reproduce it.
  private var findings: [Section] { (report?.sections ?? []).filter { $0.id != "provenance" } }

  private var settings: Section {
    let rows = entry.settings.sorted { $0.key < $1.key }.map { Table.Row([.text($0.key), .code($0.value)]) }
    return Section(
      "Settings", id: "live-settings",
      [
        .lines(entry.reproduce, id: "reproduce", button: "Copy the command"),
        .table(Table("All settings", columns: [.text("Setting"), .text("Value")], rows: rows)),
      ])
  }

  private var files: Section {
    let facts: [(String, Cell)] = [
      ("Folder", .code(details.folder)), ("Files", .count(details.files)),
      ("Size", Cell(HTMLText(Format.bytes(details.bytes)))),
      ("Digest of all seeds", .code(entry.digest ?? Format.missing)),
      ("Digest of the data", .code(entry.dataDigest ?? Format.missing)),
      ("Journal", .text("\(details.events) events, \(details.damagedLines) damaged lines")),
    ]
    return Section("Files", id: "live-files", [.table(Provenance.facts("Files", facts))])
  }
}
