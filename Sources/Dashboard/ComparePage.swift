import Basics
import Foundation
import Pages
import Report
import Sweeps

/// Any runs in one chart: test accuracy of their tickets against density, and the table of paired differences.
struct ComparePage {
  private static let mostRuns = 24

  private let entries: [RunEntry]
  private let details: [RunDetails]
  private let comparisons: [StudyComparison]
  private let chartScript: String?

  /// - Throws: `Problem` if no run is named, too many are, or one is not there.
  init(_ index: RunIndex, _ store: URL, _ request: HTTPRequest, _ chartScript: String?) throws {
    let names = request.values("run")
    guard (1...Self.mostRuns).contains(Set(names).count) else {
      throw Problem.usage("A comparison takes 1 to \(Self.mostRuns) runs.", remedy: "Tick them in the list of runs.")
    }
    var seen: Set<String> = []
    entries = try names.filter { seen.insert($0).inserted }.map { try index.exactRun($0) }
    details = entries.map { RunDetails($0, store: store) }
    comparisons = RunComparison(entries, store: store).comparisons
    self.chartScript = chartScript
  }

  var response: HTTPResponse {
    LivePage(
      title: "Comparison of \(entries.count) runs", subtitle: "Test accuracy of tickets, means over seeds",
      lead: .empty, sections: [accuracy, differences, settings].compactMap { $0 }, chartScript: chartScript
    ).response
  }

  private var accuracy: Section {
    let series = zip(entries, details).enumerated().compactMap { i, run -> Chart.Series? in
      let dense = run.1.dense.map { [point(1, $0)] } ?? [], rounds = run.1.rounds.map { point($0.density, $0.ticket) }
      return (dense + rounds).isEmpty ? nil : Chart.Series(run.0.name, style: .numbered(i), points: dense + rounds)
    }
    guard !series.isEmpty else {
      return Section("Accuracy against density", id: "accuracy", body: "<p>No seed of these runs is done.</p>\n")
    }
    let points = series.flatMap(\.points)
    var x = Axis("Remaining weights, %", scale: .logarithmic, unit: "%"),
      y = Axis("Test accuracy, %", unit: "%", decimals: 2)
    x.isReversed = true
    x.range = Axis.Range(low: (points.map(\.x).min() ?? 1) * 0.96, high: 100)
    x.ticks = Axis.logarithmicTicks(x.range?.low ?? 1, 100)
    y.range = Axis.roundRange(points.flatMap { [$0.y, $0.low, $0.high].compactMap { $0 } })
    let chart = Chart(id: "accuracy", title: "Test accuracy after the last step", x: x, y: y, series: series)
    let note: HTMLText = "Shaded: 95 % intervals."
    return Section(
      "Accuracy against density", id: "accuracy",
      body: ChartFigure(chart, note: note).html(drawn: chartScript != nil), charts: [chart])
  }

  private func point(_ density: Double, _ interval: Interval) -> Chart.Point {
    Chart.Point(100 * density, 100 * interval.mean, low: 100 * interval.low, high: 100 * interval.high)
  }

  private var differences: Section? {
    guard !comparisons.isEmpty else { return nil }
    let rows = comparisons.map { row in
      Table.Row([
        HTMLText(row.arm), HTMLText(Format.density(row.density)), HTMLText(Format.count(row.difference.values.count)),
        HTMLText(Format.interval(row.difference, scale: 100, decimals: 2)), HTMLText(Format.significant(row.adjusted)),
      ])
    }
    let columns: [Table.Column] = [
      .text("Run"), .number("Density"), .number("Seeds"), .number("Difference, points"), .number("p, Holm"),
    ]
    return Section(
      "Against \(entries[0].name)", id: "differences",
      body: Table("At equal numbers of weights, paired by seed", columns: columns, rows: rows).html)
  }

  private var settings: Section {
    let keys = RunIndex.settingKeys.filter { key in Set(entries.map { $0.settings[key] }).count > 1 }
    let rows = keys.map { key in
      Table.Row([HTMLText(key)] + entries.map { "<code>\($0.settings[key] ?? Format.missing)</code>" })
    }
    let body =
      keys.isEmpty
      ? "<p>The runs have the same settings.</p>\n"
      : Table(
        "Settings in which they differ", columns: [.text("Setting")] + entries.map { .text("\($0.name)") }, rows: rows
      )
      .html
    return Section("Settings", id: "settings", body: body)
  }
}
