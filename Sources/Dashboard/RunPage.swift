import Basics
import Foundation
import Pages
import Report
import Sweeps

/// One run: what it is, how far it is, its learning curves, tables and files.
struct RunPage {
  private let entry: RunEntry
  private let store: URL
  private let details: RunDetails
  private let curves: RunCurves
  private let chartScript: String?

  init(_ entry: RunEntry, _ store: URL, _ request: HTTPRequest, _ chartScript: String?) {
    self.entry = entry
    self.store = store
    self.chartScript = chartScript
    details = RunDetails(entry, store: store)
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
      lead: lead, sections: [learning, rounds, settings, files].compactMap { $0 }, chartScript: chartScript,
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
    let report: HTMLText? = hasReport ? "<a href=\"\(Link.path(["report", entry.name]))\">Report</a> · " : nil
    let masks: HTMLText? =
      entry.seeds.isEmpty ? nil : "<a href=\"\(Link.path(["run", entry.name, "masks"]))\">Masks</a> · "
    let seed = curves.seed.map { [("seed", String($0))] } ?? []
    return """
      \(problem)\(damaged)<p id="live" role="status" class="note" data-events="\(Link.path(["events"], [("run", entry.name)]))" \
      data-charts="\(Link.path(["run", entry.name, "charts"], seed))">\(status)</p>
      <p>\(report)\(masks)seeds: \(seedLinks)</p>

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
      ("validation", "Validation accuracy, %", "%", \.validationAccuracy, 100),
      ("loss", "Validation loss", "", \.validationLoss, 1),
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
      "Learning curves", id: "learning", body: "<div class=\"side\">\(figures)</div>", charts: charts)
  }

  private var rounds: Section? {
    guard !details.rounds.isEmpty else { return nil }
    func cell(_ interval: Interval?) -> HTMLText { HTMLText(interval.map(Format.percentInterval) ?? Format.missing) }
    let rows = details.rounds.map { round in
      Table.Row(
        [
          "\(round.round)", HTMLText(Format.density(round.density)), HTMLText(Format.count(round.remaining)),
          cell(round.ticket), cell(round.reinit), cell(round.shuffled), cell(round.random),
        ], isMarked: round.round == entry.round)
    }
    let columns: [Table.Column] = [
      .text("Round"), .number("Density"), .number("Weights"), .number("Ticket"), .number("Re-initialised"),
      .number("Shuffled mask"), .number("Random mask"),
    ]
    return Section(
      "Rounds", id: "rounds",
      body: "\(Table("Test accuracy, %; dense \(cell(details.dense))", columns: columns, rows: rows).html)")
  }

  private var settings: Section {
    let rows = entry.settings.sorted { $0.key < $1.key }.map { Table.Row(["\($0.key)", "<code>\($0.value)</code>"]) }
    return Section(
      "Settings", id: "settings",
      body: """
        <pre tabindex="0">\(entry.reproduce)</pre>
        \(Table("All settings", columns: [.text("Setting"), .text("Value")], rows: rows).html)
        """)
  }

  private var files: Section {
    let rows: [(HTMLText, HTMLText)] = [
      ("Folder", "<code>\(details.folder)</code>"), ("Files", "\(details.files)"),
      ("Size", HTMLText(Format.bytes(details.bytes))),
      ("Digest of all seeds", "<code>\(entry.digest ?? Format.missing)</code>"),
      ("Digest of the data", "<code>\(entry.dataDigest ?? Format.missing)</code>"),
      ("Journal", "\(details.events) events, \(details.damagedLines) damaged lines"),
    ]
    return Section(
      "Files", id: "files",
      body: Table("Files", columns: [.text("What"), .text("Value")], rows: rows.map { Table.Row([$0.0, $0.1]) }).html)
  }
}
