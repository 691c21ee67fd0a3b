import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Pages
import Sweeps
import TestSupport
import Testing
import Tickets

/// Lists, reports and comparisons of runs of several experiments, those of the version before the rewrite among them.
@Suite struct AnyExperimentTests {
  init() { ExperimentCatalog.install(MethodCatalog.all) }

  /// Puts the runs of some old folders into one store.
  private func unpack(_ names: [String], in store: URL) throws {
    let folder = Repository.root.appendingPathComponent("Tests/Fixtures/old-runs")
    for name in names {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["tar", "xzf", "\(folder.path)/\(name).tar.gz", "--strip-components=1", "-C", store.path]
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
    }
  }

  private func connect(_ store: URL, _ changes: [String] = [], seeds: [UInt64] = [0, 1]) throws -> Runner<Connect> {
    var settings = ConnectSettings()
    for change in ["data=digits", "model=mlp:24,16", "steps=2ep", "points=3"] + changes { try settings.apply(change) }
    return Runner(Connect(settings, seeds: seeds), threads: 2, output: store)
  }

  /// What does not apply stays blank.
  @Test func runsAreListedByTheirOwnSettingsAndFigures() throws {
    let scratch = try Scratch()
    try unpack(["connect", "find", "certify", "find-long.cut", "sweep"], in: scratch.url)
    let new = try connect(scratch.url), record = try new.run(locator: DataLocator())
    let index = try RunIndex(scratch.url)
    #expect(try index.count() == 8)
    let old = try index.run(named: "connect-65f79b552b1b"), find = try index.run(named: "find-1b7acc1d5bdc")
    #expect(old.seeds == [0] && old.status == .done && old["density"] == "1.0" && old.figures["instability"] != nil)
    #expect(old["criterion"] == nil && old["algorithm"] == nil && old["model"] == "mlp:16" && old["accuracy"] == nil)
    #expect(find["criterion"] == "magnitude" && find.seeds == [0, 1] && find["instability"] == nil && find.round == 3)
    let entry = try index.run(named: new.folder.lastPathComponent)
    #expect(entry.figures["instability"] == record.figures["instability"] && entry["copies"] == "2")
    #expect(entry.figures["testAccuracy"] != nil && entry.changes.contains("points=3"))
    let certified = try index.run(named: "certify-6de62435ba9f"), cut = try index.run(named: "find-efcbeda04dfd")
    #expect(certified.status == .done && certified.seeds == [0, 1] && cut.status == .begun && cut.problem == nil)
    func names(_ filter: String, sort: String = "name") throws -> [String] {
      try index.runs(RunIndex.Query(RunFilter([filter], keys: index.keys), sort: sort)).map(\.command)
    }
    #expect(try Set(names("criterion=magnitude")).contains("connect") == false)
    #expect(try names("instability>=0") == ["connect", "connect"] && names("copies=2") == ["connect"])
    #expect(try names("name=*", sort: "-instability").prefix(2) == ["connect", "connect"], "blanks come last")
    let columns = RunEntry.columns(of: try index.runs())
    #expect(columns.contains("instability") && columns.contains("gap") && !columns.contains("testAccuracy"))
    #expect(!RunEntry.columns(of: [old]).contains("criterion"))
  }

  @Test(arguments: ["connect", "find", "find-rewind", "find-graph", "criteria", "certify", "boost", "boost-pgd"])
  func oldResultsAreReported(_ name: String) throws {
    let scratch = try Scratch()
    try unpack([name], in: scratch.url)
    let entry = try #require(try RunIndex(scratch.url).runs().first),
      folder = scratch.url.appendingPathComponent(entry.name)
    let report = try RunReport(entry, in: folder, locator: DataLocator())
    try Markup.check(report.document.html(chartScript: nil))
    #expect(
      report.document.markdown.hasPrefix("# ") && !report.document.csv.isEmpty && !report.document.verdict.isEmpty)
  }

  /// A result that is missing or unreadable is put together from the records, and trains nothing.
  @Test(arguments: [nil, "{", "{\"seeds\": [0, 1]}"])
  func resultsAreMadeAgain(_ damage: String?) throws {
    let scratch = try Scratch(), runner = try connect(scratch.url)
    let wanted = try runner.run(locator: DataLocator()), result = runner.folder.appendingPathComponent("result.json")
    let entry = try #require(RunEntry(folder: runner.folder, updated: 0))
    try FileManager.default.removeItem(at: result)
    if let damage { try Data(damage.utf8).write(to: result) }
    let report = try RunReport(entry, in: runner.folder, locator: DataLocator())
    let found = try #require(report.record as? Record<ConnectFinding>)
    #expect(found.finding == wanted.finding && found.verdict == wanted.verdict)
    #expect(RunReport(entry, in: runner.folder) != nil, "it is written as well")
    try FileManager.default.removeItem(at: result)
    try FileManager.default.removeItem(at: runner.folder.appendingPathComponent("seed-1/at-0.path-1-2.json"))
    let problem = #expect(throws: Problem.self) { try RunReport(entry, in: runner.folder, locator: DataLocator()) }
    #expect(problem?.problem.contains("at-0.path-1-2") == true && problem?.remedy.contains("Go on with it") == true)
  }

  @Test func runsOfUnknownExperimentsAreListedAndNotReported() throws {
    let scratch = try Scratch(), folder = scratch.file("later-1")
    try AtomicFile.createFolder(folder)
    try Data(#"{"command": "later", "settings": {"depth": "3", "lr": "0.5"}}"#.utf8)
      .write(to: folder.appendingPathComponent("run.json"))
    let index = try RunIndex(scratch.url), entry = try index.run(named: "later-1")
    #expect(entry["depth"] == "3" && index.keys.contains("depth"))
    #expect(try index.count(RunFilter(["depth>2"], keys: index.keys)) == 1)
    let problem = #expect(throws: Problem.self) { try RunReport(entry, in: folder, locator: DataLocator()) }
    #expect(problem?.problem.contains("does not know") == true)
  }

  @Test func runsOfOneExperimentAreComparedByAnyMetric() throws {
    let scratch = try Scratch()
    try unpack(["find"], in: scratch.url)
    for change in [[], ["lr=0.3"]] { _ = try connect(scratch.url, change).run(locator: DataLocator()) }
    let index = try RunIndex(scratch.url), runs = try index.runs(RunIndex.Query(sort: "name"))
    let connects = runs.filter { $0.command == "connect" }
    let found = try RunComparison(connects, store: scratch.url, metric: "instability")
    #expect(found.comparisons.map(\.stage) == ["at-0.copy-1", "at-0.copy-2"] && found.metric.isShare)
    let values = connects.map { entry in
      RunEntry.summaries(in: scratch.url.appendingPathComponent(entry.name)).map {
        $0.stages[0].metrics["instability"]!
      }
    }
    #expect(found.comparisons[0].difference.values == zip(values[1], values[0]).map { $0 - $1 })
    #expect(throws: Problem.self) { try RunComparison(runs, store: scratch.url) }
  }
}
