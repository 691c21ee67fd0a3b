import Basics
import Database
import Datasets
import Experiments
import Foundation
import Methods
import TestSupport
import Testing
import Tickets
import Training

/// The study as an experiment: folders, records, findings.
@Suite struct SpiralTests {
  private func runner(_ scratch: Scratch, _ changes: [String], seeds: [UInt64] = [0]) throws -> Runner<Spiral> {
    Runner(Spiral(try SmallSpiral.settings(changes), seeds: seeds), threads: 2, output: scratch.url)
  }

  private static let masks = ["phase=2", "structure=2,2,2", "mask-weights=7", "lr=0.1", "schedule=constant"]

  /// Nothing but the study's own settings names its folder, and that as versions without runners did.
  @Test func foldersAreTheOldOnes() throws {
    let scratch = try Scratch()
    var settings = SpiralSettings()
    #expect(Spiral.folder(settings, in: scratch.url).lastPathComponent == "spiral-e3b0c44298fc")
    for change in ["algorithm=prune", "target=0.5", "shard=2/3", "width=4"] { try settings.apply(change) }
    #expect(Spiral.folder(settings, in: scratch.url).lastPathComponent == "spiral-e3b0c44298fc")
    for change in ["data=cubist-spiral:200", "steps=200it", "batch=64"] { try settings.apply(change) }
    #expect(Spiral.folder(settings, in: scratch.url).lastPathComponent == "spiral-ea83db4d65f2")
    #expect(
      settings.lines
        == "data=cubist-spiral:200\nsteps=200it\nbatch=64\nmomentum=0.9\nweight-decay=0.0005\nseed=0\ninit=random\ninit-seed=0\n"
    )
  }

  /// A second start trains nothing; more draws train only what is new; showing changes no rows.
  @Test func goesOnWhereItWas() throws {
    let scratch = try Scratch(), first = try runner(scratch, Self.masks)
    let record = try first.run(locator: DataLocator()), tables = SpiralTables(first.folder)
    let runs = record.finding.runs
    #expect(runs > 0 && record.finding.tables.map(\.file) == ["runs.sqlite"] && record.finding.tables[0].runs == runs)
    #expect(record.reproduce.hasPrefix("tombola spiral search --set") && record.seconds["search"] != nil)
    #expect(try first.run(locator: DataLocator()).finding == record.finding)
    #expect(try tables.tables()[0].sessions().map(\.runs) == [runs])
    let more = try runner(scratch, Self.masks, seeds: [0, 1]).run(locator: DataLocator())
    #expect(more.finding.runs == 2 * runs && more.seeds == [0, 1])
    #expect(try tables.tables()[0].sessions().map(\.runs) == [runs, runs])
    let shown = try runner(scratch, ["algorithm=none"]).run(locator: DataLocator())
    #expect(shown.finding.tables == more.finding.tables && shown.finding.networks == more.finding.networks)
    let read = try JSONDecoder().decode(
      Record<SpiralFinding>.self, from: Data(contentsOf: first.folder.appendingPathComponent("result.json")))
    #expect(read.finding == shown.finding)
    let identity = try String(contentsOf: first.folder.appendingPathComponent("run.json"), encoding: .utf8)
    #expect(identity.contains("\"algorithm\" : \"enumerate\""), "showing is no run")
    #expect(SeedSummary(of: 0, in: first.folder)?.stages.map(\.digest) == [more.finding.tables[0].digest])
  }

  /// The finding's descent is the one that was made, though it is put together from the table.
  @Test func aDescentIsFoundAgain() throws {
    let scratch = try Scratch(), settings = ["structure=2,2,2", "starts=2", "beam=2", "target=0.45", "lr=0.1"]
    let runner = try runner(scratch, ["algorithm=descent"] + settings)
    let record = try runner.run(locator: DataLocator()), finding = record.finding
    let descent = try #require(finding.descent)
    #expect(descent.whole == finding.searches.first { $0.name == "descent" }?.runs && descent.cost > 0)
    #expect(descent.found?.weights == finding.optimum(reaching: 0.45)?.weights)
    #expect(record.verdict.count == 2 && record.figures["fewestWeights"] == descent.found.map { Double($0.weights) })
  }

  /// Parts may run side by side in one folder, and together are the whole.
  @Test func shardsShareAFolder() throws {
    let whole = try Scratch(), parts = try Scratch()
    let wanted = try runner(whole, Self.masks).run(locator: DataLocator()).finding
    let folder = RunFolder(try runner(parts, Self.masks).folder)
    let beside = try folder.share(
      RunIdentity(command: "spiral", settings: SpiralSettings(), reproduce: "", dataDigest: nil), onlyReads: false)
    for part in 1...2 { _ = try runner(parts, Self.masks + ["shard=\(part)/2"]).run(locator: DataLocator()) }
    let found = try runner(parts, ["algorithm=none"]).run(locator: DataLocator()).finding
    withExtendedLifetime(beside) {}
    #expect(found.arms == wanted.arms && found.tables.map(\.file) == ["runs-1-of-2.sqlite", "runs-2-of-2.sqlite"])
    let all = SpiralTables(folder.url)
    for table in try all.tables() {
      for name in try table.names() { #expect(try table.record(named: name)?.run == name) }
      #expect(try table.record(named: "none") == nil && table.all().count == table.count())
    }
  }

  /// What the picture shows is what the network computes: its sign on the points is the trained network's answer.
  @Test func networksAreTheTrainedOnes() throws {
    let trainer = try SmallSpiral.trainer(), run = SpiralRun(.dense(SpiralStructure(3, 3, 3)), SmallSpiral.combination)
    let record = try trainer.train(run), finding = SpiralFinding([record], data: "points", targets: [0.1])
    let network = try #require(try SpiralNetwork(finding.structures[0], by: trainer))
    #expect(
      network.layers.map(\.count) == [3, 3, 3, 1] && network.layers.flatMap { $0 }.allSatisfy { $0.weights.count > 0 })
    var right = 0
    for i in 0..<trainer.batches.sampleCount {
      let sample = trainer.batches.sample(i)
      var values = sample.values
      for (depth, layer) in network.layers.enumerated() {
        values = layer.map { unit in
          let sum = zip(unit.inputs, unit.weights).reduce(unit.bias) { $0 + $1.1 * values[$1.0] }
          return depth == 3 ? sum : max(0, sum)
        }
      }
      right += (values[0] > 0) == (sample.label == 1) ? 1 : 0
    }
    #expect(abs(right - record.correct) <= 2, "\(right) of \(record.samples)")
    #expect(network.panels.map(\.label).prefix(2) == ["output", "layer 1, unit 1"])
    #expect(SpiralNetwork.points(trainer).count > 1000)
  }
}
