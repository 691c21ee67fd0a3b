import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Networks
import TestSupport
import Testing
import Tickets

@Suite struct ElasticTests {
  private static let small = ["data=digits", "steps=3ep", "batch=64", "validation=200", "rewind=5it", "rounds=3"]

  private func runner<Elastic: ElasticExperiment>(
    _: Elastic.Type, _ scratch: Scratch, _ changes: [String], seeds: [UInt64] = [0]
  ) throws -> Runner<Elastic> {
    var settings = Elastic.Settings()
    for change in Self.small + changes { try settings.apply(change) }
    return Runner(Elastic(settings, seeds: seeds), threads: 2, output: scratch.url)
  }

  /// The moved ticket has the source's mask and rewound weights, block by block; all beside it keep as many weights.
  @Test func movesTheTicketAndMatchesCounts() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let runner = try runner(Stretch.self, scratch, ["model=mlp:20,20,20", "to=mlp:20,20,20,20,20", "order=append"])
    let finding = try runner.run(locator: DataLocator()).finding
    #expect(finding.map == "0:0;1:1,3;2:2,4")
    let source = try #require(runner.store("source/seed-0").ticket("round-03"))
    let moved = try #require(runner.store("seed-0").ticket("elastic"))
    #expect(moved.edits == ["blocks 0:0;1:1,3;2:2,4 of mlp:20,20,20"] && moved.startStep == 5)
    #expect(moved.architecture.name == "mlp:20,20,20,20,20" && moved.settings["model"] == "mlp:20,20,20,20,20")
    for (target, origin) in [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (6, 4)] {
      for (a, b) in zip(
        moved.mask.layout.entries(of: "fc\(target)"), source.mask.layout.entries(of: "fc\(origin)"))
      {
        #expect(moved.mask.keeps[a.range] == source.mask.keeps[b.range], "fc\(target)")
        #expect(moved.start.values[a.range] == source.start.values[b.range], "fc\(target)")
      }
    }
    let imp = try #require(runner.store("target/seed-0").ticket("round-03"))
    #expect(imp.mask.remaining == moved.mask.remaining && finding.kept.mean == Double(imp.mask.remaining))
    #expect(finding.arms.map(\.name) == ["elastic", "reinit", "shuffled", "random", "snip", "magnitude"])
    // A search trains the dense network and every round; moving trains once.
    #expect(finding.searchWork.mean > 2 * finding.movedWork.mean && finding.movedWork.mean < 1)
  }

  /// A ticket file is as good as the search that found it: the same moved ticket, and a file that other verbs read.
  @Test func takesATicketFile() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let whole = try runner(Squeeze.self, scratch, ["model=mlp:20,20,20,20,20", "to=mlp:20,20,20", "drop=early"])
    _ = try whole.run(locator: DataLocator())
    let path = whole.folder.appendingPathComponent("source/seed-0/round-03.safetensors").path
    var settings = try Squeeze.Settings.base(["ticket": path])
    for change in ["to=mlp:20,20,20", "drop=early"] { try settings.apply(change) }
    let moved = Runner(Squeeze(settings, seeds: [0]), threads: 1, output: scratch.url)
    let finding = try moved.run(locator: DataLocator()).finding
    #expect(finding.map == "0:0;3:1;4:2" && finding.wholeWork == finding.movedWork)
    let tickets = [whole, moved].map { $0.store("seed-0").ticket("elastic") }
    #expect(try #require(tickets[0]).digest == #require(tickets[1]).digest)
    #expect(moved.folder != whole.folder)
    let edits = try #require(tickets[1]).edits
    #expect(edits == ["blocks 0:0;3:1;4:2 of mlp:20,20,20,20,20"])
    // A moved ticket is moved again, and says both.
    let first = moved.folder.appendingPathComponent("seed-0/elastic.safetensors").path
    var again = try Stretch.Settings.base(["ticket": first])
    try again.apply("to=mlp:20,20,20,20")
    let further = Runner(Stretch(again, seeds: [0]), threads: 1, output: scratch.url)
    _ = try further.run(locator: DataLocator())
    #expect(further.store("seed-0").ticket("elastic")?.edits == edits + ["blocks 0:0;1:1,2;2:3 of mlp:20,20,20"])
    // Networks beside it that would start elsewhere, or another network's name, are refused.
    for (change, words) in [("rewind=6it", "starts at step 5"), ("model=mlp:20,20", "has no effect")] {
      var other = again
      try other.apply(change)
      let problem = try #require(throws: Problem.self) {
        try Runner(Stretch(other, seeds: [0]), threads: 1, output: scratch.url).run(locator: DataLocator())
      }
      #expect(problem.kind == .usage && problem.problem.contains(words), "\(problem)")
    }
  }

  @Test(arguments: [
    (["model=mlp:20,20,20", "to=mlp:20,20"], "has 2 blocks in the target", "tombola squeeze"),
    (["model=mlp:20,20", "to=mlp:20,20"], "there is nothing to stretch", "another depth"),
    (["model=mlp:20,20", "to=mlp:30,30,30"], "are not of one family", "the number of blocks alone"),
    (["model=mlp:20,10", "to=mlp:20,20,10"], "a fixed block alone", "two or more blocks"),
    (["model=mlp:20,20", "to=mlp:20,20,20", "map=0:0;1:1"], "gives stages of 2 blocks", "every block of the target"),
    (["model=mlp:20,20", "to="], "No network to move", "--to"),
  ])
  func refusesWhatCannotBeMoved(_ changes: [String], _ problem: String, _ remedy: String) throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let runner = try runner(Stretch.self, scratch, changes)
    let refusal = try #require(throws: Problem.self) { try runner.run(locator: DataLocator()) }
    #expect(
      refusal.kind == .usage && refusal.problem.contains(problem) && refusal.remedy.contains(remedy), "\(refusal)")
  }
}
