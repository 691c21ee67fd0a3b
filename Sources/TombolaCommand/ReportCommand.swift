import ArgumentParser
import Basics
import Foundation
import Pages
import Sweeps

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write the page of a run or a sweep.",
    discussion: """
      The page is one file that opens anywhere. Charts are drawn from Chart.js (Debian: libjs-chart.js), which is put into \
      the page. A result that is missing or cannot be read is put together anew from the seeds that are done.
      """)

  @Argument(help: "A run's or a sweep's name, or its folder.") var name: String
  @OptionGroup var place: StoreOption
  @OptionGroup var data: PlaceOptions
  @Option(help: "File to write (default: report.html in the run's or sweep's folder).") var to: String?
  @Flag(help: "Print Markdown instead, for papers.") var markdown = false
  @Flag(help: "Print the tables as comma-separated values instead.") var csv = false
  @Flag(help: "Print the result as one JSON object instead.") var json = false

  func validate() throws {
    guard [markdown, csv, json].count(where: { $0 }) < 2 else {
      throw ValidationError("--markdown, --csv and --json exclude each other.")
    }
  }

  func run() throws {
    if let sweep = try? place.sweep(named: name) {
      let result = SweepStatistics(folder: sweep, plan: try sweep.plan()).result()
      try sweep.keep(result)
      return try write(SweepReport(result).document, result, in: sweep.url)
    }
    let (entry, folder) = try place.run(named: name)
    let report = try RunReport(entry, in: folder, locator: data.locator)
    try write(report.document, report.record, in: folder)
  }

  private func write(_ document: Document, _ result: any Encodable, in folder: URL) throws {
    let text: String? = markdown ? document.markdown : csv ? document.csv : json ? try Terminal.text(result) : nil
    if let text, to == nil { return Terminal.print(text.trimmingCharacters(in: .newlines)) }
    let file = to.map { URL(fileURLWithPath: $0) } ?? folder.appendingPathComponent("report.html")
    try AtomicFile.write(text ?? document.html(chartScript: ChartLibrary.locate()), to: file)
    Terminal.print("report: \(file.path)")
  }
}
