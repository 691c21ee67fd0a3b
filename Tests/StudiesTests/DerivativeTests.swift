import Basics
import Foundation
import Lanes
import Networks
import Studies
import TestSupport
import Testing
import Training

/// First and second derivatives in double against differences of a loss written out here, and against the engine.
@Suite struct DerivativeTests {
  private let layout = SpiralTrainer.architecture(width: 4).layout

  private func points(_ count: Int) -> DoubleChain.Points {
    var random = RandomStream(seed: 2, "test-points")
    let inputs = (0..<2).map { _ in (0..<count).map { _ in 2 * random.nextUniform() - 1 } }
    return DoubleChain.Points(inputs: inputs, targets: (0..<count).map { Double($0 % 2) })
  }

  private func values(_ seed: UInt64) -> [Double] {
    Initializer.torchUniform.parameters(for: layout, seed: seed).values.map(Double.init)
  }

  /// Mean of log(1 + e^z) - t z, with z divided by the temperature.
  private func loss(_ values: [Double], _ points: DoubleChain.Points, temperature: Double) -> Double {
    let total = points.targets.indices.reduce(0.0) { total, s in
      var x = points.inputs.map { $0[s] }
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
      return total + log(1 + exp(z)) - points.targets[s] * z
    }
    return total / Double(points.targets.count)
  }

  @Test(arguments: [1.0, 20])
  func gradientIsTheSlopeOfTheLoss(_ temperature: Double) {
    let network = DoubleChain(layout), points = points(30), values = values(3)
    let gradient = network.gradient(values, points, temperature: temperature), h = 1e-6
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
    let network = DoubleChain(layout), points = points(30), values = values(3), direction = self.values(8), h = 1e-6
    func gradient(_ t: Double) -> [Double] {
      network.gradient(zip(values, direction).map { $0 + t * $1 }, points, temperature: temperature)
    }
    let product = network.hessianProduct(values, direction, points, temperature: temperature)
    for (i, slope) in zip(gradient(h), gradient(-h)).map({ ($0 - $1) / (2 * h) }).enumerated() {
      #expect(abs(product[i] - slope) < 1e-8, "parameter \(i)")
    }
    #expect(product.contains { abs($0) > 1e-4 })
  }

  /// The engine's gradient of the same batch, in single precision.
  @Test func agreesWithTheEngine() throws {
    let trainer = try Small.trainer(), run = SpiralRun(.pruned(.snip, width: 4, weights: 20), Small.combination)
    let network = SpiralTrainer.architecture(width: 4), start = trainer.initial(run, network.layout)
    let recipe = trainer.settings.recipe(rate: 0.1, .constant)
    let fused = try FusedRun(
      network, start: start, mask: Mask(fullFor: network.layout), recipe: recipe, batches: trainer.batches)
    let scores = SpiralScores(trainer: trainer, recipe: recipe, start: start)
    let wanted = DoubleChain(network.layout).gradient(start.values.map(Double.init), scores.batch(0))
    for (a, b) in zip(fused.nextGradient().values, wanted) { #expect(abs(Double(a) - b) < 1e-6) }
  }

  /// The loss after three steps of SGD with momentum as a function of a factor on every weight, differenced.
  @Test func prosprKeepsTheWeightsOfLargestEffect() throws {
    let trainer = try Small.trainer(), recipe = trainer.settings.recipe(rate: 0.1, .constant)
    let start = Initializer.torchUniform.parameters(for: layout, seed: 5), network = DoubleChain(layout)
    let scores = SpiralScores(trainer: trainer, recipe: recipe, start: start)
    func after(_ factors: [Double]) -> Double {
      var values = zip(start.values, factors).map { Double($0) * $1 }
      var velocity = [Double](repeating: 0, count: values.count)
      for k in 0..<3 {
        let gradient = network.gradient(values, scores.batch(k))
        velocity = zip(velocity, gradient).map { recipe.momentum * $0 + $1 }
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

/// A study that trains in a blink.
enum Small {
  static let combination = SpiralCombination(0.1, .constant)

  static func settings(_ changes: [String] = []) throws -> SpiralSettings {
    var settings = SpiralSettings()
    for change in ["data=cubist-spiral:4000", "steps=20ep"] + changes { try settings.apply(change) }
    return settings
  }

  static func trainer(_ changes: [String] = []) throws -> SpiralTrainer { try SpiralTrainer(try settings(changes)) }
}
