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

@Suite struct AlgorithmLawTests {
  /// round(f * N) of the N survivors of every layer go in each round; the output layer at half the rate.
  private func ladder(_ counts: [Int], _ fractions: [Double], rounds: Int) -> [[Int]] {
    var left = counts
    return (0..<rounds).map { _ in
      left = zip(left, fractions).map { $0 - Int(($1 * Double($0)).rounded()) }
      return left
    }
  }

  @Test(arguments: AlgorithmCatalog.all.map { $0.name })
  func reachesItsCountsExactly(_ name: String) throws {
    let scratch = try Scratch()
    let settings = try smallSettings(
      "algorithm=\(name)", "allocation=layerwise", "factors=output=0.5", "rounds=5", "controls=none", "steps=1ep")
    let rounds = try Outcome(settings, in: scratch, seeds: [3]).finding.rounds
    let wanted = ladder([64 * 24, 24 * 16, 16 * 10], [0.2, 0.2, 0.1], rounds: 5)
    #expect(rounds.map { $0.layers.map(\.remaining) } == wanted)
    #expect(rounds.map(\.remaining) == wanted.map { $0.reduce(0, +) })
    let global = try smallSettings("algorithm=\(name)", "rounds=5", "controls=none", "steps=1ep")
    let total = ladder([64 * 24 + 24 * 16 + 16 * 10], [0.2], rounds: 5).map { $0[0] }
    #expect(try Outcome(global, in: scratch, seeds: [3]).finding.rounds.map(\.remaining) == total)
  }

  /// Threads and kernels do not change a bit.
  @Test(arguments: AlgorithmCatalog.all.map { $0.name })
  func givesTheSameBitsHoweverItRuns(_ name: String) throws {
    let settings = try smallSettings("algorithm=\(name)", "rewind=5it", "momentum=0.9")
    let scratches = try (0..<5).map { _ in try Scratch() }
    let plain = try Outcome(settings, in: scratches[0])
    #expect(plain.tickets.count == 2 * 5 + (plain.finding.ticket == nil ? 0 : 1))
    #expect(plain.records.count == 2 * (1 + 3 * 4))
    #expect(try Outcome(settings, in: scratches[1], threads: 1) == plain)
    #expect(try Outcome(settings, in: scratches[2], execution: .dense) == plain)
    #expect(try Outcome(settings, in: scratches[3], execution: .sparse) == plain)
    let other = try Outcome(settings, in: scratches[4], seeds: [2, 3])
    #expect(Set(other.records.values).isDisjoint(with: plain.records.values))
  }

  /// Evaluations of part of the samples leave weights, tickets and the last evaluation as they are.
  @Test func partialEvaluationsMoveNoWeight() throws {
    let scratches = try (0..<3).map { _ in try Scratch() }
    let changes = ["rounds=2", "controls=reinit", "evaluate=4it", "criterion=magnitude"]
    var whole = try smallSettings(), partial = whole
    for change in changes {
      try whole.apply(change)
      try partial.apply(change)
    }
    try partial.apply("evaluate-samples=50")
    let first = try Outcome(whole, in: scratches[0]), second = try Outcome(partial, in: scratches[1])
    #expect(first.records == second.records)
    #expect(try Outcome(partial, in: scratches[2], threads: 1, execution: .dense) == second)
    for (a, b) in zip(first.finding.rounds, second.finding.rounds) {
      #expect(a.ticket.testAccuracy == b.ticket.testAccuracy)
      #expect(a.ticket.validationAccuracy == b.ticket.validationAccuracy)
      #expect(a.ticket.curve.count == b.ticket.curve.count)
      #expect(b.ticket.curve.dropLast().allSatisfy { $0.samples == SampleCounts(validation: 50, test: 50) })
      #expect(b.ticket.curve.last?.samples == nil && b.ticket.curve.last?.subset != nil)
      let stops = b.ticket[.earlyStopTestAccuracy]!.values.map { $0 * 50 }
      #expect(stops.allSatisfy { abs($0 - $0.rounded()) < 1e-9 }, "\(stops)")
    }
  }

  /// One run on all threads, as with one seed and no controls.
  @Test func splitsOneRunOverThreads() throws {
    let settings = try smallSettings("controls=none", "model=mlp:96,64"),
      scratches = try (0..<2).map { _ in try Scratch() }
    let one = try Outcome(settings, in: scratches[0], seeds: [0], threads: 1)
    #expect(try Outcome(settings, in: scratches[1], seeds: [0], threads: 4) == one)
  }

  @Test(arguments: ["0", "7it"])
  func survivorsStartWhereTheyWere(_ rewind: String) throws {
    let settings = try smallSettings("rewind=\(rewind)", "rounds=4"), scratch = try Scratch()
    let search = searchRunner(settings, seeds: [5], threads: 2, in: scratch)
    _ = try search.run(locator: DataLocator())
    func ticket(_ name: String) throws -> Ticket {
      try Ticket(contentsOf: search.folder.appendingPathComponent("seed-5/\(name).safetensors"))
    }
    let architecture = try settings.prepare(DataLocator()).1
    var start = settings.initializer.parameters(for: architecture.layout, seed: 5)
    #expect(try ticket("dense").start == start)
    if rewind != "0" {
      #expect(try ticket("rewind-point").start != start)
      start = try ticket("rewind-point").start
    }
    var before = Mask(fullFor: architecture.layout)
    for round in 1...4 {
      let ticket = try ticket("round-0\(round)")
      #expect(ticket.mask.isSubset(of: before) && ticket.mask != before, "round \(round)")
      #expect(ticket.startStep == (rewind == "0" ? 0 : 7))
      #expect(ticket.start == start.masked(by: ticket.mask), "round \(round): survivors as at the rewind point")
      #expect(ticket.trained?.masked(by: ticket.mask) == ticket.trained)
      before = ticket.mask
    }
  }
}

@Suite struct ResumeTests {
  /// Whatever part of a run's files is missing, cut short or changed, a new start makes the same whole.
  @Test(arguments: AlgorithmCatalog.all.map { $0.name }, 0..<4 as Range<UInt64>)
  func damagedFoldersAreMadeWhole(_ name: String, _ seed: UInt64) throws {
    let settings = try smallSettings("algorithm=\(name)", "rewind=4it"), scratch = try Scratch()
    let plain = try Outcome(settings, in: scratch)
    let folder = searchRunner(settings, seeds: [], threads: 1, in: scratch).folder
    var random = RandomStream(seed: seed, "test/damage")
    for file in try files(folder) {
      let url = folder.appendingPathComponent(file), data = try Data(contentsOf: url), fate = random.nextUniform()
      if fate < 0.2 { try FileManager.default.removeItem(at: url) }
      if 0.2 <= fate && fate < 0.35 { try data.prefix(random.nextIndex(below: data.count)).write(to: url) }
      if 0.35 <= fate && fate < 0.5 && file.hasSuffix("safetensors") {
        var changed = data
        changed[data.count - 1 - random.nextIndex(below: 200)] ^= 4
        try changed.write(to: url)
      }
    }
    try Data("torn".utf8).write(to: folder.appendingPathComponent(".result.json.1.2.tmp"))
    try Data("no checkpoint".utf8).write(to: folder.appendingPathComponent("seed-0/checkpoint-round-02.safetensors"))
    #expect(try Outcome(settings, in: scratch, threads: 1) == plain, "seed \(seed)")
  }

  @Test func moreSeedsLeaveWhatIsThere() throws {
    let settings = try smallSettings(), scratch = try Scratch(), fresh = try Scratch()
    let one = try Outcome(settings, in: scratch, seeds: [0])
    let three = try Outcome(settings, in: scratch, seeds: [0, 1, 2])
    #expect(three == (try Outcome(settings, in: fresh, seeds: [0, 1, 2])))
    #expect(one.finding.dense.testAccuracy.values == [three.finding.dense.testAccuracy.values[0]])
    #expect(try Outcome(settings, in: scratch, seeds: [0]).finding == one.finding)
  }

  /// In a process of its own, because the wish to stop is one for the whole process.
  @Test func interruptedSearchesGoOn() async {
    await #expect(processExitsWith: .success) { try interruptAndResume() }
  }
}

/// Stops a search at four moments; the next start goes on, and the last gives what an undisturbed one gives.
private func interruptAndResume() throws {
  let settings = try smallSettings("steps=40ep", "rounds=2"), plain = try Scratch(), scratch = try Scratch()
  let wanted = try Outcome(settings, in: plain)
  var interruptions = 0
  for pause in [0.02, 0.05, 0.1, 0.15] {
    let timer = Thread {
      Thread.sleep(forTimeInterval: pause)
      Interruption.request()
    }
    timer.start()
    do {
      _ = try Outcome(settings, in: scratch)
    } catch let problem as Problem {
      #expect(problem.kind == .interrupted)
      interruptions += 1
    }
    while !timer.isFinished { Thread.sleep(forTimeInterval: 0.01) }
    Interruption.clear()
  }
  #expect(interruptions > 0, "the search was over before it could be interrupted")
  #expect(try Outcome(settings, in: scratch) == wanted)
  let left = try files(scratch.url).filter { $0.contains("checkpoint") || $0.hasSuffix(".tmp") }
  #expect(left == [], "finished trainings leave no checkpoint")
}

@Suite struct FindCheckTests {
  private func expectUsage(_ words: String, _ changes: String..., location: SourceLocation = #_sourceLocation) throws {
    var settings = try smallSettings()
    for change in changes { try settings.apply(change) }
    let scratch = try Scratch()
    let problem = #expect(throws: Problem.self, sourceLocation: location) {
      try searchRunner(settings, seeds: [0], threads: 1, in: scratch).run(locator: DataLocator())
    }
    #expect(problem?.kind == .usage, "\(problem?.description ?? "")", sourceLocation: location)
    #expect(problem?.problem.contains(words) == true, "\(problem?.description ?? "")", sourceLocation: location)
    #expect(try files(scratch.url) == [], "refused before anything is written", sourceLocation: location)
  }

  @Test func refusesWhatCannotWorkBeforeItStarts() throws {
    try expectUsage("fewer than one a layer", "rounds=100")
    try expectUsage("Every layer is excluded", "exclude=fc1,fc2,output")
    try expectUsage("no layer 'conv1'", "exclude=conv1")
    try expectUsage("no layer 'fc9'", "allocation=layerwise", "factors=fc9=0.5")
    try expectUsage("no effect", "factors=output=0.5")
    try expectUsage("not before the end", "rewind=2ep")
    try expectUsage("parameters", "model=mlp:1048576,1048576")
    try expectUsage("no algorithm 'iterativ'", "algorithm=iterativ")
    try expectUsage("no criterion 'weight'", "criterion=weight")
    try expectUsage("no allocation 'globl'", "allocation=globl")
    try expectUsage("no model 'lenet'", "model=lenet")
    try expectUsage("no data set 'digit'", "data=digit")
  }

  /// The name of a run folder is its settings': it must not change, or old runs are lost.
  @Test func runFoldersKeepTheirNames() throws {
    func folder(_ changes: String...) throws -> String {
      var settings = SearchSettings()
      for change in changes { try settings.apply(change) }
      return Find.folder(FindSettings(settings), in: URL(fileURLWithPath: "/")).lastPathComponent
    }
    #expect(try folder() == "find-2816fd917d4a")
    #expect(try folder("rounds=4", "data=digits", "model=mlp:64,32") == "find-6e10af0433bd")
    #expect(
      try folder("allocation=layerwise", "factors=output=0.5", "lr=0.05", "warmup=500it") == "find-34d8b6f91a57")
    #expect(try folder("rounds=12", "rewind=0", "controls=random,reinit,shuffled") == "find-2816fd917d4a")
  }

  @Test func settingsReadBackWhatTheyPrint() throws {
    var settings = try smallSettings(
      "schedule=step:1ep,5it", "warmup=3it", "factors=fc1=0.25,output=2", "controls=none")
    let text = settings.assignments
    for (key, value) in text { try settings.set(key, to: value) }
    #expect(settings.assignments.map(\.value) == text.map(\.value))
  }
}
