import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Networks
import TestSupport
import Testing
import Tickets

@Suite struct BasisSearchTests {
  private static let changes = ["fraction=0.4", "momentum=0.9", "lr=0.05", "validation=200", "rewind=5it", "rounds=2"]

  private func runner(
    _ scratch: Scratch, _ changes: [String] = [], seeds: [UInt64] = [0], threads: Int = 2
  ) throws -> Runner<BasisSearch> {
    var settings = BasisSettings()
    for change in ["data=digits", "model=mlp:24,16", "steps=3ep", "batch=64"] + Self.changes + changes {
      try settings.apply(change)
    }
    return Runner(BasisSearch(settings, seeds: seeds), threads: threads, output: scratch.url)
  }

  /// In the canonical basis it is the search that `find` does, bit for bit; units share its dense network.
  @Test func canonicalIsTheUsualSearch() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let bases = try runner(scratch, ["bases=units"])
    _ = try bases.run(locator: DataLocator())
    var settings = try smallSettings("steps=3ep")
    for change in Self.changes { try settings.apply(change) }
    let find = searchRunner(settings, seeds: [0], threads: 2, in: scratch)
    _ = try find.run(locator: DataLocator())
    func digest(_ folder: URL, _ path: String) throws -> String {
      let data = try Data(contentsOf: folder.appendingPathComponent(path))
      return try JSONDecoder().decode(StageRecord.self, from: data).parametersDigest
    }
    for stage in ["dense", "round-01", "round-02", "round-01.reinit", "round-02.shuffled", "round-02.random"] {
      let expected = try digest(find.folder, "seed-0/\(stage).json")
      #expect(try digest(bases.folder, "canonical/seed-0/\(stage).json") == expected, "\(stage)")
    }
    #expect(
      try digest(bases.folder, "units/seed-0/dense.json") == digest(bases.folder, "canonical/seed-0/dense.json"))
    #expect(try trainings(in: bases.folder).filter { $0.key.hasSuffix("/dense") }.values.reduce(0, +) == 1)
  }

  /// Counts are exact in every basis, energy is a share that falls, and running with coefficients keeps the accuracy.
  @Test func ticketsKeepWhatTheyShould() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let bases = "dct2,channel-dct,haar,hadamard,random,klt,svd"
    let finding = try runner(scratch, ["bases=\(bases)"]).run(locator: DataLocator()).finding
    #expect(finding.bases.map(\.basis) == "canonical,\(bases)".split(separator: ",").map(String.init))
    let all = 64 * 24 + 24 * 16 + 16 * 10, first = all - Int((0.4 * Double(all)).rounded())
    let second = first - Int((0.4 * Double(first)).rounded())
    for arm in finding.bases {
      #expect(arm.rounds.map(\.kept.mean) == [Double(first), Double(second)], "\(arm.basis)")
      #expect(abs(arm.dense.mean - finding.canonical.dense.mean) < 0.01, "\(arm.basis): descent is the same")
      let energies = arm.rounds.map(\.energy.mean)
      #expect(1 >= energies[0] && energies[0] >= energies[1] && energies[1] > 0.36, "\(arm.basis): \(energies)")
      // The trained matrices have no more singular coefficients than that.
      #expect((energies[1] > 0.999_999) == (arm.basis == "svd"), "\(arm.basis): \(energies)")
      for round in arm.rounds {
        #expect(abs(round.runAccuracy.mean - round.accuracy.mean) < 0.006, "\(arm.basis)")
        #expect(round.multiplyAdds.mean <= Double(finding.denseMultiplyAdds))
        #expect((round.basisBytes.mean > 0) == ["klt", "svd"].contains(arm.basis))
        #expect(round.valueBytes.mean == 4 * (round.kept.mean + 50))
        #expect(arm.basis != "canonical" || abs(round.zeros.mean - (1 - round.density)) < 1e-9)
      }
    }
    // Of the weights that the network has learned, a basis of its own needs the fewest coefficients.
    let energy = Dictionary(uniqueKeysWithValues: finding.bases.map { ($0.basis, $0.rounds[1].energy.mean) })
    #expect(energy["svd"]! > energy["klt"]! && energy["klt"]! > energy["random"]!)
  }

  /// Threads and order of work change nothing.
  @Test func threadsChangeNothing() throws {
    let found = try [1, 3].map { threads in
      let scratch = try Scratch(), runner = try runner(scratch, ["bases=dct2,svd"], seeds: [0, 1], threads: threads)
      defer { withExtendedLifetime(scratch) {} }
      let record = try runner.run(locator: DataLocator())
      return (
        record.verdict, record.finding.bases.map { $0.rounds.map { [$0.accuracy, $0.reinit, $0.energy, $0.random] } }
      )
    }
    #expect(found[0].0 == found[1].0 && found[0].1 == found[1].1)
  }

  @Test func coefficientsAreNeverTakenForWeights() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let runner = try runner(scratch, ["bases=haar", "rounds=1", "steps=1ep"])
    _ = try runner.run(locator: DataLocator())
    #expect(
      try Ticket(contentsOf: runner.folder.appendingPathComponent("canonical/seed-0/round-01.safetensors")).basis == nil
    )
    let file = runner.folder.appendingPathComponent("haar/seed-0/round-01.safetensors")
    #expect(try Ticket(contentsOf: file, takesCoefficients: true).basis == "haar")
    #expect(throws: Problem.self) { try Ticket(contentsOf: file) }
    #expect(throws: Problem.self) { try Ticket(contentsOf: file, takesCoefficients: true).file(compact: true) }
  }

  @Test func whatCannotWorkIsRefused() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    for change in ["bases=dct3", "bases=dct2,dct2", "bases=", "bases=dct2,", "fraction=0", "fraction=1", "rounds=0"] {
      #expect(throws: Problem.self, "\(change)") { try runner(scratch, [change]) }
    }
    let points = scratch.file("points.csv")
    try Data(("a,b,label\n" + (0..<60).map { "\($0),\($0 % 7),\($0 % 2)\n" }.joined()).utf8).write(to: points)
    for (changes, word) in [
      (["data=csv:\(points.path)", "bases=dct2", "rewind=0it"], "image"), (["model=mlp:1200", "bases=klt"], "1024"),
      (["model=mlp:1200", "bases=svd"], "1024"), (["rounds=40"], "fewer"),
    ] {
      let problem = #expect(throws: Problem.self) { try runner(scratch, changes).run(locator: DataLocator()) }
      #expect(
        problem?.kind == .usage && problem?.description.contains(word) == true,
        "\(changes): \(String(describing: problem))")
    }
  }

  /// Where networks have learned nothing, no basis wins.
  @Test func nothingWinsNearChance() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let record = try runner(scratch, ["bases=dct2", "lr=1e-9", "rounds=1", "steps=5it", "rewind=0it"]).run(
      locator: DataLocator())
    #expect(record.verdict.count == 1 && record.verdict[0].contains("did not learn"))
  }

  /// What diverges is named with its basis.
  @Test func failuresNameTheirBasis() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let problem = #expect(throws: Problem.self) {
      try runner(scratch, ["bases=haar", "lr=1e30", "rounds=1"]).run(locator: DataLocator())
    }
    #expect(problem?.description.contains("Seed 0, canonical/dense") == true, "\(String(describing: problem))")
  }

  /// A weight that had to be frozen and is another after the search is told of.
  @Test func movedWeightsAreSeen() throws {
    for name in [Popup.name, Biprop.name] {
      let scratch = try Scratch()
      defer { withExtendedLifetime(scratch) {} }
      func isUnmoved<E: ScoreExperiment>(_ experiment: E) throws -> (Bool, Bool) {
        let runner = Runner(experiment, threads: 1, output: scratch.url)
        _ = try runner.run(locator: DataLocator())
        let records = Records(
          folder: RunFolder(runner.folder), seeds: [0], material: try experiment.prepare(DataLocator()))
        let before = try experiment.finding(records).levels[0].arms[0].isUnmoved
        let file = runner.folder.appendingPathComponent("seed-0/\(name)-0.5.safetensors")
        var ticket = try Ticket(contentsOf: file)
        let kept = ticket.mask.layout.prunable[1].range.first { ticket.mask.keeps[$0] }!
        ticket.trained!.values[kept] += 1e-3
        try ticket.file().write(to: file)
        return (before, try experiment.finding(records).levels[0].arms[0].isUnmoved)
      }
      let changes = ["data=digits", "model=mlp:12,8", "steps=1ep", "batch=64"]
      if name == Popup.name {
        var settings = Popup.Settings()
        for change in changes { try settings.apply(change) }
        #expect(try isUnmoved(Popup(settings, seeds: [0])) == (true, false))
      } else {
        var settings = Biprop.Settings()
        for change in changes { try settings.apply(change) }
        #expect(try isUnmoved(Biprop(settings, seeds: [0])) == (true, false))
      }
    }
  }
}
