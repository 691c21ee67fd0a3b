import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Networks
import Pages
import TestSupport
import Testing
import Tickets
import Training

/// What controls train, and that those who do not ask for a new one keep what they had.
@Suite struct ControlTests {
  private func find(
    _ scratch: Scratch, _ changes: String..., seeds: [UInt64] = [0]
  ) throws -> (search: Runner<Find>, record: Record<FindFinding>) {
    var settings = try smallSettings()
    for change in changes { try settings.apply(change) }
    let search = searchRunner(settings, seeds: seeds, threads: 2, in: scratch)
    return (search, try search.run(locator: DataLocator()))
  }

  @Test func theDefaultStaysAsItWas() throws {
    #expect(ControlSet().settingText == "reinit,shuffled,random" && ControlSet([]).settingText == "none")
    #expect(ControlSet(setting: "random,reinit")?.names == ["reinit", "random"])
    #expect(ControlSet(setting: "random,renit") == nil && ControlSet(setting: "") == nil)
  }

  /// Every control of the catalogue: the same bits for any threads, and after its records were lost.
  @Test func allControlsAreTheSameBitsAgain() throws {
    let scratch = try Scratch(), other = try Scratch()
    let settings = try smallSettings("controls=\(ControlCatalog.all.map { $0.name }.joined(separator: ","))")
    let whole = try Outcome(settings, in: scratch)
    #expect(try Outcome(settings, in: other, threads: 1) == whole)
    let folder = searchRunner(settings, seeds: [0], threads: 1, in: other).folder.appendingPathComponent("seed-1")
    for name in ["dense-tuned.json", "dense-tuned.3.json", "round-02.equal-compute.json", "round-01.random.json"] {
      try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
    #expect(try Outcome(settings, in: other) == whole)
  }

  /// Those that were there before do not change when others join.
  @Test func controlsDoNotTouchEachOther() throws {
    let few = try Scratch(), many = try Scratch()
    let one = try find(few, "controls=random,reinit").record.finding
    let all = try find(many, "controls=reinit,random,equal-compute,dense-tuned").record.finding
    for (a, b) in zip(one.rounds, all.rounds) {
      for (name, arm) in a.arms { #expect(b.arms[name] == arm, "\(name) of round \(a.round)") }
      #expect(Set(b.arms.keys) == ["ticket", "reinit", "random", "equal-compute"])
    }
    #expect(one.dense == all.dense && Set(all.arms.keys) == ["dense", "dense-tuned"])
  }

  /// As many multiply-adds as the dense network, the tickets before and this one took, rounded down to whole steps.
  @Test(arguments: ["0", "5it"])
  func equalComputeIsEqual(_ rewind: String) throws {
    let scratch = try Scratch(), layerwise = "allocation=layerwise"
    let (search, record) = try find(scratch, layerwise, "rewind=\(rewind)", "controls=equal-compute")
    let material = try search.prepared(DataLocator()).material, folder = search.folder.appendingPathComponent("seed-0")
    let total = 2 * search.experiment.settings.search.recipe.stepsPerEpoch(samples: material.data.train.count)
    // 64 inputs to 24 units have no gradient of the input: two products; the other layers have three.
    func cost(_ counts: [Int]) -> Int { 2 * counts[0] + 3 * counts[1] + 3 * counts[2] }
    var spent = cost([64 * 24, 24 * 16, 16 * 10]) * total
    for round in record.finding.rounds {
      let counts = round.layers.map(\.remaining)
      let mask = try Ticket(contentsOf: folder.appendingPathComponent("round-0\(round.round).safetensors")).mask
      #expect(material.architecture.multiplyAdds(of: mask) == cost(counts))
      spent += cost(counts) * (total - (rewind == "0" ? 0 : 5))
      let curve = try #require(round.arms["equal-compute"]).curve
      #expect(curve.last?.step == spent / cost(counts), "round \(round.round)")
      #expect(curve.count == round.ticket.curve.count)
    }
  }

  @Test func convolutionsCountEveryPosition() throws {
    let network = try ModelCatalog.architecture(
      "conv-2:0.25", input: FeatureShape(channels: 3, height: 8, width: 8), classes: 4)
    let layout = network.layout
    let wanted = network.nodes.reduce(0) { sum, node in
      let shape = network.shapes[node.name]!, products = node.inputs == [Architecture.inputName] ? 2 : 3
      return sum
        + layout.entries(of: node.name).filter(\.isPrunable).reduce(0) {
          $0 + products * $1.count * shape.height * shape.width
        }
    }
    #expect(network.multiplyAdds(of: Mask(fullFor: layout)) == wanted)
    #expect(wanted > 3 * layout.prunableCount, "a kernel is used at many positions")
  }

  @Test func equalComputeIsNeverAbsurdlyLong() throws {
    let scratch = try Scratch()
    let record = try find(
      scratch, "controls=equal-compute", "fraction=0.8", "allocation=layerwise", "steps=12it", "evaluate=6it"
    ).record
    #expect(record.finding.rounds[2].arms["equal-compute"]?.curve.last?.step == 12 * EqualCompute.longest)
  }

  /// The best by validation accuracy of each seed, the search's own rate among them.
  @Test func theTunedDenseNetworkIsTheBestOfThree() throws {
    let scratch = try Scratch(), (search, record) = try find(scratch, "controls=dense-tuned", seeds: [0, 1, 2])
    let tuned = try #require(record.finding.arms["dense-tuned"])
    for seed in 0...2 {
      let folder = search.folder.appendingPathComponent("seed-\(seed)")
      let records = try ["dense", "dense-tuned.0.3", "dense-tuned.3"].map { name in
        try JSONDecoder().decode(
          StageRecord.self, from: Data(contentsOf: folder.appendingPathComponent("\(name).json")))
      }
      let best = try #require(records.max { $0.last.validationAccuracy < $1.last.validationAccuracy })
      #expect(tuned.validationAccuracy.values[seed] == best.last.validationAccuracy)
      #expect(Set(records.map(\.parametersDigest)).count == 3)
    }
    let summary = try #require(Runner<Find>.summary(0, in: search.folder))
    #expect(summary.stage("dense-tuned", round: 0)?.density == 1)
  }

  /// A rate at which training diverges does not end the search.
  @Test func aRateThatDivergesIsOut() throws {
    let scratch = try Scratch()
    let (search, record) = try find(
      scratch, "controls=dense-tuned", "rounds=1", "loss=mse", "lr=0.5")
    let diverged = !FileManager.default.fileExists(
      atPath: search.folder.appendingPathComponent("seed-0/dense-tuned.3.json").path)
    #expect(diverged, "the rate was not too large: this test tests nothing")
    #expect(record.finding.arms["dense-tuned"] != nil)
  }

  /// Colours that the style sheet has, for light pages and dark ones; lines that can be told apart.
  @Test func everyControlHasALineOfItsOwn() {
    let sheets = PageStyle.sheet.components(separatedBy: "prefers-color-scheme: dark").map(Contrast.colours)
    for control in ControlCatalog.all {
      #expect(sheets.allSatisfy { $0[control.style.color] != nil }, "\(control.name): \(control.style.color)")
    }
    #expect(Set(ControlCatalog.all.map { "\($0.style)" }).count == ControlCatalog.all.count)
  }

  @Test func theVerdictNamesControlsThatDoBetter() {
    var record = FindFixture.search()
    let round = record.finding.rounds.firstIndex { $0.round == record.finding.ticket?.round }!
    #expect(!Find.verdict(record).last!.contains("more is reached"))
    var better = record.finding.rounds[round].ticket
    for key in better.metrics.keys {
      better.metrics[key]!.values = better.metrics[key]!.values.enumerated().map { $1 + 0.05 + 0.0001 * Double($0) }
    }
    record.finding.rounds[round].arms["equal-compute"] = better
    #expect(Find.verdict(record).last!.contains("but more is reached by \(EqualCompute.phrase)"))
    #expect(Find.verdict(record).contains { $0.hasPrefix("Against \(EqualCompute.phrase)") })
  }
}

/// Results of the version before experiments had a common record.
@Suite struct OldFindTests {
  /// Every number is where it was when a record is written again, and its page has the verdict that it was given then.
  @Test(arguments: ["find", "find-rewind", "find-graph"])
  func oldResultsStayAsTheyAre(_ name: String) throws {
    let scratch = try Scratch()
    try unpack("\(name).tar.gz", in: scratch)
    let path = try #require(try files(scratch.url).first { $0.hasSuffix("result.json") })
    let data = try Data(contentsOf: scratch.url.appendingPathComponent(path))
    let record = try JSONDecoder().decode(Record<FindFinding>.self, from: data)
    let old = try JSONSerialization.jsonObject(with: data) as? NSDictionary
    let new = try JSONSerialization.jsonObject(with: JSONEncoder().encode(record)) as? NSDictionary
    for key in ["dense", "rounds", "ticket"] {
      #expect(new?[key] as? NSObject == old?[key] as? NSObject, "\(key) changed")
    }
    #expect(!record.verdict.isEmpty && Find.report(record).verdict == record.verdict)
  }
}
