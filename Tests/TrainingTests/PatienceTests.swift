import Basics
import Foundation
import Networks
import TestSupport
import Testing
import Training

/// Trainings that end once validation accuracy no longer grows.
@Suite struct PatienceTests {
  private func recipe(_ patience: Int, delta: Double = 0, samples: Int = 0) -> Recipe {
    var recipe = Toy().recipe()
    (recipe.evaluateEvery, recipe.evaluationSamples) = (.iterations(3), samples)
    (recipe.patience, recipe.minDelta) = (.iterations(patience), delta)
    return recipe
  }

  /// Where a whole curve says that patience is over.
  private func end(_ curve: [CurvePoint], _ patience: Int, _ delta: Double) -> Int {
    var best = curve[0]
    for point in curve.map(\.onSharedSamples) {
      if point.validationAccuracy > best.validationAccuracy + delta { best = point }
      if point.step - best.step >= patience { return point.step }
    }
    return curve.last!.step
  }

  @Test(arguments: [(3, 0.0), (9, 0), (9, 0.05), (1000, 0)], [0, 12])
  func endsWhereTheCurveSays(_ patience: (steps: Int, delta: Double), _ samples: Int) throws {
    let toy = Toy(density: 0.5)
    let whole = try Trainer().train(toy.run(recipe: recipe(0, samples: samples)))
    let stopped = try Trainer().train(
      toy.run(recipe: recipe(patience.steps, delta: patience.delta, samples: samples)))
    let end = end(whole.curve, patience.steps, patience.delta)
    #expect(stopped.last.step == end && stopped.plannedSteps == whole.last.step && whole.plannedSteps == nil)
    #expect((end < whole.last.step) == (patience.steps < 1000))
    #expect(stopped.curve.dropLast() == whole.curve.prefix(stopped.curve.count - 1))
    // The last evaluation is of all samples, and says what it is on part of them.
    #expect(stopped.last.samples == nil && (stopped.last.subset != nil) == (samples > 0))
    let run = try toy.run(recipe: recipe(0))
    while run.iteration < end { run.takeStep() }
    #expect(BitComparison(run.parameters.values, stopped.parameters.values).isEqual)
    #expect(stopped.last.testAccuracy == run.evaluate(.test).accuracy)
    #expect(stopped.confusion == run.evaluateByClass(.test).confusion)
    #expect(stopped.confusion!.accuracy == stopped.last.testAccuracy)
  }

  /// From every checkpoint, one after the end among them, to the same bits.
  @Test func resumesToTheSameEnd() throws {
    let toy = Toy(), recipe = recipe(9), whole = try Trainer().train(toy.run(recipe: recipe))
    for stop in stride(from: 0, through: whole.last.step, by: 3) {
      let first = try toy.run(recipe: recipe)
      while first.iteration < stop { first.takeStep() }
      let second = try toy.run(recipe: recipe)
      second.state = first.state
      let outcome = try Trainer().train(second, curve: whole.curve.filter { $0.step <= stop })
      #expect(outcome.curve == whole.curve && outcome.confusion == whole.confusion, "from step \(stop)")
      #expect(BitComparison(outcome.parameters.values, whole.parameters.values).isEqual)
    }
  }

  /// Curves of unlike lengths are averaged as far as all go, on samples that all have.
  @Test func meansOfUnlikeCurvesAreOfTheSameSamples() throws {
    let toy = Toy(), short = try Trainer().train(toy.run(recipe: recipe(3, samples: 12))).curve
    let long = try Trainer().train(toy.run(recipe: recipe(0, samples: 12))).curve
    let mean = CurvePoint.mean([short, long])
    #expect(mean.count == short.count && short.count < long.count)
    #expect(mean.last?.validationLoss == (short.last!.subset!.validationLoss + long[mean.count - 1].validationLoss) / 2)
  }
}
