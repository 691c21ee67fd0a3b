import Basics
import Datasets
import Foundation
import Pages
import Report
import Tickets

/// Runs a pattern study from the command line: progress, table, report.
struct PatternSession {
  var study: PatternStudy

  func run(locator: DataLocator, json: Bool) throws {
    var line: ProgressLine?
    defer { line?.stop() }
    let outcome = try study.run(locator: locator) { line = ProgressLine($0) }
    line?.stop()
    line = nil
    let report = study.folder.appendingPathComponent("report.html")
    try AtomicFile.write(page(outcome).html(), to: report)
    if json { return try Terminal.json(outcome) }
    var table = TextTable(header: ["network", "parameters", "accuracy %"])
    for network in outcome.networks {
      let half = 50 * (network.testAccuracy.high - network.testAccuracy.low)
      table.rows.append([
        network.network.rawValue, "\(network.parameters)",
        String(format: "%.2f", 100 * network.testAccuracy.mean)
          + (network.testAccuracy.values.count > 1 ? String(format: " ± %.2f", half) : ""),
      ])
    }
    Terminal.print(
      """
      \(outcome.data), the pattern at place \(outcome.place): accuracy on fresh samples

      \(table.text)

      time: \(Terminal.duration(outcome.seconds))
      report: \(report.path)
      """)
  }

  private func page(_ outcome: PatternOutcome) -> PatternReport {
    PatternReport(
      data: outcome.data,
      networks: outcome.networks.map { network in
        .init(
          name: network.network.rawValue, summary: network.summary, parameters: network.parameters,
          accuracy: network.testAccuracy, curve: network.curve.map { ($0.samples, $0.accuracy) })
      },
      provenance: [outcome.reproduce, ""]
        + outcome.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" },
      chartScript: ChartLibrary.locate())
  }
}
