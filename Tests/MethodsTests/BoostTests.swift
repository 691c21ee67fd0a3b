import Basics
import Datasets
import Experiments
import Foundation
import Lanes
import Methods
import Networks
import TestSupport
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

  private func runner(
    _ settings: BoostSettings, in scratch: Scratch, seeds: [UInt64] = [0, 1], threads: Int = 2,
    execution: Execution = .automatic
  ) -> Runner<Boost> {
    var runner = Runner(Boost(settings, seeds: seeds), threads: threads, output: scratch.url)
    runner.execution = execution
    return runner
  }

  /// What must not depend on how the boost ran.
  private func run(_ runner: Runner<Boost>) throws -> Record<BoostFinding> {
    var record = try runner.run(locator: DataLocator())
    for i in record.finding.arms.indices {
      (record.finding.arms[i].maskSeconds, record.finding.arms[i].secondsToTarget) = (0, nil)
      (record.finding.arms[i].trainingSeconds, record.finding.arms[i].attackSeconds) = (0, 0)
      (record.finding.arms[i].evaluationSeconds, record.finding.arms[i].timeRatio) = (0, nil)
    }
    for i in record.finding.masks.indices {
      (record.finding.masks[i].seconds, record.finding.masks[i].attackSeconds) = (0, 0)
    }
    record.finding.timeRatio = nil
    record.verdict = record.verdict.filter { sentence in
      !["To ", "Soonest ", "Nothing gets "].contains { sentence.hasPrefix($0) }
    }
    return record
  }

  @Test func armsAndMasksAreAsAsked() throws {
    let scratch = try Scratch(), settings = try settings(), runner = runner(settings, in: scratch)
    defer { withExtendedLifetime(scratch) {} }
    let result = try run(runner).finding
    #expect(
      result.arms.map(\.name) == [
        "ticket", "winning", "reinit", "shuffled", "dense 0.05", "dense 0.05 warm", "dense 0.1", "dense 0.1 warm",
      ])
    let folder = runner.folder.appendingPathComponent("seed-1")
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

  /// Random masks have exactly as many weights, by the rates that are named, and need no mask phase.
  @Test func randomMasksHaveTheirRates() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let settings = try settings("random-masks=erk,balanced,uniform", "trajectory=0", "steps=1ep", "prune=0.9")
    let runner = runner(settings, in: scratch, seeds: [0]), finding = try run(runner).finding
    func ticket(_ name: String) throws -> Ticket {
      try Ticket(contentsOf: runner.folder.appendingPathComponent("seed-0/\(name).safetensors"))
    }
    let own = try ticket("ticket"), entries = own.mask.layout.prunable
    func kept(_ name: String) throws -> [Int] {
      let random = try ticket(name)
      #expect(random.mask.remaining == own.mask.remaining && random.mask != own.mask)
      let initial = settings.search.initializer.parameters(for: own.mask.layout, seed: 0)
      #expect(random.start == initial.masked(by: random.mask))
      return entries.map { random.mask.remaining(in: $0) }
    }
    // 64-24-16-10: 1,536, 384 and 160 weights, of which 208 stay.
    #expect(try kept("random-balanced") == [70, 69, 69])
    #expect(try kept("random-uniform") == [154, 38, 16])
    #expect(try kept("random-erk") == [119, 54, 35])
    let arms = finding.arms.filter { $0.name.hasPrefix("random-") }
    #expect(arms.count == 3 && arms.allSatisfy { $0.maskSeconds == 0 })
  }

  /// A mask that may exchange all its weights is stable after two epochs, one that may exchange none at the end.
  @Test(arguments: [(1.0, 2), (1e-9, 3)])
  func maskPhaseEndsWhenTheMaskIsStable(_ limit: Double, _ epochs: Int) throws {
    let scratch = try Scratch(), settings = try settings("mask-stop=\(limit)", "trajectory=0")
    defer { withExtendedLifetime(scratch) {} }
    let runner = runner(settings, in: scratch, seeds: [0]), record = try run(runner)
    let perEpoch = record.finding.arms[0].early.map(\.step).max()!
    #expect(record.finding.masks.map { $0.steps?.mean } == [Double(epochs * perEpoch), Double(epochs * perEpoch)])
    let files = try FileManager.default.contentsOfDirectory(
      atPath: runner.folder.appendingPathComponent("seed-0").path)
    #expect(!files.contains { $0.contains(".epoch-") })
    let plain = try run(self.runner(try self.settings("trajectory=0"), in: scratch, seeds: [0]))
    #expect((plain.finding.arms == record.finding.arms) == (epochs == 3))
  }

  /// Boosts of a sweep that differ in what comes after the mask phases train these and the dense networks once, and get what
  /// they get by themselves; where a mask phase ends early, it is each boost's own.
  @Test func maskPhasesAreTrainedOnce() throws {
    let shared = try Scratch(), alone = try Scratch()
    defer { withExtendedLifetime((shared, alone)) {} }
    func folders() throws -> [URL] {
      try FileManager.default.contentsOfDirectory(at: shared.url, includingPropertiesForKeys: nil)
        .filter { $0.lastPathComponent.hasPrefix("dense-") }
    }
    for change in ["prune=0.8", "prune=0.5", "ticket-steps=1ep"] {
      let settings = try settings("trajectory=0", change)
      let swept = runner(settings, in: shared, seeds: [0]), own = runner(settings, in: alone, seeds: [0])
      _ = try swept.runSeed(0, swept.prepared(DataLocator()))
      _ = try own.run(locator: DataLocator())
      for stage in ["mask-ticket", "mask-winning", "dense-0.05-warm", "ticket", "shuffled"] {
        let files = [swept, own].map { $0.folder.appendingPathComponent("seed-0/\(stage).safetensors") }
        #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]), "\(change), \(stage)")
      }
    }
    #expect(try folders().count == 6, "two mask phases, four dense networks")
    for folder in try folders() {
      let journal = Journal(folder.appendingPathComponent("seed-0/journal.jsonl"))
      #expect(try journal.events().events.count { $0.kind == "trained" } == 1)
    }
    let stopping = runner(try settings("trajectory=0", "mask-stop=0.5"), in: shared, seeds: [0])
    _ = try stopping.runSeed(0, stopping.prepared(DataLocator()))
    #expect(try folders().count == 6)
  }

  @Test func excludedLayersAreSpared() throws {
    let scratch = try Scratch(), settings = try settings("exclude=output", "prune=0.9", "steps=1ep", "trajectory=0")
    defer { withExtendedLifetime(scratch) {} }
    let runner = runner(settings, in: scratch, seeds: [0])
    _ = try runner.run(locator: DataLocator())
    let ticket = try Ticket(contentsOf: runner.folder.appendingPathComponent("seed-0/ticket.safetensors"))
    let entries = ticket.mask.layout.prunable, output = try #require(entries.last)
    let open = entries.dropLast().reduce(0) { $0 + $1.count }
    #expect(ticket.mask.remaining(in: output) == output.count)
    #expect(ticket.mask.remaining - output.count == open - Int((0.9 * Double(open)).rounded()))
    let wrong = self.runner(try self.settings("exclude=nothing"), in: scratch, seeds: [0])
    #expect(throws: Problem.self) { try wrong.run(locator: DataLocator()) }
  }

  /// Deleted records, one thread and other kernels give the same result.
  @Test(arguments: ["natural", "pgd:2", "free:2"])
  func resumedIsUninterrupted(_ objective: String) throws {
    let settings = try settings(
      "objective=\(objective)", "mask-objective=\(objective == "natural" ? "natural" : "fgsm")", "epsilon=0.1")
    let scratch = try Scratch(), other = try Scratch()
    defer { withExtendedLifetime((scratch, other)) {} }
    let whole = try run(runner(settings, in: scratch))
    let alone = runner(settings, in: other, threads: 1)
    _ = try run(alone)
    for file in [
      "seed-0/mask-ticket.json", "seed-1/ticket.json", "seed-1/mask-winning.safetensors", "seed-0/dense-0.1.json",
    ] {
      try FileManager.default.removeItem(at: alone.folder.appendingPathComponent(file))
    }
    let again = try run(runner(settings, in: other, execution: .sparse))
    #expect(again.finding == whole.finding && again.verdict == whole.verdict)
    if objective != "natural" {
      #expect(whole.finding.measure == "validationPGD" && whole.finding.arms.allSatisfy { $0.pgdAccuracy != nil })
    }
  }

  /// Whatever is damaged or gone, of every kind of file, is made again as it was; nothing else is trained again.
  @Test(arguments: [
    "mask-ticket.json", "mask-ticket.safetensors", "mask-winning.correlation.json", "trajectory-ticket.distance.json",
    "ticket.json", "winning.safetensors", "reinit.json", "shuffled.safetensors", "dense-0.05.json",
    "dense-0.1-warm.safetensors",
  ])
  func damageHeals(_ file: String) throws {
    let scratch = try Scratch(), runner = runner(try settings(), in: scratch, seeds: [0])
    defer { withExtendedLifetime(scratch) {} }
    let whole = try run(runner), damaged = runner.folder.appendingPathComponent("seed-0/\(file)")
    let before = try Data(contentsOf: damaged),
      stage = file.split(separator: ".json")[0].split(separator: ".safetensors")[0]
    for damage in [Data("torn".utf8), before.prefix(before.count / 2), nil] {
      if let damage { try damage.write(to: damaged) } else { try FileManager.default.removeItem(at: damaged) }
      let trained = try trainings(in: runner.folder), again = try run(runner)
      #expect(again.finding == whole.finding && again.verdict == whole.verdict)
      #expect(try Self.plain(Data(contentsOf: damaged)) == Self.plain(before))
      let new = try trainings(in: runner.folder).filter { $0.value != trained[$0.key] }.map(\.key)
      #expect(new == (stage.contains(".correlation") || stage.contains(".distance") ? [] : ["seed-0/\(stage)"]))
    }
  }

  /// A file's content, records without how long the training took.
  private static func plain(_ data: Data) throws -> Data {
    guard var record = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else { return data }
    for key in record.keys where key.hasSuffix("Seconds") || key == "sha256" { record[key] = nil }
    return try JSONSerialization.data(withJSONObject: record, options: .sortedKeys)
  }

  /// Tickets that are trained otherwise than the baseline stand beside dense networks that are trained like them, and time is
  /// that of the attacks that were made: a step of FGSM is no step of PGD.
  @Test func ticketsMayBeTrainedOtherwise() throws {
    let base = ["objective=pgd:9", "epsilon=0.1", "rates=0.1", "trajectory=0", "steps=4ep"]
    func arms(_ changes: [String]) throws -> (arms: [BoostArm], best: String) {
      var settings = try settings()
      for change in base + changes { try settings.apply(change) }
      let scratch = try Scratch(), runner = runner(settings, in: scratch, seeds: [0])
      defer { withExtendedLifetime(scratch) {} }
      let finding = try runner.run(locator: DataLocator()).finding
      return (finding.arms, finding.bestDense)
    }
    let plain = try arms([]), mixed = try arms(["ticket-objective=fgsm-pgd:9@0.5"])
    #expect(
      mixed.arms.map(\.name) == plain.arms.map(\.name) + ["dense 0.1 as ticket", "dense 0.1 warm as ticket"])
    #expect(mixed.best == plain.best)
    for arm in plain.arms {
      let other = try #require(mixed.arms.first { $0.name == arm.name })
      #expect((other.validationAccuracy == arm.validationAccuracy) == arm.name.hasPrefix("dense"), "\(arm.name)")
    }
    // Half of the steps attack once, half nine times.
    #expect(Objective(setting: "fgsm-pgd:9@0.5")?.rule.attackSteps(in: 100, of: 100) == 500)
    #expect(Objective(setting: "fgsm-pgd:9@0.5")?.rule.attackSteps(in: 40, of: 100) == 40)
    #expect(Objective(setting: "pgd:9")?.rule.attackSteps(in: 40, of: 100) == 360)
    #expect(throws: Problem.self) { try settings("ticket-objective=natural", "objective=pgd:3", "epsilon=0.1").check() }
  }

  @Test func badSettingsAreRefused() throws {
    #expect(throws: Problem.self) { try settings("objective=pgd:3").check() }
    #expect(throws: Problem.self) { try settings("mask-objective=fgsm").check() }
    #expect(throws: Problem.self) { try settings("rates=0.1,x") }
    for foreign in ["rounds=3", "structure=units", "move-every=10it", "schedule=constant"] {
      #expect(throws: Problem.self) { try settings(foreign) }
    }
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
    let scratch = try Scratch(), overfits = objective == "fgsm"
    defer { withExtendedLifetime(scratch) {} }
    let record = try run(runner(settings, in: scratch)), result = record.finding
    let dense = try #require(result.arms.first { $0.name == "dense 0.05" })
    #expect(dense.overfitsSingleStepAt.allSatisfy { ($0 > 0) == overfits })
    #expect(record.verdict.contains { $0.hasPrefix("Catastrophic overfitting: dense 0.05 ") } == overfits)
  }
}
