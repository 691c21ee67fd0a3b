import Basics
import Datasets
import Foundation
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// Twenty steps of PGD-10 training of a convolutional network with batch norm, from the same weights, batches and random
/// starts as in PyTorch (`Tests/Golden/make_adversarial.py`).
@Suite struct GoldenAdversarialTests {
  private struct File: Decodable {
    var losses64: [Double]
  }

  private static let shape = FeatureShape(channels: 3, height: 12, width: 12)

  /// 20 of 500 samples are validation's.
  private func data() throws -> TrainingData {
    let size = Self.shape.count, labels = (0..<500).map { Int32(Golden.word(4, $0) % 10) }
    let base = (0..<10 * size).map { Golden.uniform(7, $0) }
    let pixels = (0..<500 * size).map { place -> Float in
      let (sample, i) = place.quotientAndRemainder(dividingBy: size)
      return Float(0.5 * base[Int(labels[sample]) * size + i] + 0.5 * Golden.uniform(3, place))
    }
    let split = Split(pixels: .floats(pixels), labels: labels)
    let dataset = try Dataset(
      name: "golden", source: "test", inputShape: Self.shape, classCount: 10, pixelScale: 1, train: split, test: split)
    return try TrainingData(dataset, validationCount: 20, seed: 4)
  }

  @Test(arguments: [Execution.dense, .sparse])
  func lossesAgreeWithPyTorch(_ execution: Execution) throws {
    let url = Repository.root.appendingPathComponent("Tests/Golden/adversarial.json")
    let golden = try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).losses64
    #expect(golden.count == 20)
    let network = try ModelCatalog.architecture("conv-s:0.5", input: Self.shape, classes: 10)
    var recipe = Recipe()
    (recipe.batch, recipe.steps, recipe.orderSeed) = (32, .iterations(20), 6)
    (recipe.learningRate, recipe.momentum, recipe.weightDecay) = (0.02, 0.9, 5e-4)
    (recipe.objective, recipe.epsilon, recipe.robustSamples) = (.pgd(steps: 10), PixelLength(0.03), 0)
    let run = try Run(
      network, start: Initializer.torchUniform.parameters(for: network.layout, seed: 5), recipe: recipe, data: data(),
      pool: ThreadPool(threads: 2), execution: execution)
    for (step, expected) in golden.enumerated() {
      let loss = run.takeStep()
      #expect(abs(loss - expected) < 1e-4 * expected, "step \(step): \(loss), not \(expected)")
    }
  }
}
