import Basics
import Experiments
import Foundation
import Methods
import Pages
import Sweeps
import TestSupport
import Testing
import Tickets

/// Run folders of older versions, whose files carry no digests, with every value of every JSON file replaced: read or refused,
/// never a trap, and no error of a coder.
@Suite struct HostileFolderTests {
  init() { ExperimentCatalog.install(MethodCatalog.all) }

  static let names = ["boost-pgd", "boost", "connect", "criteria", "find", "k-pattern", "sift"]

  private func unpacked(_ name: String, _ scratch: Scratch) throws -> URL {
    let tar = Process(), path = Repository.root.appendingPathComponent("Tests/Fixtures/old-runs/\(name).tar.gz").path
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "xzf", path, "--strip-components=1", "-C", scratch.url.path]
    try tar.run()
    tar.waitUntilExit()
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
    let run = names.sorted().first { FileManager.default.fileExists(atPath: scratch.file("\($0)/run.json").path) }
    return scratch.file(try #require(run))
  }

  @Test(arguments: names)
  func resultsAreReadOrRefused(_ name: String) throws {
    let scratch = try Scratch(), folder = try unpacked(name, scratch),
      file = folder.appendingPathComponent("result.json")
    let entry = try #require(RunEntry(folder: folder, updated: 1)), original = try Data(contentsOf: file)
    var shown = 0, all = 0
    try HostileJSON.variants(of: original) { data, what in
      try data.write(to: file)
      all += 1
      _ = RunEntry(folder: folder, updated: 1)
      guard let report = RunReport(entry, in: folder) else { return }
      shown += 1
      #expect(!report.document.text.isEmpty && !report.document.html(chartScript: nil).isEmpty, "\(what)")
      do { _ = try StoredJSON.encoded(report.record) } catch let problem as Problem {
        #expect(problem.kind == .badData, "\(what)")
      }
    }
    print("\(name): \(shown) of \(all) results with something else in them are shown")
    #expect(shown > 0 && shown < all)
  }

  @Test(arguments: ["find", "connect", "criteria"])
  func summariesAndIdentitiesAreReadOrRefused(_ name: String) throws {
    let scratch = try Scratch(), folder = try unpacked(name, scratch)
    for name in ["seed-0.json", "run.json"] {
      let file = folder.appendingPathComponent(name)
      guard let original = try? Data(contentsOf: file) else { continue }
      try HostileJSON.variants(of: original) { data, what in
        try data.write(to: file)
        guard let entry = RunEntry(folder: folder, updated: 1) else { return }
        _ = try StoredJSON.encoded(entry)
        let details = RunDetails(entry, store: scratch.url)
        #expect(details.table?.rows.isEmpty != true, "\(what)")
        _ = try? RunComparison([entry, entry], store: scratch.url).comparisons.count
        #expect(RunEntry.columns(of: [entry]).allSatisfy { entry[$0]?.isEmpty != nil || entry[$0] == nil })
      }
      try original.write(to: file)
    }
  }

  /// Records of trainings, budgets and failures.
  @Test func recordsAreReadOrRefused() throws {
    let scratch = try Scratch(), folder = try unpacked("boost-pgd", scratch).appendingPathComponent("seed-0")
    let store = StageStore(folder: folder, journal: Journal(folder.appendingPathComponent("journal.jsonl")))
    let original = try Data(contentsOf: folder.appendingPathComponent("ticket.json"))
    try HostileJSON.variants(of: original) { data, what in
      try data.write(to: folder.appendingPathComponent("ticket.json"))
      guard let record = store.record("ticket") else { return }
      let metrics = record.metrics
      #expect(metrics.allSatisfy { StoredRange.range(of: $0.key).contains($0.value) }, "\(what)")
      #expect(CurvePoint.mean([record.curve, record.curve]).count == record.curve.count)
    }
    let sweep = SweepFolder(name: "x", store: scratch.url)
    try AtomicFile.createFolder(sweep.url)
    let budget =
      #"{"arms":{"a":{"dense":"d","estimate":{"denseSeconds":1,"diskBytes":9,"memoryBytes":9,"seconds":2}}}}"#
    try HostileJSON.variants(of: Data(budget.utf8)) { data, what in
      try data.write(to: sweep.url.appendingPathComponent("budget.json"))
      let estimate = sweep.budget.arms["a"]?.estimate
      #expect(estimate.map { StoredRange.seconds.contains($0.seconds) } != false, "\(what)")
    }
  }
}
