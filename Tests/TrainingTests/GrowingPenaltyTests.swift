import Basics
import Datasets
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// A growing penalty on weights that are to go.
@Suite struct GrowingPenaltyTests {
  private let network: Architecture
  private let weights: Parameters
  private let data: TrainingData
  private let isVictim: [Bool]

  init() throws {
    network = try ModelCatalog.architecture("mlp:20,12", input: FeatureShape(channels: 9), classes: 4)
    weights = Initializer.kaimingNormal.parameters(for: network.layout, seed: 1)
    let points = Samples.random(200, size: 9, classes: 4)
    let split = Split(pixels: .floats(points.inputs), labels: points.labels)
    let dataset = try Dataset(
      name: "points", source: "test", inputShape: FeatureShape(channels: 9), classCount: 4, pixelScale: 1, train: split,
      test: split)
    data = try TrainingData(dataset, validationCount: 30, seed: 1)
    var victims = [Bool](repeating: false, count: network.layout.count)
    for entry in network.layout.prunable { for i in entry.range where i % 3 != 0 { victims[i] = true } }
    isVictim = victims
  }

  private func recipe() -> Recipe {
    var recipe = Recipe()
    (recipe.learningRate, recipe.momentum, recipe.batch, recipe.steps) = (0.05, 0.9, 20, .iterations(60))
    return recipe
  }

  private func penalty(_ form: GrowingPenalty.Form, ceiling: Double = 1, power: Int = 1) -> GrowingPenalty {
    GrowingPenalty(
      isVictim: isVictim, ceiling: ceiling, growth: 40, every: 5, power: power, form: form, rate: { _ in 0.05 })
  }

  private func run(_ penalty: GrowingPenalty?, threads: Int = 1, kernels: Kernels = CPULevel.current.kernels) -> Run {
    Run(
      network, start: weights, recipe: recipe(), data: data, pool: ThreadPool(threads: threads),
      materialisation: penalty,
      kernels: kernels)
  }

  /// All schedules rise every five steps and end at the same lambda.
  @Test func schedulesEndAtTheCeiling() {
    for power in 1...3 {
      let penalty = penalty(.gradient, ceiling: 0.8, power: power)
      #expect(penalty.lambda(after: 0) == 0 && penalty.lambda(after: 4) == 0)
      #expect([40, 41, 1000].allSatisfy { penalty.lambda(after: $0) == 0.8 })
      let half = (0..<power).reduce(0.8) { value, _ in value / 2 }
      #expect(abs(penalty.lambda(after: 20) - half) < 1e-15 && penalty.lambda(after: 24) == penalty.lambda(after: 20))
    }
  }

  /// Without a penalty it is the usual training, bit for bit.
  @Test(arguments: GrowingPenalty.Form.allCases)
  func noPenaltyIsTheUsualTraining(_ form: GrowingPenalty.Form) {
    let plain = run(nil), penalised = run(penalty(form, ceiling: 0))
    for _ in 0..<30 {
      plain.takeStep()
      penalised.takeStep()
    }
    #expect(plain.parameters == penalised.parameters)
  }

  /// Each step is what the formulas say, in double precision, of the gradients that a plain step from the same weights shows.
  @Test(arguments: GrowingPenalty.Form.allCases)
  func stepsAreTheFormulas(_ form: GrowingPenalty.Form) {
    let penalty = penalty(form), run = run(penalty), rate = 0.05, momentum = 0.9
    var velocity = [Double](repeating: 0, count: weights.values.count)
    for step in 0..<50 {
      let before = run.parameters
      let gradient = gradient(at: before, step: step)
      run.takeStep()
      let after = run.parameters, lambda = penalty.lambda(after: step)
      for i in before.values.indices {
        var weight = Double(before.values[i]), slope = gradient[i]
        if isVictim[i] {
          if form == .gradient { slope += lambda * weight } else { weight *= 1 - rate * lambda }
        }
        velocity[i] = momentum * velocity[i] + slope
        #expect(abs(Double(after.values[i]) - (weight - rate * velocity[i])) < 2e-6, "\(form), step \(step), \(i)")
      }
    }
  }

  /// Of one step of plain descent with rate 1 from the weights, on the batch of a step.
  private func gradient(at weights: Parameters, step: Int) -> [Double] {
    var plain = recipe()
    (plain.learningRate, plain.momentum) = (1, 0)
    let run = Run(network, start: weights, at: step, recipe: plain, data: data, pool: ThreadPool(threads: 1))
    run.takeStep()
    return zip(weights.values, run.parameters.values).map { Double($0) - Double($1) }
  }

  /// Threads and levels change no bit, and neither does going on from a state.
  @Test(arguments: GrowingPenalty.Form.allCases)
  func bitsStay(_ form: GrowingPenalty.Form) throws {
    let whole = run(penalty(form))
    for _ in 0..<45 { whole.takeStep() }
    for level in CPULevel.allCases where level.isAvailable {
      let other = run(penalty(form), threads: 3, kernels: level.kernels)
      for _ in 0..<45 { other.takeStep() }
      #expect(other.parameters == whole.parameters, "\(level)")
    }
    let first = run(penalty(form)), second = run(penalty(form))
    for _ in 0..<22 { first.takeStep() }
    second.state = first.state
    for _ in 22..<45 { second.takeStep() }
    #expect(second.parameters == whole.parameters)
  }
}
