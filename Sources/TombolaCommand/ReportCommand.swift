import ArgumentParser
import Basics
import Foundation
import Pages
import Report
import Sweeps

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write the page of a run or a study.",
    discussion:
      "The page is one file that opens anywhere. Charts are drawn from Chart.js (Debian: libjs-chart.js), which is put into the page."
  )

  @Argument(help: "A run's or a study's name.") var name: String
  @OptionGroup var place: StoreOption
  @Option(help: "File to write (default: report.html in the run's or study's folder).") var to: String?
  @Flag(help: "Print Markdown instead, for papers.") var markdown = false

  func run() throws {
    if let study = try? StudyFolder(existing: name, store: place.store) { return try report(study) }
    let entry = try place.index().run(named: name), folder = place.store.appendingPathComponent(entry.name)
    let file = folder.appendingPathComponent("result.json")
    guard let data = try? Data(contentsOf: file) else {
      throw Problem.missingInput(
        "\(entry.name) has no result yet.",
        remedy: "Go on with it: \(entry.reproduce.isEmpty ? "start it again" : entry.reproduce)")
    }
    guard let result = try? JSONDecoder().decode(SearchResult.self, from: data) else {
      throw Problem.badData(
        "\(file.path) is no result of a search.",
        remedy: entry.command == "find" ? "Start the search again." : "'tombola \(entry.command)' writes its own page.")
    }
    let page = SearchReport(result, chartScript: ChartLibrary.locate())
    try write(markdown ? Markdown.text(result) : page.html(), in: folder)
  }

  private func report(_ study: StudyFolder) throws {
    let result = StudyStatistics(folder: study, plan: try study.plan()).result()
    try study.keep(result)
    let page = StudyReport(result, chartScript: ChartLibrary.locate())
    try write(markdown ? Markdown.text(result) : page.html(), in: study.url)
  }

  private func write(_ text: String, in folder: URL) throws {
    if markdown && to == nil { return Terminal.print(text) }
    let file = to.map { URL(fileURLWithPath: $0) } ?? folder.appendingPathComponent("report.html")
    try AtomicFile.write(text, to: file)
    Terminal.print("report: \(file.path)")
  }
}
