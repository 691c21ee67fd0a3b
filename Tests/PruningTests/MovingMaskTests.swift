import Basics
import Lanes
import Networks
import Pruning
import TestSupport
import Testing
import Training

/// Masks that move in training: exact counts, what goes, what comes, and what a resumed run remembers.
@Suite struct MovingMaskTests {
  private let toy: Toy
  private let start: Mask

  init() throws {
    toy = try Toy("mlp:40,30", inputs: 25, classes: 5, samples: 300)
    start = Mask.random(toy.architecture.layout, density: 0.2)
  }

  private func recipe(_ optimizer: Optimizer = .sgd) -> Recipe {
    var recipe = Recipe()
    (recipe.batch, recipe.momentum, recipe.optimizer, recipe.learningRate) = (32, 0.9, optimizer, 0.05)
    recipe.steps = .iterations(40)
    return recipe
  }

  private func run(_ optimizer: Optimizer = .sgd, threads: Int = 1, execution: Execution = .automatic) -> Run {
    Run(
      toy.architecture, start: toy.initial, mask: start, recipe: recipe(optimizer), data: toy.data,
      pool: ThreadPool(threads: threads), execution: execution)
  }

  private func rule(_ growth: DropAndGrow.Growth) -> DropAndGrow {
    DropAndGrow(growth, every: 5, fraction: 0.3, last: 30, entries: toy.architecture.layout.prunable, seed: 3)
  }

  private func step(_ run: Run, _ rule: DropAndGrow, until end: Int, moved: (Mask, Mask) -> Void = { _, _ in }) {
    while run.iteration < end {
      if let mask = rule.mask(for: run) {
        let before = run.plan.mask
        run.move(to: mask)
        moved(before, mask)
      }
      run.takeStep()
    }
  }

  @Test(arguments: [DropAndGrow.Growth.random, .gradient], Optimizer.allCases)
  func countsStayAtEveryMove(_ growth: DropAndGrow.Growth, _ optimizer: Optimizer) throws {
    let run = run(optimizer), layout = toy.architecture.layout
    var moves: [Int] = []
    step(run, rule(growth), until: 40) { before, after in
      moves.append(run.iteration)
      for entry in layout.entries { #expect(after.remaining(in: entry) == before.remaining(in: entry)) }
      #expect(after != before)
      // New weights are at zero with empty moments; the others have not changed.
      let state = run.state
      for i in 0..<layout.count where after.keeps[i] && !before.keeps[i] {
        #expect(state.parameters.values[i] == 0 && state.moment1.values[i] == 0 && state.moment2.values[i] == 0)
      }
      for i in 0..<layout.count where !after.keeps[i] { #expect(state.parameters.values[i] == 0) }
    }
    #expect(moves == [5, 10, 15, 20, 25], "after 3/4 of training the mask stays")
    #expect(run.plan.sparseLayers.count == 3)
  }

  /// What is dropped is no larger than what is kept, and what grows has the largest gradients of the next batch.
  @Test func smallWeightsGiveWayToLargeGradients() throws {
    let run = run(), rule = rule(.gradient)
    step(run, rule, until: 10)
    let before = run.plan.mask, weights = run.parameters.values, gradients = run.denseGradients().values
    let dense = Run(
      toy.architecture, start: run.parameters, at: 10, recipe: recipe(), data: toy.data, pool: ThreadPool(threads: 1))
    #expect(dense.denseGradients() == run.denseGradients())
    let after = try #require(rule.mask(for: run))
    let share = 0.15 * (1 + Deterministic.cosine(3.141592653589793 * 10 / 30))
    for entry in toy.architecture.layout.prunable {
      let count = before.remaining(in: entry), moving = Int((share * Double(count)).rounded())
      let kept = entry.range.filter { before.keeps[$0] && after.keeps[$0] }
      let dropped = entry.range.filter { before.keeps[$0] && !after.keeps[$0] }
      let grown = entry.range.filter { !before.keeps[$0] && after.keeps[$0] }
      #expect(dropped.count == grown.count && dropped.count <= moving && dropped.count > 0)
      let sizes = kept.map { weights[$0].magnitude }.sorted()
      let largestDropped = dropped.map { weights[$0].magnitude }.max()!
      #expect(sizes.count { $0 < largestDropped } <= moving)
      let leastGrown = grown.map { gradients[$0].magnitude }.min()!
      let pruned = entry.range.filter { !before.keeps[$0] && !after.keeps[$0] }
      #expect(pruned.allSatisfy { gradients[$0].magnitude <= leastGrown })
    }
  }

  @Test func moveIsTheSetArithmetic() {
    let keeps = [true, true, true, true, false, false, false, false]
    let weights: [Float] = [4, 3, 2, 1, 0, 0, 0, 0], scores: [Float] = [9, 0, 0, 0, 5, 7, 6, 1]
    #expect(
      DropAndGrow.moved(keeps, weights: weights, growing: scores, share: 0.5)
        == [true, true, false, false, false, true, true, false])
    // A weight that is dropped may be grown at once.
    #expect(
      DropAndGrow.moved(keeps, weights: weights, growing: [0, 0, 8, 0, 5, 7, 6, 1], share: 0.5)
        == [true, true, true, false, false, true, false, false])
    #expect(DropAndGrow.moved(keeps, weights: weights, growing: scores, share: 0) == keeps)
    #expect(DropAndGrow.moved([true, true], weights: [1, 2], growing: [1, 2], share: 0.5) == [true, true])
    #expect(DropAndGrow.moved(keeps, weights: [.nan, 3, 2, 1, 0, 0, 0, 0], growing: scores, share: 0.5) == nil)
  }

  /// Threads and kernels change nothing, and a run that is stopped between two moves goes on as if it had not been.
  @Test(arguments: [DropAndGrow.Growth.random, .gradient])
  func goesOnAsIfItHadNotStopped(_ growth: DropAndGrow.Growth) throws {
    let whole = run()
    step(whole, rule(growth), until: 40)
    for (threads, execution) in [(2, Execution.automatic), (1, .dense), (1, .sparse)] {
      let other = run(threads: threads, execution: execution)
      step(other, rule(growth), until: 40)
      #expect(other.state == whole.state)
    }
    for stop in [5, 13, 25, 33] {
      let first = run()
      step(first, rule(growth), until: stop)
      let bytes = try first.state.file(curve: []).encoded()
      let again = run()
      again.state = try TrainingState(
        try SafetensorsFile(bytes, file: "checkpoint"), layout: toy.architecture.layout, name: "checkpoint")
      step(again, rule(growth), until: 40)
      #expect(again.state == whole.state, "stopped at \(stop)")
    }
  }
}
