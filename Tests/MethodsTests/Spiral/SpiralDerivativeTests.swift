import Basics
import Foundation
import Lanes
import Methods
import Networks
import TestSupport
import Testing
import Training

/// First and second derivatives in double against differences of a loss written out here, and against the engine.
@Suite struct SpiralDerivativeTests {
  private let layout = SpiralTrainer.architecture(width: 4).layout
  private let network: DoubleNetwork

  init() throws { network = try DoubleNetwork(SpiralTrainer.architecture(width: 4)) }

  private func points(_ count: Int) -> DoubleBatch {
    var random = RandomStream(seed: 2, "test-points")
    let inputs = (0..<count).map { _ in (0..<2).map { _ in 2 * random.nextUniform() - 1 } }
    return DoubleBatch(inputs: inputs, labels: (0..<count).map { Int32($0 % 2) })
  }

  private func gradient(_ values: [Double], _ points: DoubleBatch, temperature: Double = 1) -> [Double] {
    network.gradient(of: .binaryCrossEntropy, temperature: temperature, at: values, over: points).gradient
  }

  private func values(_ seed: UInt64) -> [Double] {
    Initializer.torchUniform.parameters(for: layout, seed: seed).values.map(Double.init)
  }

  /// Mean of log(1 + e^z) - t z, with z divided by the temperature.
  private func loss(_ values: [Double], _ points: DoubleBatch, temperature: Double) -> Double {
    let total = points.labels.indices.reduce(0.0) { total, s in
      var x = points.inputs[s]
      for (i, entry) in layout.prunable.enumerated() {
        let bias = layout.entries(of: entry.layer)[1], inputs = x.count
        x = (0..<entry.shape.dimensions[0]).map { row in
          let sum = x.indices.reduce(values[bias.offset + row]) {
            $0 + values[entry.offset + row * inputs + $1] * x[$1]
          }
          return i < 3 ? max(0, sum) : sum
        }
      }
      let z = x[0] / temperature
      return total + log(1 + exp(z)) - Double(points.labels[s]) * z
    }
    return total / Double(points.labels.count)
  }

  @Test(arguments: [1.0, 20])
  func gradientIsTheSlopeOfTheLoss(_ temperature: Double) {
    let points = points(30), values = values(3), h = 1e-6
    let gradient = gradient(values, points, temperature: temperature)
    for i in values.indices {
      var up = values, down = values
      up[i] += h
      down[i] -= h
      let slope = (loss(up, points, temperature: temperature) - loss(down, points, temperature: temperature)) / (2 * h)
      #expect(abs(gradient[i] - slope) < 1e-8, "parameter \(i)")
    }
    #expect(gradient.contains { abs($0) > 1e-4 })
  }

  @Test(arguments: [1.0, 20])
  func hessianProductIsTheSlopeOfTheGradient(_ temperature: Double) {
    let points = points(30), values = values(3), direction = self.values(8), h = 1e-6
    func moved(_ t: Double) -> [Double] {
      gradient(zip(values, direction).map { $0 + t * $1 }, points, temperature: temperature)
    }
    let product = network.hessianProduct(
      of: .binaryCrossEntropy, temperature: temperature, at: values, along: direction, over: points)
    for (i, slope) in zip(moved(h), moved(-h)).map({ ($0 - $1) / (2 * h) }).enumerated() {
      #expect(abs(product[i] - slope) < 1e-8, "parameter \(i)")
    }
    #expect(product.contains { abs($0) > 1e-4 })
  }

  /// The engine's gradient of the same batch, in single precision.
  @Test func agreesWithTheEngine() throws {
    let trainer = try SmallSpiral.trainer(),
      run = SpiralRun(.pruned(.snip, width: 4, weights: 20), SmallSpiral.combination)
    let architecture = SpiralTrainer.architecture(width: 4), start = trainer.initial(run, layout)
    let recipe = trainer.settings.recipe(rate: 0.1, .constant)
    let fused = try FusedRun(
      architecture, start: start, mask: Mask(fullFor: layout), recipe: recipe, batches: trainer.batches)
    let scores = try SpiralScores(trainer: trainer, recipe: recipe, start: start, width: 4)
    let wanted = gradient(start.values.map(Double.init), scores.batch(0))
    for (a, b) in zip(fused.nextGradient().values, wanted) { #expect(abs(Double(a) - b) < 1e-6) }
  }

  /// w (H g) by the precise network, over 25 points of each class.
  @Test func graspKeepsTheWeightsOfLargestFlow() throws {
    let trainer = try SmallSpiral.trainer(), start = Initializer.torchUniform.parameters(for: layout, seed: 5)
    let values = start.values.map(Double.init), order = trainer.batches.order(epoch: 0)
    let halves = [0, 1].map { label in
      let samples = order.map { trainer.batches.sample(Int($0)) }.filter { $0.label == label }.prefix(25)
      return DoubleBatch(
        inputs: samples.map { $0.values.map(Double.init) }, labels: samples.map(\.label))
    }
    let gradients = halves.map { gradient(values, $0, temperature: 200) }
    var direction = [Double](repeating: 0, count: layout.count)
    for entry in layout.prunable { for i in entry.range { direction[i] = gradients[0][i] + gradients[1][i] } }
    let products = halves.map {
      network.hessianProduct(of: .binaryCrossEntropy, temperature: 200, at: values, along: direction, over: $0)
    }
    let flows = values.indices.map { values[$0] * (products[0][$0] + products[1][$0]) }
    let weights = layout.prunable.flatMap { Array($0.range) }.sorted { flows[$0] > flows[$1] }
    let recipe = trainer.settings.recipe(rate: 0.1, .constant)
    let scores = try SpiralScores(trainer: trainer, recipe: recipe, start: start, width: 4)
    for count in [5, 12, 20, 30] {
      let mask = scores.grasp(count), kept = Set(layout.prunable.flatMap { $0.range.filter { mask.keeps[$0] } })
      #expect(kept == Set(weights.prefix(count)), "\(count) weights")
    }
  }

  /// The loss after three steps of SGD with momentum as a function of a factor on every weight, differenced.
  @Test func prosprKeepsTheWeightsOfLargestEffect() throws {
    let trainer = try SmallSpiral.trainer(), recipe = trainer.settings.recipe(rate: 0.1, .constant)
    let start = Initializer.torchUniform.parameters(for: layout, seed: 5)
    let scores = try SpiralScores(trainer: trainer, recipe: recipe, start: start, width: 4)
    func after(_ factors: [Double]) -> Double {
      var values = zip(start.values, factors).map { Double($0) * $1 }
      var velocity = [Double](repeating: 0, count: values.count)
      for k in 0..<3 {
        velocity = zip(velocity, gradient(values, scores.batch(k))).map { recipe.momentum * $0 + $1 }
        values = zip(values, velocity).map { $0 - recipe.learningRate * $1 }
      }
      return loss(values, scores.batch(3), temperature: 1)
    }
    let effects = start.values.indices.map { i -> Double in
      var up = [Double](repeating: 1, count: start.values.count), down = up
      up[i] += 1e-5
      down[i] -= 1e-5
      return abs(after(up) - after(down))
    }
    let weights = layout.prunable.flatMap { Array($0.range) }.sorted { effects[$0] > effects[$1] }
    for count in [5, 12, 20, 30] {
      let mask = scores.prospr(count), kept = Set(layout.prunable.flatMap { $0.range.filter { mask.keeps[$0] } })
      #expect(kept == Set(weights.prefix(count)), "\(count) weights")
    }
  }
}
