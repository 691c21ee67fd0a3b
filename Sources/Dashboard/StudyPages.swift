import Basics
import Foundation
import Pages
import Report
import Sweeps

/// All studies of the store.
struct StudyListPage {
  private let names: [String]

  init(_ store: URL) { names = StudyFolder.names(in: store) }

  var response: HTTPResponse {
    let rows = names.map { name -> HTMLText in "<li><a href=\"\(Link.path(["study", name]))\">\(name)</a></li>\n" }
    let body: HTMLText =
      names.isEmpty ? "<p>There is no study. Start one with tombola sweep FILE.</p>\n" : "<ul>\(rows)</ul>\n"
    return LivePage(
      title: "Studies", subtitle: "\(names.count) in this store", lead: .empty,
      sections: [Section("Studies", id: "studies", body: body)], chartScript: nil
    ).response
  }
}

/// One study: how far it is, and what its arms have reached.
struct StudyPage {
  private let folder: StudyFolder
  private let result: StudyResult
  private let states: [StudyFolder.State: Int]

  /// - Throws: `Problem` if the study's file cannot be read.
  init(_ folder: StudyFolder) throws {
    self.folder = folder
    let plan = try folder.plan(), failed = folder.failedUnits()
    result = StudyStatistics(folder: folder, plan: plan).result()
    states = Dictionary(grouping: plan.units) { folder.state($0, of: plan, failed: failed) }.mapValues(\.count)
  }

  var response: HTTPResponse {
    let parts = StudyFolder.State.allCases.compactMap { state in states[state].map { "\($0) \(state.rawValue)" } }
    let hasReport = FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("report.html").path)
    let report: HTMLText? =
      hasReport ? "<p><a href=\"\(Link.path(["study-report", result.name]))\">The study’s report</a></p>\n" : nil
    let sentences = result.verdict.map { sentence -> HTMLText in "<p>\(sentence)</p>\n" }
    return LivePage(
      title: "Study \(result.name)", subtitle: "\(parts.joined(separator: ", "))",
      lead: "<div class=\"verdict\">\(sentences)</div>\n\(report)", sections: [arms], chartScript: nil
    ).response
  }

  private var arms: Section {
    let rows = result.arms.map { arm -> Table.Row in
      let round = arm.chosen
      return Table.Row([
        "<a href=\"\(Link.path(["run", arm.run]))\">\(arm.label)</a>", "\(arm.seeds.count)", "\(arm.failures.count)",
        HTMLText(arm.dense.map(Format.percentInterval) ?? Format.missing),
        HTMLText(round.map { Format.density($0.density) } ?? Format.missing),
        HTMLText(round.map { Format.percentInterval($0.ticket) } ?? Format.missing),
      ])
    }
    let columns: [Table.Column] = [
      .text("Arm"), .number("Seeds"), .number("Failed"), .number("Dense, %"), .number("Density"), .number("Ticket, %"),
    ]
    let compare = Link.path(["compare"], result.arms.prefix(24).map { ("run", $0.run) })
    return Section(
      "Arms", id: "arms",
      body: """
        <p><a href="\(compare)">Compare the arms in one chart</a></p>
        \(Table("Test accuracy", columns: columns, rows: rows).html)
        """)
  }
}
