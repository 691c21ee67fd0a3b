import Basics
import Datasets
import Lanes
import Networks
import TestSupport
import Testing
import Training

@Suite struct ConvolutionalTrainingTests {
  /// A convolutional network learns the digits, dense and at a tenth of its weights.
  @Test(arguments: [(1.0, 0.93), (0.1, 0.8)])
  func learnsDigits(_ density: Double, _ accuracy: Double) throws {
    let digits = try Digits().load()
    let network = try ModelCatalog.architecture(
      "conv-2:0.25", input: FeatureShape(channels: 1, height: 8, width: 8), classes: 10)
    var recipe = Recipe()
    (recipe.batch, recipe.steps, recipe.optimizer, recipe.learningRate) = (60, .epochs(12), .adam, 2e-3)
    let run = Run(
      network, start: Initializer.kaimingNormal.parameters(for: network.layout, seed: 1),
      mask: density < 1 ? Mask.random(network.layout, density: density) : nil, recipe: recipe,
      data: try TrainingData(digits, validationCount: 200, seed: 1), pool: ThreadPool(threads: 2))
    for _ in 0..<run.totalSteps { run.takeStep() }
    let score = run.evaluate(.test)
    #expect(score.accuracy > accuracy, "\(score)")
  }

  @Test func resumedIsUninterrupted() throws {
    let digits = try Digits().load()
    let network = try ModelCatalog.architecture(
      "conv-2:0.1", input: FeatureShape(channels: 1, height: 8, width: 8), classes: 10)
    func run(_ threads: Int, _ execution: Execution) throws -> Run {
      var recipe = Recipe()
      (recipe.batch, recipe.steps, recipe.momentum, recipe.learningRate) = (50, .epochs(1), 0.9, 0.05)
      return Run(
        network, start: Initializer.kaimingNormal.parameters(for: network.layout, seed: 1),
        mask: Mask.random(network.layout, density: 0.4), recipe: recipe,
        data: try TrainingData(digits, validationCount: 200, seed: 1), pool: ThreadPool(threads: threads),
        execution: execution)
    }
    let whole = try run(1, .dense), first = try run(2, .sparse), second = try run(1, .automatic)
    for _ in 0..<9 { whole.takeStep() }
    for _ in 0..<4 { first.takeStep() }
    second.state = first.state
    for _ in 4..<9 { second.takeStep() }
    #expect(BitComparison(whole.parameters.values, second.parameters.values).values == 0)
  }
}
