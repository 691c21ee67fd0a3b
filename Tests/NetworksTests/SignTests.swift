import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// Signs and the slope that stands in for theirs.
@Suite struct SignTests {
  private let network = {
    try LayerCases.network("signs", input: FeatureShape(channels: 5), [Linear(7), Sign(), Linear(3)])
  }

  /// Two layers by hand: y = V sign(W x + b) + c, mean squares.
  @Test func gradientsAreThoseOfTheSpline() throws {
    let network = try network(), layout = network.layout, start = LayerCases.start(layout, seed: 2)
    let samples = Samples.random(21, size: 5, classes: 3)
    let drill = Drill(network, start: start, samples: samples, batch: 21, loss: .softmaxCrossEntropy)
    drill.step(count: 21)
    let found = drill.plan.parameterGradients.values, slopes = drill.plan.outputGradient(count: 21)
    func values(_ name: String) -> [Double] {
      let entry = layout.entries.first { $0.name == name }!
      return start.values[entry.range].map(Double.init)
    }
    let (w, b, v) = (values("linear1.weight"), values("linear1.bias"), values("linear3.weight"))
    var expected = [Double](repeating: 0, count: 35)
    for sample in 0..<21 {
      let x = samples.input(sample).map(Double.init)
      for unit in 0..<7 {
        let z = (0..<5).reduce(b[unit]) { $0 + w[unit * 5 + $1] * x[$1] }
        let dy = (0..<3).reduce(0.0) { $0 + Double(slopes[sample][$1]) * v[$1 * 7 + unit] }
        let dz = 2 * (1 - min(abs(z), 1)) * dy
        for i in 0..<5 { expected[unit * 5 + i] += dz * x[i] }
      }
    }
    let entry = layout.entries.first { $0.name == "linear1.weight" }!
    for (i, value) in found[entry.range].enumerated() {
      #expect(abs(Double(value) - expected[i]) < 1e-5, "weight \(i): \(value), not \(expected[i])")
    }
  }

  @Test func zeroIsPositiveAndBordersStayZero() throws {
    let network = try LayerCases.network(
      "borders", input: FeatureShape(channels: 1, height: 3, width: 3),
      [
        Convolution(1, kernel: 1), Sign(), Convolution(1, kernel: 3, padding: 1, hasBias: false),
        Linear(9, hasBias: false),
      ])
    var start = Parameters(zerosFor: network.layout)
    // Everything before the sign is zero, the second convolution counts its ones, and the last layer passes them on.
    let prunable = network.layout.prunable
    for i in prunable[1].range { start.values[i] = 1 }
    for i in 0..<9 { start.values[prunable[2].offset + 10 * i] = 1 }
    let drill = Drill(
      network, start: start, samples: Samples.random(3, size: 9, classes: 2), batch: 3, loss: .meanSquaredError,
      needsBackward: false)
    drill.step(count: 3)
    #expect(drill.plan.output(count: 3).allSatisfy { $0 == [4, 6, 4, 6, 9, 6, 4, 6, 4] })
  }

  /// The double-precision form gives the engine's gradients, and a symmetric second derivative.
  @Test func doublePrecisionAgrees() throws {
    for network in try LayerCases.architectures(of: Sign.kind) {
      let layout = network.layout, start = LayerCases.start(layout, seed: 3), outputs = network.output.count
      let samples = Samples.random(19, size: network.input.count, classes: outputs)
      let drill = Drill(network, start: start, samples: samples, batch: 19, loss: .softmaxCrossEntropy)
      drill.step(count: 19)
      let batch = DoubleBatch(
        inputs: (0..<19).map { samples.input($0).map(Double.init) }, labels: samples.labels)
      let double = try DoubleNetwork(network, usesBatchStatistics: true), point = start.values.map(Double.init)
      let expected = double.gradient(of: .softmaxCrossEntropy, at: point, over: batch).gradient
      let found = drill.plan.parameterGradients.values
      for entry in layout.entries where entry.isTrained {
        for i in entry.range { #expect(abs(Double(found[i]) - expected[i]) < 1e-5, "\(network.name): \(entry.name)") }
      }
      func direction(_ seed: UInt64) -> [Double] {
        var random = RandomStream(seed: seed, "test/direction")
        return point.indices.map { _ in random.nextNormal() }
      }
      func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      let (v, w) = (direction(1), direction(2))
      func hessian(_ vector: [Double]) -> [Double] {
        double.hessianProduct(of: .softmaxCrossEntropy, at: point, along: vector, over: batch)
      }
      let there = product(w, hessian(v)), back = product(v, hessian(w))
      #expect(abs(there - back) < 1e-9 * (1 + abs(there)) && there != 0)
    }
  }

  @Test func takesTheRectifiersPlaces() throws {
    let plain = try ModelCatalog.architecture("lenet-300-100", input: FeatureShape(channels: 64), classes: 10)
    let signs = try plain.withSigns()
    #expect(signs.layout == plain.layout && signs.nodes.filter { $0.layer is Sign }.count == 2)
    #expect(!signs.nodes.contains { $0.layer is Rectifier } && signs.name == "lenet-300-100+sign")
    #expect(throws: Problem.self) { try signs.withSigns() }
  }
}
