import Basics
import Database
import Foundation
import Lanes
import Methods
import Networks
import TestSupport
import Testing
import Training

@Suite(.serialized) struct SpiralTableTests {
  private func study(_ scratch: Scratch, _ changes: [String] = []) throws -> SpiralTables {
    try SmallSpiral.tables(scratch, changes)
  }

  private var runs: [SpiralRun] {
    var plan = SpiralPlan()
    (plan.rates, plan.schedules) = (NumberList([0.1]), SettingList([.constant]))
    plan.mostMaskWeights = 12
    plan.methods = SettingList([.snip, .gradual, .iterativeMagnitude])
    (plan.widths, plan.budgets) = (SettingList([4]), SettingList([15, 20]))
    return Array(plan.masks(SpiralStructure(3, 3, 2)).prefix(60)) + plan.pruning()
  }

  /// Threads, budgets, shards and CPU levels change neither what is trained nor a bit of it.
  @Test func everyWayGivesTheSameTable() throws {
    let whole = try Scratch(), pieces = try Scratch(), shards = try Scratch(), runs = runs
    let trainer = try SmallSpiral.trainer()
    #expect(try study(whole).train(runs, by: trainer, threads: 2, command: "test") == runs.count)
    let wanted = try study(whole).tables()[0].digest(), records = try study(whole).records()
    #expect(records.count == runs.count && Set(records.map(\.run)) == Set(runs.map(\.name)))
    var counts: [Int] = []
    for level in CPULevel.available(for: "spiral runs") {
      let other = try SpiralTrainer(SmallSpiral.settings(), kernels: level.kernels)
      counts.append(try study(pieces).train(runs, by: other, threads: 1, budget: 20, command: "test"))
    }
    counts.append(try study(pieces).train(runs.reversed(), by: trainer, threads: 3, command: "test"))
    #expect(counts.reduce(0, +) == runs.count && counts.dropLast().allSatisfy { $0 == 20 })
    #expect(try study(pieces).tables()[0].digest() == wanted)
    #expect(try study(pieces).train(runs, by: trainer, threads: 1, command: "test") == 0)
    for part in 0..<2 {
      let own = runs.enumerated().filter { $0.offset % 2 == part }.map(\.element)
      try study(shards).train(own, by: trainer, into: "runs-\(part)", threads: 1, command: "test")
    }
    #expect(try study(shards).train(runs, by: trainer, threads: 1, command: "test") == 0)
    #expect(try study(shards).records() == records)
    for record in records.prefix(5) {
      let run = try #require(runs.first { $0.name == record.run })
      #expect(try trainer.train(run) == record, "alone as in the batch")
    }
  }

  @Test func namesAreReadBack() throws {
    for run in runs { #expect(SpiralRun(name: run.name) == run) }
    var stopped = SpiralRun(
      .masked(SpiralStructure(2, 1, 1), [[2, 1], [3], [1]]), SmallSpiral.combination, draw: 3, start: 7)
    stopped.stop = 0.3
    #expect(SpiralRun(name: stopped.name) == stopped)
    for bad in ["", "dense", "dense 3,3,3 lr=x cosine", "mask 3,3,3 1.2/3 lr=0.1 cosine", "snap 3 4 lr=0.1 cosine"] {
      #expect(SpiralRun(name: bad) == nil)
    }
  }

  @Test func settingsNameTheFolder() throws {
    let scratch = try Scratch()
    let folders = try [[], ["seed=1"], ["init=fixed"], ["steps=21ep"]].map { try study(scratch, $0).folder }
    #expect(Set(folders).count == 4)
    #expect(try study(scratch, ["seed=0"]).folder == folders[0])
    #expect(throws: Problem.self) { try study(scratch).records() }
    for bad in ["batch=100", "data=x", "steps=0", "init=best", "sede=1"] {
      #expect(throws: Problem.self) { try SpiralTrainer(try SmallSpiral.settings([bad])) }
    }
    #expect(throws: Problem.self) { try SpiralTrainer(try SmallSpiral.settings(["data=digits"])) }
  }

  @Test func refusesWhatIsNoTable() throws {
    let scratch = try Scratch(), study = try study(scratch)
    try FileManager.default.createDirectory(at: study.folder, withIntermediateDirectories: true)
    let file = study.folder.appendingPathComponent("runs.sqlite")
    try Data(repeating: 7, count: 5000).write(to: file)
    let problem = #expect(throws: Problem.self) { try study.records() }
    #expect(problem?.kind == .badData && problem?.problem.contains("runs.sqlite") == true)
  }

  /// A row with another bit, another number or an impossible one counts as none and is made anew; so does a whole file.
  @Test func damagedRowsAreMadeAnew() throws {
    let scratch = try Scratch(), study = try study(scratch), trainer = try SmallSpiral.trainer(), runs = runs
    try study.train(runs, by: trainer, threads: 2, command: "test")
    let wanted = try study.tables()[0].digest(), file = study.folder.appendingPathComponent("runs.sqlite")
    let changes = [
      "correct = correct - 1", "loss = loss * 1.0000001", "digest = digest + 1", "draw = -1, seal = NULL",
      "correct = 9223372036854775807, seal = NULL", "loss = 1e308, seal = NULL", "rate = 'x', seal = NULL",
      "samples = 0, seal = NULL", "kind = NULL", "seal = seal + 1", "width = -9223372036854775808, seal = NULL",
    ]
    for (place, change) in changes.enumerated() {
      do {
        let database = try SQLiteDatabase(file)
        try database.execute("UPDATE runs SET \(change) WHERE run = (SELECT run FROM runs LIMIT 1 OFFSET \(place))")
      }
      #expect(throws: Problem.self, "\(change)") { try study.records() }
      #expect(try study.tables()[0].names().count == runs.count - 1)
      #expect(try study.train(runs, by: trainer, threads: 1, command: "test") == 1, "\(change)")
      #expect(try study.tables()[0].digest() == wanted)
    }
    let data = try Data(contentsOf: file)
    for damaged in [data.prefix(data.count / 2 + 100), Data(repeating: 7, count: 5000), data.prefix(1000)] {
      try damaged.write(to: file)
      #expect(try study.train(runs, by: trainer, threads: 2, command: "test") > 0)
      #expect(try study.tables()[0].digest() == wanted)
      #expect(FileManager.default.fileExists(atPath: file.path + ".damaged"))
    }
  }

  /// A table of a version without digests of rows is read and gone on with.
  @Test func oldTablesAreGoneOnWith() throws {
    let scratch = try Scratch(), study = try study(scratch), trainer = try SmallSpiral.trainer(), runs = runs
    try study.train(Array(runs.prefix(20)), by: trainer, threads: 2, command: "test")
    do {
      let database = try SQLiteDatabase(study.folder.appendingPathComponent("runs.sqlite"))
      try database.execute("CREATE TABLE old AS SELECT * FROM runs; DROP TABLE runs")
      let columns = SpiralRecord.columns.map { ", \($0.name) \($0.type.rawValue)" }.joined()
      try database.execute("CREATE TABLE runs (run TEXT PRIMARY KEY\(columns)) WITHOUT ROWID")
      let names = (["run"] + SpiralRecord.columns.map(\.name)).joined(separator: ", ")
      try database.execute("INSERT INTO runs SELECT \(names) FROM old; DROP TABLE old")
      try database.execute("INSERT INTO sessions VALUES (-5, 1e19, 1, 9223372036854775807, 'x')")
    }
    #expect(try study.records().count == 20)
    #expect(try study.train(runs, by: trainer, threads: 2, command: "test") == runs.count - 20)
    #expect(try study.tables()[0].sessions().allSatisfy { $0.seconds < 1e6 && $0.start > 0 })
    let fresh = try Scratch()
    try self.study(fresh).train(runs, by: trainer, threads: 2, command: "test")
    #expect(try study.tables()[0].digest() == self.study(fresh).tables()[0].digest())
  }

  @Test func oneWriterAtATime() throws {
    let scratch = try Scratch()
    let first = try RunTable<SpiralRecord>(folder: scratch.url, writes: true)
    let problem = #expect(throws: Problem.self) { try RunTable<SpiralRecord>(folder: scratch.url, writes: true) }
    #expect(problem?.kind == .cannotWrite)
    #expect(try RunTable<SpiralRecord>(folder: scratch.url, writes: false).count() == 0)
    #expect(try first.names().isEmpty)
  }

  /// The best of each number of weights, the smallest that reaches a target, the counts of disconnected units.
  @Test func summaryFindsTheSmallest() throws {
    let trainer = try SmallSpiral.trainer()
    var plan = SpiralPlan()
    (plan.rates, plan.schedules) = (NumberList([0.1]), SettingList([.constant]))
    var records = try plan.masks(SpiralStructure(2, 2, 2)).map { try trainer.train($0) }
    #expect(
      records.allSatisfy {
        $0.effective == $0.weights && $0.disconnected == 0 && $0.samples == trainer.batches.sampleCount
      })
    for i in records.indices { records[i].correct = 1000 + i }
    let top = try #require(records.filter { $0.weights == 9 }.max { $0.correct < $1.correct })
    let summary = SpiralFinding(records, data: "points", targets: [0.95])
    let search = try #require(summary.searches.first)
    #expect(search.steps.map(\.weights) == search.steps.map(\.weights).sorted())
    #expect(search.steps.first { $0.weights == 9 }?.run == top.run)
    #expect(search.steps.reduce(0) { $0 + $1.runs } == records.count)
    let target = Double(top.correct) / Double(top.samples)
    let found = try #require(summary.optimum(reaching: target))
    #expect(found.weights == records.filter { $0.correct >= top.correct }.map(\.weights).min())
    #expect(summary.optimum(reaching: 1) == nil && summary.smallestStructure(reaching: 0) == nil)
  }

  /// A record of a mask with a unit that nothing reads and a path that starts nowhere.
  @Test func disconnectedUnitsAreCounted() throws {
    let trainer = try SmallSpiral.trainer(["seed=3"])
    let run = SpiralRun(.pruned(.snip, width: 64, weights: 15), SmallSpiral.combination),
      record = try trainer.train(run)
    #expect(record.weights == 15 && record.effective <= 15 && record.parameters >= 16)
    let trained = try trainer.trained(run), mask = trained.mask, layout = mask.layout
    var on = Set<Int>()
    for (i, entry) in layout.prunable.enumerated() {
      let inputs = entry.shape.dimensions[1]
      for index in entry.range where mask.keeps[index] {
        let (row, column) = ((index - entry.offset) / inputs, (index - entry.offset) % inputs)
        if i < 3 { on.insert(1000 * i + row) }
        if i > 0 { on.insert(1000 * (i - 1) + column) }
      }
    }
    #expect(record.disconnected <= on.count && (record.effective == 15) == (record.disconnected == 0))
  }
}
