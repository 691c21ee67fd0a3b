import Analysis
import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Networks
import TestSupport
import Testing
import Tickets

@Suite struct SiftTests {
  private func runner(_ scratch: Scratch, _ arms: [SiftArm], _ changes: String..., seeds: [UInt64] = [0, 1]) throws
    -> Runner<Sift>
  {
    var settings = SiftSettings()
    for change in [
      "data=digits", "model=bn-mlp:24,16", "rounds=4", "steps=60it", "rewind=6it", "batch=64", "evaluate=30it",
      "draws=8",
    ] + changes { try settings.apply(change) }
    settings.arms = SiftArmList(arms)
    return Runner(Sift(settings, seeds: seeds), threads: 2, output: scratch.url)
  }

  private func ticket(_ runner: Runner<Sift>, _ arm: SiftArm, _ round: Int, seed: Int = 0) throws -> Ticket {
    let stage = round == 0 ? "dense" : "round-0\(round)"
    return try Ticket(
      contentsOf: runner.folder.appendingPathComponent("\(arm.rawValue)/seed-\(seed)/\(stage).safetensors"))
  }

  /// Each hidden layer loses exactly its share of weights and biases together, the smallest; the output layer none; what
  /// survives goes back to the rewind point.
  @Test func roundsRankWeightsAndBiasesTogether() throws {
    let scratch = try Scratch(), runner = try runner(scratch, [.iterative])
    defer { withExtendedLifetime(scratch) {} }
    let result = try runner.run(locator: DataLocator()).finding
    #expect(result.arms[0].rounds.map(\.round) == [0, 1, 2, 3, 4])
    let tickets = try (0...4).map { try ticket(runner, .iterative, $0) }, layout = tickets[0].mask.layout
    let rewound = try Ticket(
      contentsOf: runner.folder.appendingPathComponent("iterative/seed-0/rewind-point.safetensors"))
    #expect(rewound.startStep == 6 && rewound.start != tickets[0].start)
    for (before, after) in zip(tickets, tickets.dropFirst()) {
      #expect(after.mask.isSubset(of: before.mask) && after.startStep == 6)
      #expect(after.start == rewound.start.masked(by: after.mask))
      for layer in ["fc1", "fc2"] {
        let entries = layout.entries(of: layer), old = entries.reduce(0) { $0 + before.mask.remaining(in: $1) }
        let new = entries.reduce(0) { $0 + after.mask.remaining(in: $1) }
        #expect(new == old - Int((0.3 * Double(old)).rounded()))
        let trained = try #require(before.trained).values.map(\.magnitude)
        let all = entries.flatMap { Array($0.range) }.filter { before.mask.keeps[$0] }
        let kept = all.filter { after.mask.keeps[$0] }.map { trained[$0] }
        let removed = all.filter { !after.mask.keeps[$0] }.map { trained[$0] }
        #expect(kept.min()! >= removed.max()!)
      }
      #expect(layout.entries(of: "fc3").allSatisfy { after.mask.remaining(in: $0) == $0.count })
    }
    let biases = layout.entries(of: "fc1")[1]
    #expect(tickets[4].mask.remaining(in: biases) < biases.count)
  }

  /// Pixels that are the same in all training images have no weights from the start.
  @Test func constantPixelsAreNotConnected() throws {
    let scratch = try Scratch(), runner = try runner(scratch, [.iterative], "rounds=1")
    defer { withExtendedLifetime(scratch) {} }
    let finding = try runner.run(locator: DataLocator()).finding, portrait = try #require(finding.portrait)
    #expect(portrait.inputDegrees.contains(0) && portrait.units.allSatisfy { $0.inputs.count == $0.weights.count })
    let degrees = try Self.locality(runner, "iterative/seed-0/dense").inputDegrees
    #expect(degrees.contains(0) && degrees.count { $0 == 24 } > 55, "the corners of digits are always empty")
    #expect(degrees.allSatisfy { $0 == 0 || $0 == 24 })
  }

  /// Without bias ranking no bias goes; with a stop of 97 % of the units the ladder ends early.
  @Test func termsDecide() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let plain = try runner(scratch, [.iterative], "biases=false")
    _ = try plain.run(locator: DataLocator())
    let mask = try ticket(plain, .iterative, 4).mask
    #expect(mask.layout.entries(of: "fc1").last.map { mask.remaining(in: $0) == $0.count } == true)
    let early = try runner(scratch, [.iterative], "rounds=14", "stop=0.97")
    let rounds = try early.run(locator: DataLocator()).finding.arms[0].rounds
    #expect(rounds.count < 12 && rounds.last!.liveShares.allSatisfy { $0 > 0.97 })
    #expect(early.folder != plain.folder)
  }

  /// Twice the same, and once more after a part was lost: the same masks and numbers.
  @Test func resumesToTheSameResult() throws {
    let scratch = try Scratch(), runner = try runner(scratch, [.iterative, .oneShot, .randomMask], "rounds=2")
    defer { withExtendedLifetime(scratch) {} }
    let first = try runner.run(locator: DataLocator()).finding
    for file in ["iterative/seed-1/round-01.json", "one-shot/seed-0/round-02.safetensors"] {
      try FileManager.default.removeItem(at: runner.folder.appendingPathComponent(file))
    }
    #expect(try runner.run(locator: DataLocator()).finding == first)
    let masks = try [SiftArm.iterative, .oneShot].map { try ticket(runner, $0, 1).mask }
    #expect(masks[0] == masks[1], "one round is one shot")
    let start = try ticket(runner, .randomMask, 0).mask, entry = start.layout.prunable[1]
    #expect(start.remaining(in: entry) == Int((0.3 * Double(entry.count)).rounded()))
  }

  /// Permuting pixels and initial weights alike gives the same network but for the order in which the first layer sums over
  /// its inputs (forward pass of fc1 alone). Its rounding flips no rank here: masks are the same once pixels are put back.
  @Test func permutedAlikeIsTheSameNetwork() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let runner = try runner(scratch, [.iterative, .permutedAlike, .permutedPixels], "steps=20it", "rewind=2it")
    let result = try runner.run(locator: DataLocator()).finding
    #expect(result.agreement.map(\.round) == [1, 2, 3, 4])
    #expect(result.agreement.allSatisfy { $0.overlap.values == [1, 1] })
    let plain = try ticket(runner, .iterative, 4).mask, alike = try ticket(runner, .permutedAlike, 4).mask
    #expect(plain != alike && plain.remaining == alike.remaining)
    for entry in plain.layout.entries where entry.layer != "fc1" {
      #expect(plain.keeps[entry.range] == alike.keeps[entry.range])
    }
    #expect(try ticket(runner, .permutedPixels, 4).mask != alike)
  }

  @Test func refusesWhatCannotBeSifted() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    for change in ["data=digits+flat", "model=lenet-5", "criterion=random", "exclude=none", "controls=reinit"] {
      #expect(throws: Problem.self, "\(change)") {
        try runner(scratch, [.iterative], change).run(locator: DataLocator())
      }
    }
  }

  private static func locality(_ runner: Runner<Sift>, _ name: String) throws -> LocalityAnalysis {
    struct Kept: Decodable { var analysis: LocalityAnalysis }
    let data = try Data(contentsOf: runner.folder.appendingPathComponent("\(name).locality.json"))
    return try JSONDecoder().decode(Kept.self, from: data).analysis
  }

  /// Seeds that processes do apart are put together to the same finding, with what they measured; other draws measure anew.
  @Test func seedsAreRunApart() throws {
    let scratches = try [Scratch(), Scratch()], whole = try runner(scratches[0], [.iterative, .phase], "rounds=2")
    defer { withExtendedLifetime(scratches) {} }
    let finding = try whole.run(locator: DataLocator()).finding
    let runner = try runner(scratches[1], [.iterative, .phase], "rounds=2"),
      prepared = try runner.prepared(DataLocator())
    for seed in [1, 0] as [UInt64] {
      guard case .done(let summary) = try runner.runSeed(seed, prepared) else {
        Issue.record("seed \(seed) is busy")
        continue
      }
      #expect(summary.stages.map(\.arm) == ["iterative", "phase"].flatMap { Array(repeating: $0, count: 3) })
      #expect(summary.stages.last?.metrics["localityScore"] != nil && summary.stages[0].density! < 1)
      #expect(try Self.locality(runner, "phase/seed-\(seed)/round-02").unitDegrees.count == 24)
    }
    #expect(try runner.conclude(prepared).finding == finding)
    let other = try self.runner(scratches[1], [.iterative], "rounds=2", "draws=4")
    #expect(other.folder == runner.folder)
    let record = try other.run(locator: DataLocator())
    #expect(record.finding.arms[0].rounds[2].testAccuracy == finding.arms[0].rounds[2].testAccuracy)
    #expect(record.finding.arms[0].rounds[2].scores != finding.arms[0].rounds[2].scores)
    let counts = try trainings(in: other.folder)
    #expect(counts.count == 6 && counts.values.allSatisfy { $0 == 2 }, "once in each arm: \(counts)")
    #expect(
      record.figures["localityScore"]
        == record.finding.arms[0].rounds.compactMap { $0.score(.degreePreserving)?.mean }.max())
  }

  /// Settings come from the preset, whatever the order in which they are given; arms and draws name no folder.
  @Test func presetsAreWhereSettingsStart() throws {
    var settings = try SiftSettings.base(["preset": "full"])
    #expect(settings.search.model == "bn-mlp:1024,1024,1024" && settings.search.rounds == 13)
    let name = Sift.folder(settings, in: URL(fileURLWithPath: "/")).lastPathComponent
    for change in ["arms=all", "draws=3"] { try settings.apply(change) }
    #expect(settings.arms.arms == SiftArm.allCases)
    #expect(Sift.folder(settings, in: URL(fileURLWithPath: "/")).lastPathComponent == name)
    try settings.apply("stop=0.3")
    #expect(Sift.folder(settings, in: URL(fileURLWithPath: "/")).lastPathComponent != name)
    #expect(throws: Problem.self) { try settings.apply("arms=phase,gausian") }
    let scratch = try Scratch(), file = scratch.url.appendingPathComponent("network.yaml")
    defer { withExtendedLifetime(scratch) {} }
    try settings.apply("model=graph:\(file.path)")
    let names = try ["one", "another"].map { text in
      try Data(text.utf8).write(to: file)
      return Sift.folder(settings, in: scratch.url).lastPathComponent
    }
    #expect(names[0] != names[1], "what a graph file says is part of the name")
    #expect(SiftArmList(setting: "phase,phase")?.arms == [.phase])
  }
}
