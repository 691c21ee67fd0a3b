import Analysis
import Basics
import Datasets
import Foundation
import Lanes
import Networks
import Testing
import Tickets

@Suite struct SiftTests {
  private func study(_ scratch: Scratch, _ arms: [SiftArm], _ changes: String..., terms: [String] = []) throws
    -> SiftStudy
  {
    var settings = SiftPreset.small.settings, sift = SiftTerms()
    for change in [
      "data=digits", "model=bn-mlp:24,16", "rounds=4", "steps=60it", "rewind=6it", "batch=64", "evaluate=30it",
    ] + changes { try settings.apply(change) }
    for term in terms { try sift.apply(term) }
    var study = SiftStudy(settings: settings, terms: sift, arms: arms, seeds: [0, 1], threads: 2, output: scratch.url)
    study.draws = 8
    return study
  }

  private func ticket(_ study: SiftStudy, _ arm: SiftArm, _ round: Int, seed: Int = 0) throws -> Ticket {
    let stage = round == 0 ? "dense" : "round-0\(round)"
    return try Ticket(
      contentsOf: study.folder.appendingPathComponent("\(arm.rawValue)/seed-\(seed)/\(stage).safetensors"))
  }

  /// Each hidden layer loses exactly its share of weights and biases together, the smallest; the output layer none; what
  /// survives goes back to the rewind point.
  @Test func roundsRankWeightsAndBiasesTogether() throws {
    let scratch = try Scratch(), study = try study(scratch, [.iterative])
    let result = try study.run(locator: DataLocator()).result
    #expect(result.arms[0].rounds.map(\.round) == [0, 1, 2, 3, 4])
    let tickets = try (0...4).map { try ticket(study, .iterative, $0) }, layout = tickets[0].mask.layout
    let rewound = try Ticket(
      contentsOf: study.folder.appendingPathComponent("iterative/seed-0/rewind-point.safetensors"))
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
    let scratch = try Scratch(), study = try study(scratch, [.iterative], "rounds=1")
    let outcome = try study.run(locator: DataLocator())
    let degrees = outcome.analyses[0].inputDegrees
    #expect(degrees.contains(0) && degrees.count { $0 == 24 } > 55, "the corners of digits are always empty")
    #expect(degrees.allSatisfy { $0 == 0 || $0 == 24 })
  }

  /// Without bias ranking no bias goes; with a stop of 97 % of the units the ladder ends early.
  @Test func termsDecide() throws {
    let scratch = try Scratch()
    let plain = try study(scratch, [.iterative], terms: ["biases=false"])
    _ = try plain.run(locator: DataLocator())
    let mask = try ticket(plain, .iterative, 4).mask
    #expect(mask.layout.entries(of: "fc1").last.map { mask.remaining(in: $0) == $0.count } == true)
    let early = try study(scratch, [.iterative], "rounds=14", terms: ["stop=0.97"])
    let rounds = try early.run(locator: DataLocator()).result.arms[0].rounds
    #expect(rounds.count < 12 && rounds.last!.liveShares.allSatisfy { $0 > 0.97 })
    #expect(early.folder != plain.folder)
  }

  /// Twice the same, and once more after a part was lost: the same masks and numbers.
  @Test func resumesToTheSameResult() throws {
    func bare(_ outcome: SiftOutcome) throws -> Data {
      var result = outcome.result
      (result.seconds, result.residentBytes) = ([:], 0)
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return try encoder.encode(result)
    }
    let scratch = try Scratch(), study = try study(scratch, [.iterative, .oneShot, .randomMask], "rounds=2")
    let first = try bare(try study.run(locator: DataLocator()))
    for file in ["iterative/seed-1/round-01.json", "one-shot/seed-0/round-02.safetensors"] {
      try FileManager.default.removeItem(at: study.folder.appendingPathComponent(file))
    }
    #expect(try bare(try study.run(locator: DataLocator())) == first)
    let masks = try [SiftArm.iterative, .oneShot].map { try ticket(study, $0, 1).mask }
    #expect(masks[0] == masks[1], "one round is one shot")
    let start = try ticket(study, .randomMask, 0).mask, entry = start.layout.prunable[1]
    #expect(start.remaining(in: entry) == Int((0.3 * Double(entry.count)).rounded()))
  }

  /// Permuting pixels and initial weights alike gives the same network but for the order in which the first layer sums over
  /// its inputs (forward pass of fc1 alone). Its rounding flips no rank here: masks are the same once pixels are put back.
  @Test func permutedAlikeIsTheSameNetwork() throws {
    let scratch = try Scratch()
    let study = try study(scratch, [.iterative, .permutedAlike, .permutedPixels], "steps=20it", "rewind=2it")
    let result = try study.run(locator: DataLocator()).result
    #expect(result.agreement.map(\.round) == [1, 2, 3, 4])
    #expect(result.agreement.allSatisfy { $0.overlap.values == [1, 1] })
    let plain = try ticket(study, .iterative, 4).mask, alike = try ticket(study, .permutedAlike, 4).mask
    #expect(plain != alike && plain.remaining == alike.remaining)
    for entry in plain.layout.entries where entry.layer != "fc1" {
      #expect(plain.keeps[entry.range] == alike.keeps[entry.range])
    }
    #expect(try ticket(study, .permutedPixels, 4).mask != alike)
  }

  @Test func refusesWhatCannotBeSifted() throws {
    let scratch = try Scratch()
    for change in ["data=digits+flat", "model=lenet-5", "criterion=random", "exclude=none", "controls=reinit"] {
      #expect(throws: Problem.self, "\(change)") {
        try study(scratch, [.iterative], change).run(locator: DataLocator())
      }
    }
  }
}

@Suite struct PatternStudyTests {
  /// A pattern of two signs among ten: what sees windows learns it, what sees two random signs mostly does not.
  @Test func windowsLearnAndRandomMasksDoNot() throws {
    let scratch = try Scratch()
    var settings = PatternStudy.preset
    try settings.apply("data=k-pattern:24,3,parity,48000")
    let study = PatternStudy(settings: settings, filters: 32, seeds: [0], threads: 2, output: scratch.url)
    let outcome = try study.run(locator: DataLocator())
    let accuracy = Dictionary(uniqueKeysWithValues: outcome.networks.map { ($0.network, $0.testAccuracy.mean) })
    #expect(accuracy[.convolutional]! > 0.95 && accuracy[.locallyConnected]! > 0.95)
    #expect(accuracy[.randomMask]! < 0.7)
    let parameters = outcome.networks.map(\.parameters)
    #expect(abs(parameters[1] - parameters[2]) < 60, "the fully connected network has as many parameters")
    #expect(parameters[1] == parameters[3])
    #expect(outcome.networks.allSatisfy { $0.curve.last!.samples <= 48_000 })
  }
}
