import Basics
import Experiments
import Foundation
import Pages
import Sweeps

/// Any runs of an experiment: test accuracy of tickets against density, and the table of paired differences.
struct ComparePage {
  private static let mostRuns = 24
  private static let mostRows = 500

  private let entries: [RunEntry]
  private let details: [RunDetails]
  private let comparison: RunComparison?
  private let index: RunIndex
  private let chartScript: String?

  /// - Throws: `Problem` if no run is named, too many are, or one is not there.
  init(_ site: Router, _ request: HTTPRequest) throws {
    let (index, store, cache) = (site.index, site.store, site.cache)
    let names = request.values("run")
    guard (1...Self.mostRuns).contains(Set(names).count) else {
      throw Problem.usage("A comparison takes 1 to \(Self.mostRuns) runs.", remedy: "Tick them in the list of runs.")
    }
    var seen: Set<String> = []
    entries = try names.filter { seen.insert($0).inserted }.map { try index.exactRun($0) }
    details = entries.map { RunDetails($0, store: store, count: cache.count) }
    comparison = try? RunComparison(entries, store: store, metric: request.value("metric") ?? "testAccuracy")
    self.index = index
    chartScript = site.chartScript
  }

  var response: HTTPResponse {
    LivePage(
      title: "Comparison of \(entries.count) runs", subtitle: "Means over seeds", lead: .empty,
      sections: [accuracy, differences, settings].compactMap { $0 }, chartScript: chartScript
    ).response
  }

  private var accuracy: Section? {
    let series = zip(entries, details).enumerated().compactMap { i, run in
      Chart.Series(run.0.name, style: .numbered(i), dense: run.1.dense, rounds: run.1.rounds) { $0.ticket }
    }
    guard !series.isEmpty else {
      return details.allSatisfy { $0.stages.isEmpty }
        ? Section("Networks", id: "networks", [.paragraph("No seed of these runs is done.")]) : nil
    }
    let chart = Chart.accuracy([Chart.Variant("", series: series)])
    return Section(
      "Accuracy against density", id: "accuracy", [.chart(ChartFigure(chart, note: "Shaded: 95 % intervals."))])
  }

  private var differences: Section? {
    guard let comparison, !comparison.comparisons.isEmpty else { return nil }
    let table = PairedComparison.table(
      Array(comparison.comparisons.prefix(Self.mostRows)), metric: comparison.metric,
      caption: "\(comparison.metric.title), paired by seed")
    return Section("Against \(entries[0].name)", id: "differences", [.table(table)])
  }

  private var settings: Section {
    func value(_ entry: RunEntry, _ key: String) -> String? { key == "command" ? entry.command : entry.settings[key] }
    let keys = (["command"] + index.settingKeys).filter { key in Set(entries.map { value($0, key) }).count > 1 }
    let rows = keys.map { key in Table.Row([.text(key)] + entries.map { value($0, key).map { .code($0) } ?? .missing })
    }
    let table = Table(
      "Settings in which they differ", columns: [.text("Setting")] + entries.map { .text("\($0.name)") }, rows: rows)
    return Section(
      "Settings", id: "settings", [keys.isEmpty ? .paragraph("The runs have the same settings.") : .table(table)])
  }
}
