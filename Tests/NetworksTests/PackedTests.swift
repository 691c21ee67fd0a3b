import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// Networks of signs in bits, and signs of weights by additions, against the float engine.
@Suite struct PackedTests {
  /// Signs times a gain of few digits for every tensor, under a random mask; batch norms of both directions.
  private func parameters(_ layout: ParameterLayout, density: Double, digits: Int = 6, bias: Bool = false) -> Parameters
  {
    var values = LayerCases.start(layout, seed: 5), random = RandomStream(seed: 3, "test/signs")
    let mask = Mask.random(layout, density: density)
    for entry in layout.entries {
      let gain = Float((1 << digits) + random.nextIndex(below: 1 << digits)) / Float(1 << (digits + 4))
      for i in entry.range {
        switch entry.shape.role {
        case .weight: values.values[i] = !mask.keeps[i] ? 0 : random.nextUniform() < 0.5 ? gain : -gain
        case .bias: if !bias { values.values[i] = 0 }
        case .scale: values.values[i] = Float(random.nextUniform() - 0.4)
        case .runningVariance: values.values[i] = Float(0.1 + random.nextUniform())
        case .shift, .runningMean: values.values[i] = Float(random.nextUniform() - 0.5)
        }
      }
    }
    return values
  }

  private static let networks: [(String, FeatureShape, [any Layer])] = [
    ("features", FeatureShape(channels: 37), [Linear(70), Sign(), Linear(130), Sign(), Linear(5)]),
    (
      "norms", FeatureShape(channels: 9),
      [
        Linear(40), BatchNorm(), Sign(), Dropout(0.3), Linear(65), BatchNorm(affine: false), Sign(),
        Linear(4, hasBias: false),
      ]
    ),
    (
      "image", FeatureShape(channels: 3, height: 9, width: 7),
      [
        Convolution(20, kernel: 3, padding: 1), Sign(), Convolution(70, kernel: 3, padding: 1), Sign(), MaxPool(),
        Convolution(9, kernel: 3, padding: 1, hasBias: false), BatchNorm(), Sign(), Linear(33), Sign(), Linear(10),
      ]
    ),
    (
      "pooling", FeatureShape(channels: 2, height: 12, width: 13),
      [
        Convolution(24, kernel: 5, padding: 2), MaxPool(), BatchNorm(), Sign(),
        Convolution(17, kernel: 3, stride: 2, padding: 1), BatchNorm(), MaxPool(), Sign(),
        Convolution(40, kernel: 1), BatchNorm(), Sign(), Linear(3),
      ]
    ),
  ]

  private func outputs(
    _ network: Architecture, _ start: Parameters, _ samples: Samples, signs: Parameters? = nil,
    _ execution: Execution = .dense
  ) -> [[Float]] {
    let mask = Mask(
      layout: network.layout,
      keeps: zip(
        start.values,
        network.layout.entries.flatMap { entry in
          entry.range.map { _ in entry.isPrunable }
        }
      ).map { $0 != 0 || !$1 })
    return Plan(network, mask: mask, batch: samples.count, execution: execution, signs: signs).outputs(
      of: samples, start)
  }

  private func packed(
    _ network: Architecture, _ start: Parameters, _ samples: Samples, threads: Int = 1, _ level: CPULevel = .current
  ) throws -> (outputs: [[Float]], isExact: Bool) {
    let packed = try PackedNetwork(network, start, batch: samples.count, kernels: level.kernels)
    for sample in 0..<samples.count { packed.load(samples.input(sample), at: sample) }
    packed.run(on: ThreadPool(threads: threads))
    return (packed.output(count: samples.count), packed.isExact)
  }

  /// Logits of the packed network are those of the float network, bit for bit, at every level, for any threads.
  @Test(arguments: networks.indices, [0.3, 1.0])
  func bitsAreThoseOfTheFloatNetwork(_ number: Int, _ density: Double) throws {
    let (name, input, layers) = Self.networks[number], network = try LayerCases.network(name, input: input, layers)
    let start = parameters(network.layout, density: density)
    for count in [1, 21] {
      let samples = Samples.random(count, size: input.count, classes: 2, seed: UInt64(count))
      let expected = outputs(network, start, samples)
      for level in CPULevel.available(for: "bits") {
        for threads in 1...3 {
          let found = try packed(network, start, samples, threads: threads, level)
          #expect(found.isExact && found.outputs == expected, "\(name), \(count) samples, \(level), \(threads) threads")
        }
      }
      #expect(count == 1 || Set(expected.flatMap { $0 }).count > 3, "\(name) says nothing")
    }
  }

  /// Where gains have all their digits and biases are not zero, the float network's own sums round; the packed ones say so.
  @Test func saysWhereTheFloatNetworkRounds() throws {
    let (name, input, layers) = Self.networks[0], network = try LayerCases.network(name, input: input, layers)
    let samples = Samples.random(50, size: input.count, classes: 2)
    for (digits, bias) in [(22, false), (6, true)] {
      let start = parameters(network.layout, density: 0.7, digits: digits, bias: bias)
      #expect(try !packed(network, start, samples).isExact)
    }
  }

  /// Sums of positive less negative inputs, times the gain: the float network's within roundings.
  @Test(arguments: [0.05, 0.5])
  func additionsGiveTheFloatNetwork(_ density: Double) throws {
    let network = try LayerCases.network(
      "additions", input: FeatureShape(channels: 3, height: 9, width: 7),
      [
        Convolution(20, kernel: 3, padding: 1), Rectifier(), Convolution(70, kernel: 3, padding: 1), BatchNorm(),
        Rectifier(), MaxPool(), Linear(300), Rectifier(), Linear(10),
      ])
    let start = parameters(network.layout, density: density, digits: 23, bias: true)
    let samples = Samples.random(37, size: network.input.count, classes: 2)
    let expected = outputs(network, start, samples, .sparse), found = outputs(network, start, samples, signs: start)
    let size = expected.joined().map(abs).max()!
    #expect(found != expected, "additions round otherwise")
    for (a, b) in zip(found, expected) {
      for (x, y) in zip(a, b) { #expect(abs(x - y) <= 1e-5 * size) }
      #expect(a.firstIndex(of: a.max()!) == b.firstIndex(of: b.max()!))
    }
  }

  /// Of few digits, where nothing rounds, additions give the very bits.
  @Test func additionsOfWholeNumbersAreExact() throws {
    let network = try LayerCases.network(
      "whole", input: FeatureShape(channels: 40), [Linear(60), Sign(), Linear(300), Sign(), Linear(7)])
    let start = parameters(network.layout, density: 0.4)
    var samples = Samples.random(20, size: 40, classes: 2)
    for i in samples.inputs.indices { samples.inputs[i] = samples.inputs[i] < 0 ? -1 : 1 }
    #expect(outputs(network, start, samples, signs: start) == outputs(network, start, samples))
  }

  /// Kept weights of zero, or of two sizes, are no signs: the layer runs as without.
  @Test func additionsNeedOneSize() throws {
    let network = try LayerCases.network("two sizes", input: FeatureShape(channels: 9), [Linear(8), Linear(3)])
    var start = parameters(network.layout, density: 1)
    start.values[network.layout.prunable[0].offset] *= 2
    let samples = Samples.random(5, size: 9, classes: 2)
    let plan = Plan(network, batch: 5, execution: .dense, signs: start)
    #expect(plan.sparseLayers == [network.nodes[1].name])
    #expect(outputs(network, start, samples, signs: start).count == 5)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    func network(_ layers: [any Layer]) throws -> Architecture {
      try LayerCases.network("odd", input: FeatureShape(channels: 4, height: 4, width: 4), layers)
    }
    for layers: [any Layer] in [
      [Linear(5), Rectifier(), Linear(2)], [Linear(5), Sign()], [Linear(5)],
      [Linear(5), Sign(), BatchNorm(), Linear(2)],
      [Convolution(4, kernel: 3, padding: 1, groups: 2), Sign(), Linear(2)], [Linear(5), Linear(2)],
      [Convolution(4, kernel: 3, padding: 1), Sign(), AveragePool(), Linear(2)],
      [MaxPool(), Linear(3), Sign(), Linear(2)],
    ] {
      let network = try network(layers), start = parameters(network.layout, density: 1)
      #expect(throws: Problem.self) { try PackedNetwork(network, start, batch: 1) }
    }
    let residual = try ModelCatalog.architecture(
      "resnet-20:0.25", input: FeatureShape(channels: 3, height: 8, width: 8), classes: 3
    ).withSigns()
    #expect(throws: Problem.self) {
      try PackedNetwork(residual, parameters(residual.layout, density: 1), batch: 1)
    }
    let plain = try network([Linear(5), Sign(), Linear(2)])
    #expect(throws: Problem.self) { try PackedNetwork(plain, LayerCases.start(plain.layout, seed: 1), batch: 1) }
  }
}
