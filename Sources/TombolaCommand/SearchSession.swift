import Basics
import Datasets
import Foundation
import Pages
import Report
import Tickets

/// Runs a search from the command line: progress, table, verdict, report.
struct SearchSession {
  var settings: SearchSettings
  var seeds: Int
  var threads: Int
  var out: String
  var locator: DataLocator
  var json: Bool

  /// The command line that repeats the search: settings that differ from the defaults, and the number of seeds.
  var reproduce: String {
    let changes = settings.changesAsOptions
    return "tombola find\(changes) --seeds \(seeds)"
  }

  @discardableResult
  func run() throws -> SearchResult {
    var search = Search(
      settings: settings, seeds: (0..<UInt64(seeds)).map { $0 }, threads: threads,
      output: URL(fileURLWithPath: out))
    search.reproduce = reproduce
    var line: ProgressLine?
    defer { line?.stop() }
    let result = try search.run(locator: locator) { line = ProgressLine($0) }
    line?.stop()
    line = nil
    let page = SearchReport(result, chartScript: ChartLibrary.locate()).html()
    let report = search.folder.appendingPathComponent("report.html")
    try AtomicFile.write(page, to: report)
    if json { try Terminal.json(result) } else { Terminal.print(SearchTable(result, report: report.path).text) }
    return result
  }
}

/// The table that ends a search.
struct SearchTable {
  let result: SearchResult
  let report: String

  init(_ result: SearchResult, report: String) {
    self.result = result
    self.report = report
  }

  var text: String {
    let seeds = result.seeds.count
    let caption = """
      \(result.settings["model"] ?? "") on \(result.dataset.name): test accuracy in %\
      \(seeds > 1 ? ", mean ± half of the 95 % interval over \(seeds) seeds" : ", one seed")
      """
    return [caption, table, result.verdict.joined(separator: "\n"), closing].joined(separator: "\n\n")
  }

  private var table: String {
    var table = TextTable(header: ["density", "weights", "ticket", "re-init", "shuffled", "random", "early stop"])
    table.rows.append(
      ["100.00 %", "all", Self.cell(result.dense) + " dense", "", "", "", Self.steps(result.dense)])
    for round in result.rounds {
      table.rows.append([
        String(format: "%.2f %%", 100 * round.density), "\(round.remaining)", Self.cell(round.ticket),
        Self.cell(round.reinit), Self.cell(round.shuffled), Self.cell(round.random), Self.steps(round.ticket),
      ])
    }
    return table.text
  }

  private var closing: String {
    let seconds = result.seconds
    func time(_ phase: String) -> String { Terminal.duration(seconds[phase] ?? 0) }
    var lines = [
      "time: \(time("total")) in all; core time: dense \(time("dense")), tickets \(time("ticket")), controls \(time("controls")), evaluation \(time("evaluation"))",
      "memory: \(result.residentBytes >> 20) MiB at most",
    ]
    if let ticket = result.ticket {
      lines.append("ticket: \(ticket.path) (\(ticket.bytes) bytes, digest \(ticket.digest.prefix(16)))")
    }
    lines.append("report: \(report)")
    return lines.joined(separator: "\n")
  }

  private static func cell(_ arm: ArmResult?) -> String {
    guard let accuracy = arm?.testAccuracy else { return "-" }
    let mean = String(format: "%.2f", 100 * accuracy.mean)
    return accuracy.values.count == 1 ? mean : mean + String(format: " ± %.2f", 50 * (accuracy.high - accuracy.low))
  }

  private static func steps(_ arm: ArmResult) -> String { String(format: "%.0f", arm.earlyStopStep.mean) }
}
