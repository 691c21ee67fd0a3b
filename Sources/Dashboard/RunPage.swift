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
  private let chartScript: String?

  init(_ entry: RunEntry, _ site: Router, _ request: HTTPRequest) {
    let folder = site.store.appendingPathComponent(entry.name)
    self.entry = entry
    store = site.store
    chartScript = site.chartScript
    details = RunDetails(entry, store: store, count: site.cache.count)
    curves = RunCurves(folder: folder, seed: request.value("seed").flatMap { UInt64($0) }, cache: site.cache)
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
    let report = RunReport(entry, in: store.appendingPathComponent(entry.name))?.document
    // What the experiment's own page shows, but for how to reproduce it.
    let findings = (report?.sections ?? []).filter { $0.id != "provenance" }
    return LivePage(
      title: entry.name, subtitle: "\(entry.command), \(entry.status.rawValue), \(entry.seeds.count) seeds done",
      lead: lead(report), sections: [learning, networks].compactMap { $0 } + findings + [settings, files],
      chartScript: chartScript,
      script: LiveScript.run
    ).response
  }

  /// What of the folder cannot be read, in sentences.
  private func notices(_ report: Document?) -> [String] {
    let damaged = details.damagedLines
    let names = (try? FileManager.default.contentsOfDirectory(atPath: details.folder)) ?? []
    let read = Set(details.summaries.map { SeedSummary.fileName($0.seed) })
    let lost = names.filter { $0.hasPrefix("seed-") && $0.hasSuffix(".json") && !read.contains($0) } + curves.unreadable
    let listed = lost.sorted().prefix(10).joined(separator: ", ") + (lost.count > 10 ? ", …" : "")
    return [
      entry.problem,
      entry.problem == nil && entry.status == .done && report == nil
        ? "The result cannot be read; 'tombola report \(entry.name)' makes it anew from the records." : nil,
      lost.isEmpty ? nil : "\(Format.plural(lost.count, "file")) of the folder cannot be read: \(listed).",
      damaged > 0 ? "The journal has \(damaged) damaged lines; they are passed over." : nil,
    ].compactMap { $0 }
  }

  private func lead(_ report: Document?) -> HTMLText {
    let notices = notices(report).map { notice -> HTMLText in "<p class=\"notice\" role=\"alert\">\(notice)</p>\n" }
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
      \(notices)<p id="live" role="status" class="note" data-events="\(Link.path(["events"], [("run", entry.name)]))" \
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
    let measures: [(String, String, String, KeyPath<ThinnedCurve, ThinnedCurve.Line>)] = [
      ("live-validation", "Validation accuracy, %", "%", \.accuracy), ("live-loss", "Validation loss", "", \.loss),
    ]
    return measures.map { id, title, unit, line in
      let series = curves.series.enumerated().map { i, curve in
        Chart.Series(curve.stage, style: .numbered(i), points: curve[keyPath: line].chartPoints)
      }
      var y = Axis(title, unit: unit, decimals: unit.isEmpty ? 4 : 2)
      y.range = Axis.roundRange(series.flatMap { $0.points.compactMap(\.y) })
      return Chart(id: id, title: title, x: Axis("Step", decimals: 0), y: y, series: series)
    }
  }

  private var learning: Section? {
    let charts = charts
    guard !charts.isEmpty else { return nil }
    let figures = charts.map {
      ChartFigure($0, note: "Curves are thinned to \(ThinnedCurve.Line.shown) points.").html(drawn: chartScript != nil)
    }
    return Section(
      "Validation curves", id: "live-learning", body: "<div class=\"side\">\(figures)</div>", charts: charts)
  }

  private var networks: Section? {
    details.table.map { Section("Networks", id: "live-networks", [.table($0)]) }
  }

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
