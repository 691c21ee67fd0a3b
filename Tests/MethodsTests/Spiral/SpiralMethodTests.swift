import Basics
import Datasets
import Experiments
import Lanes
import Methods
import Networks
import TestSupport
import Testing
import Training

@Suite struct SpiralMethodTests {
  @Test func roundsAreThePapers() {
    #expect(SpiralPruning.rounds(from: 560, to: 20) == [560, 243, 105, 46, 20])
  }

  /// Exactly as many weights as asked for, biases by the rule, pruned weights zero, and a network that moved.
  @Test(arguments: SpiralMethod.allCases, [(3, 15), (3, 26), (8, 20), (16, 40)])
  func keepsExactlyTheWeightsAskedFor(_ method: SpiralMethod, _ size: (width: Int, weights: Int)) throws {
    let trainer = try SmallSpiral.trainer()
    let run = SpiralRun(.pruned(method, width: size.width, weights: size.weights), SmallSpiral.combination)
    let trained = try trainer.trained(run), mask = trained.mask, layout = mask.layout
    #expect(mask.remaining == size.weights && trained.iteration == trained.totalSteps)
    let values = trained.parameters.values
    #expect(values.indices.allSatisfy { mask.keeps[$0] || values[$0] == 0 } && values.allSatisfy(\.isFinite))
    #expect(values != trainer.initial(run, layout).masked(by: mask).values)
    for (entry, next) in zip(layout.prunable, layout.prunable.dropFirst()) {
      let bias = layout.entries(of: entry.layer)[1], inputs = next.shape.dimensions[1]
      for unit in 0..<bias.count {
        let isRead = (0..<next.shape.dimensions[0]).contains { mask.keeps[next.offset + $0 * inputs + unit] }
        #expect(mask.keeps[bias.offset + unit] == isRead)
      }
    }
    #expect(mask.keeps.last == true, "the output keeps its bias")
  }

  /// Inverting the scores or leaving out the data would keep other weights: each method's mask is its own.
  @Test func methodsDiffer() throws {
    let trainer = try SmallSpiral.trainer()
    let masks = try [SpiralMethod.iterativeSNIP, .force, .synflow, .prospr, .gradual, .iterativeMagnitude].map {
      method in
      try trainer.trained(SpiralRun(.pruned(method, width: 8, weights: 30), SmallSpiral.combination)).mask.keeps
    }
    #expect(Set(masks).count == masks.count)
  }

  /// Shares (in + out) / (in * out) of n weights; a layer that would get more than it has is dense.
  @Test func erdosRenyiCountsAreExact() {
    for width in [3, 8, 64, 256] {
      let entries = SpiralTrainer.architecture(width: width).layout.prunable
      for weights in [15, 20, 26] {
        let counts = SpiralPruning.erdosRenyi(entries, weights: weights)
        #expect(counts.reduce(0, +) == weights && zip(counts, entries).allSatisfy { $0 <= $1.count })
      }
    }
    // Sums 10, 16, 16, 9 of 51: 7.84, 12.55, 12.55, 7.06 of 40 weights. Of 60, the last takes all its 8 and the others
    // share 52 by 10, 16, 16 of 42: 12.38, 19.81, 19.81.
    let entries = SpiralTrainer.architecture(width: 8).layout.prunable
    #expect(SpiralPruning.erdosRenyi(entries, weights: 40) == [8, 13, 12, 7])
    #expect(SpiralPruning.erdosRenyi(entries, weights: 60) == [12, 20, 20, 8])
  }

  /// On a linear chain the flow through a path is the product of its weights; the strongest path stays.
  @Test func synflowKeepsThePathOfLargestFlow() throws {
    let trainer = try SmallSpiral.trainer(), layout = SpiralTrainer.architecture(width: 3).layout
    var start = Initializer.torchUniform.parameters(for: layout, seed: 1)
    for i in start.values.indices { start.values[i] *= 0.1 }
    let path = [(0, 1, 0), (1, 2, 1), (2, 0, 2), (3, 0, 0)]
    for (layer, row, column) in path {
      let entry = layout.prunable[layer]
      start.values[entry.offset + row * entry.shape.dimensions[1] + column] = -2
    }
    let recipe = trainer.settings.recipe(rate: 0.1, .constant)
    let mask = try SpiralScores(trainer: trainer, recipe: recipe, start: start, width: 3).synflow(4)
    for (layer, row, column) in path {
      let entry = layout.prunable[layer]
      #expect(mask.keeps[entry.offset + row * entry.shape.dimensions[1] + column])
    }
  }

  @Test func fixedWeightsAreSharedAndNested() throws {
    let trainer = try SmallSpiral.trainer(["init=fixed", "init-seed=4"])
    let wide = SpiralTrainer.architecture(width: 16).layout, narrow = SpiralTrainer.architecture(width: 5).layout
    let a = trainer.initial(SpiralRun(.dense(SpiralStructure(3, 3, 3)), SmallSpiral.combination), wide)
    let b = trainer.initial(SpiralRun(.pruned(.snip, width: 5, weights: 20), SmallSpiral.combination), narrow)
    for (entry, source) in zip(narrow.prunable, wide.prunable) {
      let columns = entry.shape.dimensions[1]
      for i in 0..<entry.count {
        let place = source.offset + i / columns * source.shape.dimensions[1] + i % columns
        #expect(b.values[entry.offset + i] == a.values[place])
      }
    }
    let random = try SmallSpiral.trainer()
    let one = random.initial(SpiralRun(.dense(SpiralStructure(3, 3, 3)), SmallSpiral.combination), wide)
    let two = random.initial(SpiralRun(.dense(SpiralStructure(3, 3, 2)), SmallSpiral.combination), wide)
    #expect(one != two && one != a)
  }

  /// A training has to be long enough for 199 prunings.
  @Test func gradualPruningOfAShortTrainingIsRefused() throws {
    let trainer = try SmallSpiral.trainer(["steps=199it"]),
      run = SpiralRun(.pruned(.gradual, width: 4, weights: 20), SmallSpiral.combination)
    let problem = #expect(throws: Problem.self) { try trainer.train(run) }
    #expect(problem?.kind == .usage && problem?.problem.contains("199 steps") == true)
    #expect(try SmallSpiral.trainer(["steps=200it"]).train(run).weights == 20)
    var settings = try SmallSpiral.settings(["steps=199it", "algorithm=prune"])
    #expect(throws: Problem.self) { try Spiral(settings).prepare(DataLocator()) }
    settings.plan.methods = SettingList([.snip, .rigl])
    _ = try Spiral(settings).prepare(DataLocator())
  }
}
