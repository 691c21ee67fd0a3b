import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// The double-precision network against central differences of another one, and against training's gradients.
@Suite struct DoubleNetworkTests {
  private func batch(_ samples: Samples) -> DoubleBatch {
    DoubleBatch(
      inputs: (0..<samples.count).map { samples.input($0).map(Double.init) }, labels: samples.labels)
  }

  /// In training, and in evaluation, but for signs, whose slope is not the derivative (see `SignTests`); where batch norm takes its running statistics and dropout drops nothing.
  @Test(arguments: LayerCatalog.all.map { $0.kind }.filter { $0 != Sign.kind })
  func layersHaveTheirGradients(_ kind: String) throws {
    for architecture in try LayerCases.architectures(of: kind) {
      let drops = architecture.nodes.contains { $0.layer is Dropout }
      for loss in Loss.allCases where loss != .softmaxCrossEntropy || architecture.output.count > 1 {
        try expectGradients(architecture, loss, temperature: loss == .hinge ? 1 : 3, for: .evaluation)
        if !drops { try expectGradients(architecture, loss, temperature: 1, for: .training) }
      }
    }
  }

  private func expectGradients(_ architecture: Architecture, _ loss: Loss, temperature: Double, for pass: Pass) throws {
    let outputs = architecture.output.count, layout = architecture.layout, count = 19
    let samples = Samples.random(count, size: architecture.input.count, classes: outputs > 1 ? outputs : 2)
    let point = LayerCases.start(layout, seed: 5).values.map(Double.init)
    let found = try DoubleNetwork(architecture, usesBatchStatistics: pass == .training).gradient(
      of: loss, temperature: temperature, at: point, over: batch(samples))
    let reference = ReferenceNetwork(architecture), inputs = batch(samples).inputs
    func value(_ parameters: [Double]) throws -> Double {
      try zip(reference.outputs(inputs, parameters, for: pass), samples.labels).reduce(0) { sum, sample in
        sum + ReferenceLoss.value(loss, sample.0.map { $0 / temperature }, label: Int(sample.1))
      } / Double(count)
    }
    let what = "\(architecture.name), \(loss), \(pass)"
    #expect(abs(found.loss - (try value(point))) < 1e-12, "\(what)")
    for entry in layout.entries where entry.isTrained {
      for i in stride(from: entry.offset, to: entry.offset + entry.count, by: 3) {
        let expected = try numericalDerivative(at: point[i], step: 1e-5) { x in
          var moved = point
          moved[i] = x
          return try value(moved)
        }
        let error = abs(found.gradient[i] - expected)
        #expect(error < 1e-7 + 1e-6 * abs(expected), "\(what): \(entry.name): \(found.gradient[i]), not \(expected)")
      }
    }
  }

  @Test func prunedWeightsCountAsZeroAndHaveNoGradient() throws {
    let architecture = try ModelCatalog.architecture("mlp:9", input: FeatureShape(channels: 6), classes: 4)
    let mask = Mask.random(architecture.layout, density: 0.4), samples = Samples.random(20, size: 6, classes: 4)
    let point = Initializer.torchUniform.parameters(for: architecture.layout, seed: 1).values.map(Double.init)
    let masked = zip(point, mask.keeps).map { $1 ? $0 : 0 }
    let network = try DoubleNetwork(architecture)
    let found = network.gradient(of: .softmaxCrossEntropy, at: point, keeps: mask.keeps, over: batch(samples))
    let expected = network.gradient(of: .softmaxCrossEntropy, at: masked, over: batch(samples))
    #expect(found.loss == expected.loss)
    for i in point.indices { #expect(found.gradient[i] == (mask.keeps[i] ? expected.gradient[i] : 0)) }
  }

  @Test func agreesWithTraining() throws {
    let architecture = try ModelCatalog.architecture(
      "lenet-5", input: FeatureShape(channels: 1, height: 28, width: 28), classes: 10)
    let samples = Samples.random(24, size: 784, classes: 10)
    let start = Initializer.kaimingNormal.parameters(for: architecture.layout, seed: 2)
    let drill = Drill(architecture, start: start, samples: samples, batch: 24, loss: .softmaxCrossEntropy)
    let loss = drill.step(count: 24), found = drill.plan.parameterGradients.values
    let exact = try DoubleNetwork(architecture).gradient(
      of: .softmaxCrossEntropy, at: start.values.map(Double.init), over: batch(samples))
    #expect(abs(exact.loss - loss) < 1e-5 * loss)
    let scale = exact.gradient.reduce(0) { max($0, $1.magnitude) }
    #expect(zip(found, exact.gradient).allSatisfy { abs(Double($0) - $1) < 1e-5 * scale })
  }

  @Test func sumsOutputs() throws {
    let architecture = try ModelCatalog.architecture("mlp:3", input: FeatureShape(channels: 2), classes: 2)
    // fc1 [[1, 2], [3, 4], [5, 6]], fc2 [[1, 1, 1], [2, 0, 1]], no biases: R = sum over paths.
    let point: [Double] = [1, 2, 3, 4, 5, 6, 0, 0, 0, 1, 1, 1, 2, 0, 1, 0, 0]
    let found = try DoubleNetwork(architecture).outputSum(at: point, input: [1, 1])
    let sum: Double = 38
    #expect(found.sum == sum)
    let gradient: [Double] = [3, 3, 1, 1, 2, 2, 3, 1, 2, 3, 7, 11, 3, 7, 11, 1, 1]
    #expect(found.gradient == gradient)
  }
}
