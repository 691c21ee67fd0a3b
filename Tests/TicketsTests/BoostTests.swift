import Basics
import Datasets
import Foundation
import Lanes
import Networks
import Testing
import Tickets
import Training

@Suite struct BoostTests {
  private func settings(_ changes: String...) throws -> BoostSettings {
    var settings = BoostSettings()
    let base = [
      "data=digits", "model=mlp:24,16", "steps=3ep", "warmup=1ep", "batch=64", "rates=0.05,0.1", "early=5it,10it,1ep",
      "trajectory=1", "robust-samples=40", "evaluate=1ep",
    ]
    for change in base + changes { try settings.apply(change) }
    return settings
  }

  /// What must not depend on how the boost ran.
  private func run(_ settings: BoostSettings, in scratch: Scratch, threads: Int = 2, execution: Execution = .automatic)
    throws -> BoostResult
  {
    var search = BoostSearch(settings: settings, seeds: [0, 1], threads: threads, output: scratch.url)
    search.execution = execution
    var result = try search.run(locator: DataLocator())
    for i in result.arms.indices {
      (result.arms[i].maskSeconds, result.arms[i].secondsToTarget) = (0, nil)
      (result.arms[i].trainingSeconds, result.arms[i].attackSeconds, result.arms[i].evaluationSeconds) = (0, 0, 0)
    }
    for i in result.masks.indices { (result.masks[i].seconds, result.masks[i].attackSeconds) = (0, 0) }
    result.timeRatio = nil
    result.verdict = result.verdict.filter { !$0.hasPrefix("To ") }
    return result
  }

  @Test func armsAndMasksAreAsAsked() throws {
    let scratch = try Scratch(), settings = try settings(), result = try run(settings, in: scratch)
    #expect(
      result.arms.map(\.name) == [
        "ticket", "winning", "reinit", "shuffled", "dense 0.05", "dense 0.05 warm", "dense 0.1", "dense 0.1 warm",
      ])
    let search = BoostSearch(settings: settings, seeds: [0, 1], threads: 1, output: scratch.url)
    let folder = search.folder.appendingPathComponent("seed-1")
    func ticket(_ name: String) throws -> Ticket {
      try Ticket(contentsOf: folder.appendingPathComponent("\(name).safetensors"))
    }
    let own = try ticket("ticket"), weights = own.mask.layout.prunableCount
    #expect(own.mask.remaining == weights - Int((0.8 * Double(weights)).rounded()))
    let initial = settings.search.initializer.parameters(for: own.mask.layout, seed: 1)
    #expect(own.start == initial.masked(by: own.mask))
    let reinit = try ticket("reinit"), winning = try ticket("winning")
    #expect(reinit.mask == own.mask && reinit.start != own.start)
    let shuffled = try ticket("shuffled").mask
    for entry in own.mask.layout.prunable { #expect(shuffled.remaining(in: entry) == own.mask.remaining(in: entry)) }
    #expect(shuffled != own.mask)
    #expect(winning.mask != own.mask)
    for arm in result.arms {
      #expect(arm.early.map(\.step) == [5, 10, arm.curve.first { $0.step > 10 }!.step], "\(arm.name)")
      #expect((0...1).contains(arm.area.mean) && arm.pgdAccuracy == nil)
    }
    #expect(result.masks.map(\.learningRate) == [0.01, 0.1])
    // A small rate leaves magnitudes closer to where they began.
    #expect(result.masks[0].correlation.mean > result.masks[1].correlation.mean)
    #expect(result.masks[0].distance[0].mean < result.masks[1].distance[0].mean)
    // The best dense network reaches what it reaches.
    let best = try #require(result.arms.first { $0.name == result.bestDense })
    #expect(best.seedsAtTarget == 2 && best.epochsToTarget != nil && best.validationAccuracy.mean == result.target)
  }

  @Test func excludedLayersAreSpared() throws {
    let scratch = try Scratch(), settings = try settings("exclude=output", "prune=0.9", "steps=1ep", "trajectory=0")
    let search = BoostSearch(settings: settings, seeds: [0], threads: 2, output: scratch.url)
    _ = try search.run(locator: DataLocator())
    let ticket = try Ticket(contentsOf: search.folder.appendingPathComponent("seed-0/ticket.safetensors"))
    let entries = ticket.mask.layout.prunable, output = try #require(entries.last)
    let open = entries.dropLast().reduce(0) { $0 + $1.count }
    #expect(ticket.mask.remaining(in: output) == output.count)
    #expect(ticket.mask.remaining - output.count == open - Int((0.9 * Double(open)).rounded()))
    #expect(throws: Problem.self) {
      try BoostSearch(settings: self.settings("exclude=nothing"), seeds: [0], threads: 1, output: scratch.url)
        .run(locator: DataLocator())
    }
  }

  /// Deleted records, one thread and other kernels give the same result.
  @Test(arguments: ["natural", "pgd:2", "free:2"])
  func resumedIsUninterrupted(_ objective: String) throws {
    let settings = try settings(
      "objective=\(objective)", "mask-objective=\(objective == "natural" ? "natural" : "fgsm")", "epsilon=0.1")
    let scratch = try Scratch(), other = try Scratch()
    let whole = try run(settings, in: scratch)
    _ = try run(settings, in: other, threads: 1)
    let search = BoostSearch(settings: settings, seeds: [0, 1], threads: 1, output: other.url)
    for file in [
      "seed-0/mask-ticket.json", "seed-1/ticket.json", "seed-1/mask-winning.safetensors", "seed-0/dense-0.1.json",
    ] {
      try FileManager.default.removeItem(at: search.folder.appendingPathComponent(file))
    }
    let again = try run(settings, in: other, execution: .sparse)
    #expect(again == whole)
    if objective != "natural" {
      #expect(whole.measure == "validationPGD" && whole.arms.allSatisfy { $0.pgdAccuracy != nil })
    }
  }

  @Test func badSettingsAreRefused() throws {
    #expect(throws: Problem.self) { try settings("objective=pgd:3").check() }
    #expect(throws: Problem.self) { try settings("mask-objective=fgsm").check() }
    #expect(throws: Problem.self) { try settings("rates=0.1,x") }
    #expect(throws: Problem.self) { try settings("rounds=3") }
    try settings("objective=pgd:3", "epsilon=0.1").check()
  }

  @Test func catastrophicOverfittingIsSeen() {
    func point(_ fgsm: Double?, _ pgd: Double?) -> CurvePoint {
      CurvePoint(
        step: 1, validationLoss: 1, validationAccuracy: 0.8, testAccuracy: 0.8, validationFGSM: fgsm, validationPGD: pgd
      )
    }
    #expect(point(0.89, 0.004).overfitsSingleStep)
    #expect(!point(0.5, 0.4).overfitsSingleStep)
    #expect(!point(0.1, 0.0).overfitsSingleStep)
    #expect(!point(nil, nil).overfitsSingleStep)
  }

  /// FGSM from the samples themselves at a large radius teaches a network to withstand one step alone; PGD does not.
  @Test(arguments: ["fgsm", "pgd:10"])
  func catastrophicOverfittingIsReported(_ objective: String) throws {
    let settings = try settings(
      "objective=\(objective)", "epsilon=0.3", "random-start=false", "model=mlp:64", "batch=32", "steps=12ep",
      "lr=0.05", "rates=0.05", "trajectory=0", "evaluate=4ep", "robust-samples=140")
    let result = try run(settings, in: try Scratch()), overfits = objective == "fgsm"
    let dense = try #require(result.arms.first { $0.name == "dense 0.05" })
    #expect(dense.overfitsSingleStepAt.allSatisfy { ($0 > 0) == overfits })
    #expect(result.verdict.contains { $0.hasPrefix("Catastrophic overfitting: dense 0.05 ") } == overfits)
  }
}
