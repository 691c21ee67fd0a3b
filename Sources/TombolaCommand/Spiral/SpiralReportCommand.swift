import ArgumentParser
import Basics
import Database
import Foundation
import Pages
import Report
import Studies

struct SpiralReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Show what a spiral study has found: tables and a page with pictures.")

  @Option(help: "Accuracies to reach, with commas.") var target = "0.95,0.995"
  @OptionGroup var options: SpiralOptions

  func run() throws {
    let targets = try SpiralPlanOptions.list(target, "--target", "numbers above 0 and up to 1") {
      Double($0).flatMap { 0 < $0 && $0 <= 1 ? $0 : nil }
    }
    let study = try options.study(), records = try study.records()
    Terminal.print(SpiralTable(records, targets: targets).text)
    let page = SpiralPage(study: study, summary: SpiralSummary(records), targets: targets)
    let report = study.folder.appendingPathComponent("report.html")
    try AtomicFile.write(SpiralReport(try page.findings(), chartScript: ChartLibrary.locate()).html(), to: report)
    for table in try study.tables() {
      let sessions = try table.sessions(), seconds = sessions.reduce(0) { $0 + $1.seconds * Double($1.threads) }
      let runs = sessions.reduce(0) { $0 + $1.runs }
      Terminal.print(
        "\ntable: \(table.url.path), \(runs) runs in \(sessions.count) sessions and \(Terminal.duration(seconds)) of threads"
          + "\ndigest: \(try table.digest())")
    }
    Terminal.print("report: \(report.path)")
  }
}
