import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Networks
import TestSupport
import Testing
import Tickets

@Suite struct ConnectTests {
  fileprivate func runner(_ scratch: Scratch, _ changes: [String] = [], seeds: [UInt64] = [0, 1], threads: Int = 2)
    throws
    -> Runner<Connect>
  {
    var settings = ConnectSettings()
    settings.search = try smallSettings("steps=4ep")
    for change in ["at=0,3ep", "copies=3", "points=5", "train-samples=200"] + changes { try settings.apply(change) }
    return Runner(Connect(settings, seeds: seeds), threads: threads, output: scratch.url)
  }

  @Test func endsAreTheCopiesAndPairsAreAveraged() throws {
    let scratch = try Scratch(), runner = try runner(scratch, ["batch=16", "momentum=0.9"])
    defer { withExtendedLifetime(scratch) {} }
    let result = try runner.run(locator: DataLocator()).finding
    #expect(result.positions == [0, 0.25, 0.5, 0.75, 1] && result.statisticsBatches == 0)
    #expect(result.forks.map(\.step) == [0, 3 * result.forks[1].totalSteps / 4])
    for (fork, name) in zip(result.forks, ["at-0", "at-\(result.forks[1].step)"]) {
      for seed in 0...1 {
        let errors = try (1...3).map { copy in
          let url = runner.folder.appendingPathComponent("seed-\(seed)/\(name).copy-\(copy).json")
          let record = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
          let curve = try #require(record?["curve"] as? [[String: Any]])
          return 1 - (try #require(curve.last?["testAccuracy"] as? Double))
        }
        let mean = errors.reduce(0, +) / 3
        #expect(abs(fork.testEndError.values[seed] - mean) < 1e-12)
      }
      #expect(fork.testInstability.values.allSatisfy { $0 >= 0 })
      #expect(fork.isStable == (fork.testInstability.mean < 0.02))
    }
    // Copies from the start part for good at these steps; late copies went a short way from one state.
    #expect(2 * result.forks[1].trainInstability.mean < result.forks[0].trainInstability.mean)
    #expect(2 * result.forks[1].testInstability.mean < result.forks[0].testInstability.mean)
  }

  @Test func copiesDifferAndAreTheSameBitsAgain() throws {
    let scratches = try (0..<3).map { _ in try Scratch() }
    defer { withExtendedLifetime(scratches) {} }
    let first = try runner(scratches[0]), one = try first.run(locator: DataLocator()).finding
    #expect(try runner(scratches[1], threads: 1).run(locator: DataLocator()).finding == one)
    let tickets = try files(first.folder).filter { $0.contains("copy-") && $0.hasSuffix(".safetensors") }
    #expect(tickets.count == 2 * 2 * 3)
    let digests = try tickets.map { name in
      Digest.sha256(try #require(try Ticket(contentsOf: first.folder.appendingPathComponent(name)).trained).values)
    }
    #expect(Set(digests).count == digests.count, "every copy has its own random numbers")

    // What is missing or damaged is made again, as it was.
    for name in ["seed-0/at-0.path-1-2.json", "seed-1/at-0.copy-2.json", "seed-0/at-0.copy-1.safetensors"] {
      try FileManager.default.removeItem(at: first.folder.appendingPathComponent(name))
    }
    try Data("torn".utf8).write(to: first.folder.appendingPathComponent("seed-1/at-0.path-1-3.json"))
    #expect(try first.run(locator: DataLocator()).finding == one)
  }

  @Test func batchNormIsMeasuredAnew() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let changes = ["model=resnet-20:0.25", "steps=1ep", "batch=128", "at=0", "copies=2", "points=3"]
    let result = try runner(scratch, changes, seeds: [0]).run(locator: DataLocator()).finding
    #expect(result.statisticsBatches > 0)
    #expect(result.forks[0].testPath.count == 3)
  }

  @Test func ticketsPartAtTheirOwnStart() throws {
    let scratch = try Scratch(), settings = try smallSettings("rewind=5it", "rounds=1", "controls=none")
    defer { withExtendedLifetime(scratch) {} }
    let search = searchRunner(settings, seeds: [0], threads: 2, in: scratch)
    _ = try search.run(locator: DataLocator())
    let file = search.folder.appendingPathComponent("seed-0/round-01.safetensors"),
      ticket = try Ticket(contentsOf: file)
    var asked = try ConnectSettings.base(["tickets": file.path])
    try asked.apply("points=3")
    let runner = Runner(Connect(asked, seeds: [0]), threads: 2, output: scratch.url)
    let fork = try #require(try runner.run(locator: DataLocator()).finding.forks.first)
    #expect(fork.step == 5 && fork.density == ticket.mask.density && fork.ticket == file.path)
    for copy in 1...2 {
      let name = "seed-0/ticket-\(ticket.digest.prefix(12)).copy-\(copy).safetensors"
      let kept = try Ticket(contentsOf: runner.folder.appendingPathComponent(name))
      #expect(kept.mask == ticket.mask && kept.start == ticket.start)
    }
  }

  @Test func forksLieBeforeTheEnd() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let runner = try runner(scratch, ["at=4ep"])
    #expect(throws: Problem.self) { try runner.run(locator: DataLocator()) }
  }

  @Test func linesAreExactAtTheirEnds() throws {
    let layout = try ModelCatalog.architecture("mlp:9,5", input: FeatureShape(channels: 12), classes: 3).layout
    let a = SearchSettings().initializer.parameters(for: layout, seed: 1)
    let b = Initializer.torchUniform.parameters(for: layout, seed: 2)
    #expect(a.interpolated(to: b, at: 0) == a && a.interpolated(to: b, at: 1) == b)
    #expect(a.interpolated(to: a, at: 0.3) == a)
  }
}

extension ConnectTests {
  /// A folder whose few training samples were drawn by an older rule is not mixed with others.
  @Test func olderDrawsAreNotMixed() throws {
    let scratch = try Scratch(), runner = try runner(scratch, ["training-samples=300", "at=0"])
    defer { withExtendedLifetime(scratch) {} }
    let first = try runner.run(locator: DataLocator()).finding
    #expect(try runner.run(locator: DataLocator()).finding == first)
    let file = runner.folder.appendingPathComponent("run.json")
    var identity = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    #expect(identity.removeValue(forKey: "draws") as? Int == 2)
    // Such a version wrote no digest.
    identity["sha256"] = nil
    try JSONSerialization.data(withJSONObject: identity).write(to: file)
    #expect(throws: Problem.self) { try runner.run(locator: DataLocator()) }
  }
}
