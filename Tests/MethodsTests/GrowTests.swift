import Analysis
import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Networks
import Pages
import TestSupport
import Testing
import Tickets
import Training

@Suite struct GrowTests {
  private static let changes = [
    "data=digits", "model=mlp:24", "steps=40it", "batch=64", "rounds=4", "sparsity=0.8", "evaluate=20it", "lr=0.005",
    "finetune=10it",
  ]

  private func runner(
    _ scratch: Scratch, _ changes: [String] = [], seeds: [UInt64] = [0], threads: Int = 2
  ) throws -> Runner<Grow> {
    var settings = GrowSettings()
    for change in Self.changes + changes { try settings.apply(change) }
    return Runner(Grow(settings, seeds: seeds), threads: threads, output: scratch.url)
  }

  /// The tickets of an arm: those of all rounds under the masks that they were trained with, and the last, pruned.
  private func tickets(_ folder: URL, _ arm: String, rounds: Int = 4) throws -> [Ticket] {
    try ((1...rounds).map { "round-0\($0)" } + ["ticket"]).map { stage in
      try Ticket(contentsOf: folder.appendingPathComponent("\(arm)/seed-0/\(stage).safetensors"))
    }
  }

  /// Counts are exact in every round of every arm.
  @Test func countsAreExact() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let finding = try runner(scratch).run(locator: DataLocator()).finding
    let ends = 64 * 24 + 24 * 10, block = 24 * 24, kept = block - Int((0.8 * Double(block)).rounded())
    func counts(_ arm: String) -> [[Int]] { finding[arm]!.rounds.map { [$0.blocks, $0.kept, $0.hidden] } }
    let growth = (0...3).map { [$0, $0 * kept, $0 * block] }
    #expect(counts("growth") == growth && counts("random-block") == growth)
    #expect(counts("dense-grown") == (0...3).map { [$0, $0 * block, $0 * block] })
    #expect(counts("continue") == [[0, 0, 0]] + (1...3).map { _ in [1, kept, block] })
    let deep = (1...4).map { round in
      3 * (block - Int(((1 - pow(0.2, Double(round) / 4)) * Double(block)).rounded()))
    }
    for arm in ["reset", "full-depth"] { #expect(counts(arm) == deep.map { [3, $0, 3 * block] }, "\(arm)") }
    for arm in ["growth", "random-block", "reset", "full-depth", "reinit", "shuffled"] {
      #expect(finding[arm]!.remaining == ends + 3 * kept && finding[arm]!.weights == ends + 3 * block, "\(arm)")
    }
    #expect(finding.arms.allSatisfy { $0.curve.last?.step == 170 && $0.accuracy.values.count == 1 })
    #expect(finding.growth.rounds.map(\.totalSteps) == [40, 80, 120, 160])
  }

  /// A growth begins each round where the last one ended; a reset does not, and nothing grows back.
  @Test func roundsBeginWhereTheyShould() throws {
    let scratch = try Scratch(), runner = try runner(scratch, ["prune-ends=true"])
    defer { withExtendedLifetime(scratch) {} }
    let finding = try runner.run(locator: DataLocator()).finding
    for round in finding.growth.rounds.dropFirst() {
      #expect(round.startAccuracy == round.beforeAccuracy && round.differenceLoss?.mean == 0)
      #expect(round.largestChange?.mean == 0)
      let all = try #require(round.offDiagonalShare).mean
      #expect(0..<1 ~= all)
    }
    #expect(finding["random-block"]!.rounds.dropFirst().allSatisfy { $0.largestChange!.mean > 0.01 })
    #expect(finding["continue"]!.rounds.dropFirst(2).allSatisfy { $0.largestChange == nil })
    #expect(finding["reset"]!.rounds[3].startAccuracy.mean < finding["reset"]!.rounds[3].beforeAccuracy!.mean)
    for arm in ["growth", "reset", "full-depth", "continue", "random-block"] {
      let tickets = try tickets(runner.folder, arm)
      if arm == "growth" {
        #expect(tickets[2].edits == ["insert identity after relu1", "insert identity after grown1-relu"])
      }
      for (a, b) in zip(tickets, tickets.dropFirst()) {
        for entry in a.mask.layout.prunable {
          let own = try #require(b.mask.layout.entries.first { $0.name == entry.name })
          let revived = zip(a.mask.keeps[entry.range], b.mask.keeps[own.range]).contains { !$0 && $1 }
          #expect(!revived, "\(arm): \(entry.name)")
        }
      }
      let (last, ticket) = (tickets[3], tickets[4])
      #expect(ticket.mask.remaining < last.mask.remaining || arm == "continue")
      #expect(ticket.trained!.values.indices.allSatisfy { ticket.mask.keeps[$0] || ticket.trained!.values[$0] == 0 })
    }
  }

  /// What all arms have in common is the same, bit for bit: the base, and resets to the seed's initial weights.
  @Test func armsShareTheirStart() throws {
    let scratch = try Scratch(), runner = try runner(scratch)
    defer { withExtendedLifetime(scratch) {} }
    _ = try runner.run(locator: DataLocator())
    let growth = try tickets(runner.folder, "growth"), continued = try tickets(runner.folder, "continue")
    let random = try tickets(runner.folder, "random-block"), reset = try tickets(runner.folder, "reset")
    #expect(growth[0].trained == continued[0].trained && growth[0].trained == random[0].trained)
    #expect(growth[1].trained == continued[1].trained && growth[1].trained != random[1].trained)
    let initial = Initializer.kaimingNormal.parameters(for: reset[0].mask.layout, seed: 0)
    for ticket in reset.dropLast() { #expect(ticket.start == initial.masked(by: ticket.mask)) }
    #expect(reset[4].start != initial.masked(by: reset[4].mask), "the last pruning is followed by fine-tuning")
    #expect(try growth[4].searchSettings().recipe.steps == .iterations(170) && growth[4].startStep == 160)
  }

  /// Threads change nothing, and controls that come later are as if they had been there from the start.
  @Test func orderOfWorkChangesNothing() throws {
    let scratches = try (0..<2).map { _ in try Scratch() }
    defer { withExtendedLifetime(scratches) {} }
    let whole = try runner(scratches[0], threads: 3).run(locator: DataLocator())
    let few = try runner(scratches[1], ["controls=reset"], threads: 1)
    #expect(
      try few.run(locator: DataLocator()).finding.arms.map(\.arm) == ["growth", "reset", "dense", "reinit", "shuffled"])
    let more = try runner(scratches[1], threads: 1), growth = more.folder.appendingPathComponent("growth")
    let before = try trainings(in: growth)
    #expect(more.folder == few.folder)
    let record = try more.run(locator: DataLocator())
    #expect(record.finding == whole.finding && record.verdict == whole.verdict)
    #expect(try before.count == 5 && trainings(in: growth) == before)
  }

  /// Measurements and tickets that are damaged are made again as they were.
  @Test func damageIsMadeGood() throws {
    let scratch = try Scratch(), runner = try runner(scratch, ["controls="])
    defer { withExtendedLifetime(scratch) {} }
    let finding = try runner.run(locator: DataLocator()).finding
    for file in ["round-02.measured.json", "round-03.safetensors", "ticket.json"] {
      try Data("{}".utf8).write(to: runner.folder.appendingPathComponent("growth/seed-0/\(file)"))
      #expect(try runner.run(locator: DataLocator()).finding == finding, "\(file)")
    }
  }

  /// Every kind, on images and with hidden layers in the base.
  @Test(arguments: Insertion.Kind.allCases)
  func everyKindGrows(_ kind: Insertion.Kind) throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let changes = ["insert=\(kind.rawValue)", "rounds=2", "steps=10it", "controls=continue,random-block"]
    for model in ["conv-s:0.25", "mlp:16,12"] {
      let record = try runner(scratch, changes + ["model=\(model)", "batch=32"]).run(locator: DataLocator())
      let second = record.finding.growth.rounds[1], preserves = kind != .identityBlock
      #expect(record.finding.preservesFunction == preserves)
      #expect((second.largestChange!.mean == 0) == preserves, "\(model): \(second.largestChange!.mean)")
      // A base with hidden layers is trained on as it is.
      #expect(record.finding["continue"]!.rounds.map(\.blocks) == [0, 0])
      #expect(second.hidden > record.finding.growth.rounds[0].hidden && record.finding.growth.rounds[0].hidden > 0)
    }
  }

  @Test func thePaperBlockIsFlagged() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let record = try runner(scratch, ["insert=identity-block", "controls="]).run(locator: DataLocator())
    #expect(record.verdict[0].contains("not function-preserving"))
    #expect("\(Grow.document(record).notes)".contains("not function-preserving"))
  }

  /// The verdict says what recovery is owed to: to weights alone where random blocks come to the same.
  @Test func theCauseIsNamed() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    var record = try runner(scratch, ["rounds=2", "controls=continue,random-block"], seeds: [0, 1, 2]).run(
      locator: DataLocator())
    // The base has no hidden layer: its first block is not left out without growth either.
    #expect(record.verdict.contains { $0.hasPrefix("Without growth it is the same network here") })
    func verdict(_ growth: Double, _ continued: Double, _ random: Double) -> String {
      let seeds = [[0, 0.001, 0.003], [0.001, 0, 0.002], [0, 0.002, 0.001]]
      for ((arm, accuracy), noise) in zip(
        [("growth", growth), ("continue", continued), ("random-block", random)], seeds)
      {
        let place = record.finding.arms.firstIndex { $0.arm == arm }!
        record.finding.arms[place].rounds[1].trainedAccuracy = Interval(of: noise.map { accuracy + $0 })
      }
      return Grow.verdict(record).joined(separator: "\n")
    }
    #expect(verdict(0.9, 0.8, 0.901).contains("the gain is capacity, not identity"))
    #expect(verdict(0.9, 0.8, 0.85).contains("does not recover as well"))
    #expect(verdict(0.9, 0.91, 0.9).contains("it does better without growth"))
    #expect(verdict(0.9, 0.91, 0.92).contains("the random block does better"))
  }

  /// Where networks have learned nothing, no arm is compared.
  @Test func nothingIsComparedNearChance() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let record = try runner(scratch, ["lr=1e-9", "controls=reset"]).run(locator: DataLocator())
    #expect(record.verdict.count == 1 && record.verdict[0].contains("did not learn"))
  }

  @Test func whatCannotWorkIsRefused() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    for change in [
      "rounds=1", "sparsity=0", "sparsity=1", "insert=block", "controls=growth", "controls=reset,reset", "steps=0it",
      "controls=none", "schedule=cosine",
    ] {
      #expect(throws: Problem.self, "\(change)") { try runner(scratch, [change]) }
    }
    let graph = scratch.file("plain.yaml")
    let nodes = "  - {name: fc1, layer: linear, outputs: 8}\n  - {name: fc2, layer: linear, outputs: classes}\n"
    try Data("name: plain\nnodes:\n\(nodes)".utf8).write(to: graph)
    for (changes, word) in [
      (["after=fc1"], "'fc1'"), (["after=relu7"], "relu1"), (["after=input"], "'input'"),
      (["sparsity=0.9999"], "would all go"), (["model=graph:\(graph.path)"], "rectifier"),
    ] {
      let problem = #expect(throws: Problem.self) { try runner(scratch, changes).run(locator: DataLocator()) }
      #expect(
        problem?.kind == .usage && problem?.description.contains(word) == true,
        "\(changes): \(String(describing: problem))")
    }
  }

  /// A network that diverges is named with its arm; the others are reported.
  @Test func failuresNameTheirArm() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let problem = #expect(throws: Problem.self) {
      try runner(scratch, ["optimizer=sgd", "lr=1e30", "controls="]).run(locator: DataLocator())
    }
    #expect(problem?.description.contains("Seed 0, ") == true, "\(String(describing: problem))")
  }
}
