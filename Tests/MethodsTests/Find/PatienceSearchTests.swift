import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Pages
import TestSupport
import Testing
import Tickets

/// Searches whose trainings may end before their time.
@Suite struct PatienceSearchTests {
  private static let changes = ["steps=12ep", "patience=2ep", "lr=1.5", "rewind=10it", "rounds=2"]

  private func settings() throws -> SearchSettings {
    var settings = try smallSettings()
    for change in Self.changes { try settings.apply(change) }
    return settings
  }

  /// Dense network, tickets and controls end by one rule, each record says where, and so does the page.
  @Test func everyNetworkEndsByTheSameRule() throws {
    let scratch = try Scratch(), settings = try settings()
    let search = searchRunner(settings, seeds: [0, 1], threads: 2, in: scratch)
    let record = try search.run(locator: DataLocator()), perEpoch = 21
    let records = try files(search.folder).filter { $0.hasPrefix("seed-") && $0.contains("/") && $0.hasSuffix(".json") }
    #expect(records.count == 2 * (1 + 2 * 4))
    var isEarly = false
    for path in records {
      let file = search.folder.appendingPathComponent(path)
      let kept = try #require(StoredJSON.read(file, as: StageRecord.self))
      let best = kept.curve.max { ($0.validationAccuracy, -$0.step) < ($1.validationAccuracy, -$1.step) }!
      #expect(kept.plannedSteps == 12 * perEpoch && kept.metrics["trainedSteps"] == Double(kept.last.step))
      #expect(kept.last.step == 12 * perEpoch || kept.last.step - best.step >= 2 * perEpoch, "\(path)")
      #expect(kept.last.step - best.step < 3 * perEpoch, "\(path) ended late")
      isEarly = isEarly || kept.last.step < 12 * perEpoch
    }
    #expect(isEarly, "no training ended before its time: take other settings")
    #expect(record.finding.dense.metrics["trainedSteps"]?.values.count == 2)
    let ticket = search.folder.appendingPathComponent("seed-0/round-01.safetensors").path
    #expect(throws: Problem.self, "certificates train to the end") { try CertifySettings.base(["ticket": ticket]) }
    #expect(throws: Problem.self, "so do copies") { try ConnectSettings.base(["tickets": ticket]) }
    let page = Find.report(record)
    #expect(page.markdown.contains("Ended at step") && page.markdown.contains("had not grown for 2ep"))
  }

  /// The same bits for any threads, and after records were lost.
  @Test func isTheSameAgain() throws {
    let scratch = try Scratch(), other = try Scratch()
    let whole = try Outcome(settings(), in: scratch)
    #expect(try Outcome(settings(), in: other, threads: 1) == whole)
    let folder = try searchRunner(settings(), seeds: [0], threads: 1, in: scratch).folder
    for lost in ["seed-0/dense.json", "seed-1/round-01.json", "seed-0/round-02.reinit.json"] {
      try FileManager.default.removeItem(at: folder.appendingPathComponent(lost))
    }
    #expect(try Outcome(settings(), in: scratch) == whole)
  }

  @Test(arguments: [
    (["evaluate=12ep"], "no"), (["evaluate=3ep"], "shorter"), (["controls=equal-compute"], "counts the steps"),
    (["patience=0it", "min-delta=0.1"], "without patience"), (["rewind=11ep20it"], "none"),
  ])
  func whatHasNoEffectIsRefused(_ case: (changes: [String], word: String)) throws {
    var settings = try settings()
    for change in `case`.changes { try settings.apply(change) }
    let scratch = try Scratch(), search = searchRunner(settings, seeds: [0], threads: 1, in: scratch)
    let problem = #expect(throws: Problem.self) { try search.run(locator: DataLocator()) }
    #expect(problem?.kind == .usage && problem?.problem.contains(`case`.word) == true, "\(String(describing: problem))")
  }

  /// Nothing changes for those who have none: neither the folder nor what is in it.
  @Test func defaultsNameTheSameFolder() throws {
    var settings = SearchSettings()
    let before = settings.identity
    for same in ["patience=0it", "min-delta=0.0", "class-weights=none", "sampling=natural"] { try settings.apply(same) }
    #expect(settings.identity == before && before.isEmpty)
    try settings.apply("sampling=balanced")
    #expect(settings.identity == "sampling=balanced")
  }
}
