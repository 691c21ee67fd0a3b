import Basics
import Foundation
import Pages
import Sweeps

/// All sweeps of the store.
struct SweepListPage {
  private let names: [String]

  init(_ store: URL) { names = SweepFolder.names(in: store) }

  var response: HTTPResponse {
    let rows = names.map { name -> HTMLText in "<li><a href=\"\(Link.path(["sweep", name]))\">\(name)</a></li>\n" }
    let body: HTMLText =
      names.isEmpty ? "<p>There is no sweep. Start one with tombola sweep FILE.</p>\n" : "<ul>\(rows)</ul>\n"
    return LivePage(
      title: "Sweeps", subtitle: "\(names.count) in this store", lead: .empty,
      sections: [Section("Sweeps", id: "sweeps", body: body)], chartScript: nil
    ).response
  }
}

/// One sweep: how far it is, and what its page would say now.
struct SweepPage {
  private let folder: SweepFolder
  private let result: SweepResult
  private let states: [SweepFolder.State: Int]
  private let chartScript: String?

  /// - Throws: `Problem` if the sweep's file cannot be read.
  init(_ folder: SweepFolder, _ chartScript: String?) throws {
    self.folder = folder
    self.chartScript = chartScript
    let plan = try folder.plan(), failed = folder.failedUnits()
    result = SweepStatistics(folder: folder, plan: plan).result()
    states = Dictionary(grouping: plan.units) { folder.state($0, of: plan, failed: failed) }.mapValues(\.count)
  }

  var response: HTTPResponse {
    let parts = SweepFolder.State.allCases.compactMap { state in states[state].map { "\($0) \(state.rawValue)" } }
    let hasReport = FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("report.html").path)
    let report: HTMLText? =
      hasReport ? "<p><a href=\"\(Link.path(["sweep-report", result.name]))\">The sweep’s report</a></p>\n" : nil
    let document = SweepReport(result).document
    let sentences = document.verdict.map { sentence -> HTMLText in "<p>\(sentence)</p>\n" }
    return LivePage(
      title: document.title, subtitle: "\(parts.joined(separator: ", "))",
      lead: "<div class=\"verdict\">\(sentences)</div>\n\(report)", sections: [arms] + document.sections,
      chartScript: chartScript
    ).response
  }

  private var arms: Section {
    let rows = result.arms.map { arm in
      Table.Row([
        Cell("<a href=\"\(Link.path(["run", arm.run]))\">\(arm.label)</a>"), .count(arm.seeds.count),
        .count(arm.failures.count),
      ])
    }
    let columns: [Table.Column] = [.text("Arm"), .number("Seeds"), .number("Failed")]
    let compare = Link.path(["compare"], result.arms.prefix(24).map { ("run", $0.run) })
    return Section(
      "Arms", id: "live-arms",
      [
        .paragraph("<a href=\"\(compare)\">Compare the arms</a>"),
        .table(Table("Runs", columns: columns, rows: rows)),
      ])
  }
}
