import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Networks
import TestSupport
import Testing
import Tickets

@Suite struct DualTests {
  private static let small = ["data=digits", "model=mlp:60,30", "steps=4ep", "batch=32", "validation=200", "rounds=2"]

  private func runner(_ scratch: Scratch, _ changes: [String], seeds: [UInt64] = [0]) throws -> Runner<Dual> {
    var settings = DualSettings()
    for change in Self.small + changes { try settings.apply(change) }
    return Runner(Dual(settings, seeds: seeds), threads: 2, output: scratch.url)
  }

  /// What goes shrinks below a thousandth of what stays, so that the cut costs nothing; without the penalty it costs nearly all.
  @Test func whatGoesIsExtruded() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let runner = try runner(scratch, ["model=mlp:120,60", "sparsities=0.9", "grow=20ep", "hold=80ep", "ceiling=60"])
    let level = try #require(try runner.run(locator: DataLocator()).finding.levels.first)
    #expect(level.ratio.mean < 1e-3)
    #expect(abs(level.before.mean - level.after.mean) < 0.002)
    #expect(level.plainBefore.mean - level.plainAfter.mean > 0.2)
    #expect(level.extrusion.count > 15 && level.extrusion[0].ratio > 1)
    #expect(level.transformed.accuracy.mean > level.arms[1].accuracy.mean + 0.03)
  }

  /// Every layer loses exactly its share; all arms of a level have one mask, and sparser masks are part of denser ones.
  @Test func masksAreExactAndShared() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let runner = try runner(
      scratch, ["sparsities=0.95,0.9,0.5", "grow=1ep", "hold=1ep", "steps=1ep"])
    let finding = try runner.run(locator: DataLocator()).finding
    #expect(finding.levels.map(\.sparsity) == [0.5, 0.9, 0.95])
    let store = runner.store("seed-0")
    let masks = try [0.5, 0.9, 0.95].map { try #require(store.ticket("rst-\($0)")).mask }
    for (mask, sparsity) in zip(masks, [0.5, 0.9, 0.95]) {
      for entry in mask.layout.prunable {
        #expect(mask.remaining(in: entry) == entry.count - Int((sparsity * Double(entry.count)).rounded()))
      }
    }
    #expect(masks[2].isSubset(of: masks[1]) && masks[1].isSubset(of: masks[0]))
    let imp = runner.store("imp/seed-0")
    #expect(try [2, 3, 4].map { try #require(imp.ticket("round-0\($0)")).mask.remaining } == masks.map(\.remaining))
  }

  /// The note's shares for 70 % in five cycles; victims of a cycle stay away.
  @Test func cyclesAccumulate() throws {
    var settings = DualSettings()
    settings.cycles = 5
    let shares = settings.cumulative(0.7).map { ($0 * 1e4).rounded() / 100 }
    #expect(shares == [21.40, 38.22, 51.44, 61.83, 70.00])
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    for pick in ["random", "magnitude"] {
      let runner = try runner(
        scratch, ["sparsities=0.7", "cycles=3", "grow=1ep", "hold=1ep", "steps=1ep", "pick=\(pick)"])
      _ = try runner.run(locator: DataLocator())
      let store = runner.store("seed-0")
      let masks =
        try (1...3).map { try #require(store.ticket("grow-0.7-\($0)")).mask }
        + [#require(store.ticket("rst-0.7")).mask]
      #expect(masks[0].density == 1 && zip(masks.dropFirst(), masks).allSatisfy { $0.isSubset(of: $1) && $0 != $1 })
      #expect(abs(masks[3].density - 0.3) < 1e-3)
      // Arms that share the transformation's mask do not make it each for itself, side by side.
      let noted = try trainings(in: runner.folder).filter { $0.key.contains("grow-") }
      #expect(noted.count == 3 && noted.values.allSatisfy { $0 == 1 }, "\(pick): \(noted)")
    }
  }

  /// Rounds of iterative pruning share the way to the sparsity that is asked for, however many they are; a penalty of any
  /// size can be told and read back.
  @Test(arguments: [["rounds=40"], ["form=multiplicative", "ceiling=1e25"]])
  func extremesAreTold(_ changes: [String]) throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let short = ["steps=1ep", "grow=1ep", "hold=1ep", "sparsities=0.5"]
    let runner = try runner(scratch, short + changes), finding = try runner.run(locator: DataLocator()).finding
    #expect(finding.exponent >= 0)
    let file = runner.folder.appendingPathComponent("result.json")
    let read: Record<DualFinding>? = StoredJSON.read(file)
    #expect(read?.finding == finding)
  }

  /// A transformation that diverges is named with its rate; the networks that do not need it are finished.
  @Test func divergenceIsNamed() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let runner = try runner(scratch, ["grow=1ep", "hold=1ep", "grow-lr=1e6", "sparsities=0.5", "steps=1ep"])
    let record = try runner.run(locator: DataLocator())
    let failure = try #require(record.failures.first)
    #expect(failure.network.hasPrefix("grow-0.5") && failure.learningRate == 1e6)
    #expect(failure.problem.contains("diverged") && runner.store("seed-0").record("scratch-0.5") != nil)
  }

  @Test(arguments: [
    (["ceiling=1000"], "diverge", "--form multiplicative"), (["sparsities=0.999"], "keep none", "--exclude fc3"),
    (["power=4"], "power", "1, 2 or 3"), (["sparsities=1"], "sparsities", "below 1"),
  ])
  func refusesWhatCannotWork(_ changes: [String], _ words: String, _ remedy: String) throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    try expectUsage(words, remedy) { _ = try runner(scratch, changes).run(locator: DataLocator()) }
  }
}
