import Basics
import Lanes
import Networks
import Pruning
import TestSupport
import Testing

@Suite struct ScoringTests {
  @Test func batchesHaveEveryClassAlike() {
    let labels: [Int32] = (0..<97).map { $0 < 5 ? 3 : $0 % 3 }
    labels.withUnsafeBufferPointer { labels in
      let batches = BalancedBatches(labels: labels, size: 22, seed: 1)
      var total = [Int](repeating: 0, count: 4), seen: Set<Int32> = []
      for number in 0..<8 {
        var counts = [Int](repeating: 0, count: 4)
        for sample in batches.batch(number) {
          counts[Int(labels[Int(sample)])] += 1
          seen.insert(sample)
        }
        #expect(counts.max()! - counts.min()! <= 1)
        for c in 0..<4 { total[c] += counts[c] }
      }
      #expect(total == [44, 44, 44, 44])
      #expect(seen.count == 97, "every sample has its turn")
      #expect(batches.batch(2) == BalancedBatches(labels: labels, size: 22, seed: 1).batch(2))
      #expect(batches.batch(2) != BalancedBatches(labels: labels, size: 22, seed: 2).batch(2))
      #expect(BalancedBatches(labels: labels, size: 5, seed: 1).batch(3) == Array(batches.batch(0)[15..<20]))
    }
  }

  /// Threads, kernels and what is pruned do not change a gradient's bit.
  @Test(arguments: GradientStatistic.allCases)
  func gradientsAreTheSameHoweverTheyRun(_ statistic: GradientStatistic) throws {
    let toy = try Toy("mlp:40,30", inputs: 33, classes: 5), samples = ScoringSamples(batches: 2, batch: 37)
    let mask = Mask.random(toy.architecture.layout, density: 0.3)
    func found(_ threads: Int, _ execution: Execution, seesPruned: Bool = false) throws -> [Float] {
      try toy.probe(samples, threads: threads, execution: execution).statistic(
        statistic, of: toy.initial, mask: mask, seesPruned: seesPruned)
    }
    let plain = try found(1, .automatic)
    for execution in Execution.allCases {
      for threads in 1...2 { #expect(try found(threads, execution) == plain, "\(execution), \(threads) threads") }
    }
    #expect(plain.indices.allSatisfy { mask.keeps[$0] || plain[$0] == 0 }, "pruned weights are not seen")
    let dense = try found(1, .automatic, seesPruned: true)
    #expect(plain.indices.allSatisfy { !mask.keeps[$0] || plain[$0] == dense[$0] })
    let pruned = toy.architecture.layout.prunable.flatMap { $0.range.filter { !mask.keeps[$0] } }
    #expect(pruned.count { dense[$0] != 0 } > pruned.count / 2)
  }

  @Test func samplesComeFromTheirSplitAndPass() throws {
    let toy = try Toy("mlp:8", inputs: 6, classes: 3)
    let mask = Mask(fullFor: toy.architecture.layout)
    func found(_ source: ScoringSamples.Source, pass: Int = 0) throws -> [Float] {
      try toy.probe(ScoringSamples(batches: 1, batch: 10, source: source)).statistic(
        .gradient, of: toy.initial, mask: mask, pass: pass)
    }
    #expect(try found(.train) == found(.train))
    #expect(try found(.train) != found(.validation))
    #expect(try found(.train) != found(.train, pass: 1))
  }

  /// Batch norm takes the batch's statistics or the running ones, as the samples say; dropout drops nothing.
  @Test(arguments: ScoringSamples.Norm.allCases)
  func normsAreAsTheSamplesSay(_ norm: ScoringSamples.Norm) throws {
    var architecture = Architecture(name: "norms", input: FeatureShape(channels: 1, height: 1, width: 12))
    let layers: [any Layer] = [
      Linear(10, hasBias: false), BatchNorm(), Rectifier(), Dropout(0.5), Linear(8), BatchNorm(affine: false),
      Rectifier(), Linear(3),
    ]
    for (i, layer) in layers.enumerated() { try architecture.append("layer\(i)", layer) }
    let toy = try Toy(architecture, Samples.random(90, size: 12, classes: 3)), layout = architecture.layout
    var start = toy.initial, random = RandomStream(seed: 1, "test/norms")
    for entry in layout.entries where !entry.isPrunable {
      for i in entry.range { start.values[i] = Float(0.5 + random.nextUniform()) }
    }
    var samples = ScoringSamples(batches: 1, batch: 30)
    samples.norm = norm
    let probe = toy.probe(samples), mask = Mask.random(layout, density: 0.6)
    let found = try probe.statistic(.gradient, of: start, mask: mask)
    let exact = try DoubleNetwork(architecture, usesBatchStatistics: norm == .batch).gradient(
      of: .softmaxCrossEntropy, at: start.masked(by: mask).values.map(Double.init), keeps: mask.keeps,
      over: probe.doubleBatch(0)
    ).gradient
    for entry in layout.prunable {
      let scale = entry.range.reduce(0) { max($0, exact[$1].magnitude) }
      for i in entry.range { #expect(abs(Double(found[i]) - exact[i].magnitude) <= 2e-5 * scale, "\(entry.name)") }
      #expect(scale > 0)
    }
  }

  /// Neither factor's scale matters to ranks, and a negative static factor keeps the data factor's direction.
  @Test func ranksIgnoreScales() throws {
    let toy = try Toy("mlp:8", inputs: 6, classes: 3)
    var context = toy.context()
    let criterion = try CriterionCatalog.criterion(named: "magnitude-increase:fisher@init")
    #expect(criterion.isSigned)
    let plain = try criterion.scores(context), data = try CriterionCatalog.criterion(named: "one:fisher@init")
    let gradients = try data.scores(context)
    context.trained.values = context.trained.values.map { $0 * 4 }
    context.initial.values = context.initial.values.map { $0 * 4 }
    context.probe = nil
    #expect(throws: Problem.self) { try criterion.scores(context) }
    let increase = MagnitudeIncrease().scores(toy.context())
    let survivors = toy.architecture.layout.prunable.flatMap { Array($0.range) }
    for i in survivors {
      for j in survivors where increase[i] < increase[j] && gradients[i] < gradients[j] { #expect(plain[i] < plain[j]) }
    }
    func rank(_ values: [Float], _ i: Int) -> Int { survivors.count { values[$0] < values[i] } }
    for i in survivors { #expect(plain[i] == Float(rank(increase, i) + rank(gradients, i)) / 2) }
  }

  /// Where no gradient comes, the static factor alone decides, below all others.
  @Test func deadUnitsAreOrderedByTheStaticFactor() throws {
    let toy = try Toy("mlp:8", inputs: 6, classes: 3)
    var context = toy.context()
    // Unit 0 is never on.
    let bias = toy.architecture.layout.entries[1]
    context.initial.values[bias.offset] = -1e6
    let scores = try CriterionCatalog.criterion(named: "magnitude:grad@init").scores(context)
    for i in 0..<6 {
      #expect(scores[i] < 0 && scores[i].isFinite && scores[i] > OrderKey.lowest)
      for j in 0..<6 where context.trained.values[i].magnitude < context.trained.values[j].magnitude {
        #expect(scores[i] < scores[j])
      }
    }
    #expect(scores[6..<48].contains { $0 > 0 })
  }

  @Test func signsComeFirst() throws {
    let toy = try Toy("mlp:8", inputs: 6, classes: 3), context = toy.context()
    for name in ["magnitude", "magnitude-increase", "movement", "magnitude:fisher@init"] {
      let base = try CriterionCatalog.criterion(named: name).scores(context)
      let scores = try CriterionCatalog.criterion(named: "same-sign-\(name)").scores(context)
      let weights = toy.architecture.layout.prunable.flatMap { Array($0.range) }
      func stays(_ i: Int) -> Bool { context.trained.values[i] * context.initial.values[i] > 0 }
      #expect(scores.allSatisfy { $0.isFinite })
      for i in weights {
        for j in weights where stays(j) && (!stays(i) || base[i] < base[j] * 0.999 - 1e-6) && scores[i] > scores[j] {
          Issue.record("\(name): \(i) before \(j)")
        }
      }
      let inverted = try CriterionCatalog.criterion(named: "inverted-\(name)").scores(context)
      #expect(inverted == base.map { -$0 })
    }
  }

  @Test(arguments: [
    ("magnitude:fishr@init", "fisher"), ("magnitude:fisher", "@init"), ("magnitude:fisher@3", "@500it"),
    ("magnitud:fisher@init", "magnitude"), ("synflow:grad@init", "alone"), ("magnitude:", "grad"),
    ("same-sign-magnitud", "magnitude"), ("snup", "snip"),
  ])
  func refusesWhatItCannotRead(_ name: String, _ hint: String) {
    let problem = #expect(throws: Problem.self) { try CriterionCatalog.criterion(named: name) }
    #expect(problem?.kind == .usage && problem?.description.contains(hint) == true, "\(String(describing: problem))")
  }

  @Test func needsAreTheirFactors() throws {
    func needs(_ name: String) throws -> ScoringNeeds { try CriterionCatalog.criterion(named: name).needs }
    #expect(try needs("magnitude") == .trained)
    #expect(try needs("magnitude-at-init:grad@init") == .probe)
    #expect(
      try needs("magnitude:grad@500it") == ScoringNeeds(isTrained: true, early: [.iterations(500)], isProbing: true))
    #expect(try needs("one:grad@end") == ScoringNeeds(isTrained: true, isProbing: true))
    #expect(try needs("magnitude-at-init:none") == .nothing)
  }
}
