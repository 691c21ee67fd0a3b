import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// One arithmetic: CPU level, number of threads, choice of kernels and ways past the caches never change a bit.
@Suite(.serialized) struct SameBitsTests {
  static let levels = CPULevel.available(for: "training")

  struct Masking: CustomTestStringConvertible, Sendable {
    var density: Double
    var empties = false
    var testDescription: String { "density \(density)\(empties ? " with empty rows and columns" : "")" }

    func mask(_ layout: ParameterLayout) -> Mask? {
      if density == 1 && !empties { return nil }
      let mask = Mask.random(layout, density: density)
      return empties ? mask.emptyingRowsAndColumns() : mask
    }
  }

  static let maskings = [
    Masking(density: 1), Masking(density: 0.5), Masking(density: 0.1), Masking(density: 0.02), Masking(density: 0),
    Masking(density: 0.6, empties: true),
  ]

  /// What four steps leave behind, the last of them on fewer samples.
  struct Trace: Equatable {
    var losses: [Double]
    var parameters, moment1, moment2: [Float]
    /// Where they are kept: every other variant moves the weights at once.
    var gradients: [Float]?
  }

  @Test(arguments: [1, 5, 60, 100, 128], maskings)
  func variantsAgree(_ batch: Int, _ masking: Masking) throws {
    let wide = try ModelCatalog.architecture("mlp:300,17,7", input: FeatureShape(channels: 33), classes: 3)
    let narrow = try ModelCatalog.architecture("mlp:7,3,1", input: FeatureShape(channels: 300), classes: 1)
    expectAgreement(wide, .softmaxCrossEntropy, .sgd(momentum: 0.9, decay: 1e-4, nesterov: true), batch, masking)
    expectAgreement(narrow, .binaryCrossEntropy, .adam(decay: 1e-4), batch, masking)
  }

  @Test(arguments: [Masking(density: 1), Masking(density: 0.1)])
  func lenetAgrees(_ masking: Masking) throws {
    let lenet = try ModelCatalog.architecture(
      "lenet-300-100", input: FeatureShape(channels: 1, height: 28, width: 28), classes: 10)
    expectAgreement(lenet, .softmaxCrossEntropy, .adam(), 60, masking, steps: 2)
    expectAgreement(lenet, .hinge, .sgd(), 128, masking, steps: 2)
  }

  /// More blocks of samples than one panel of the dense weight gradient holds.
  @Test(arguments: [Masking(density: 1), Masking(density: 0.3, empties: true)])
  func largeBatchesAgree(_ masking: Masking) throws {
    let network = try ModelCatalog.architecture("mlp:19", input: FeatureShape(channels: 21), classes: 3)
    expectAgreement(network, .meanSquaredError, .sgd(momentum: 0.9), 1000, masking, steps: 2)
  }

  /// Convolutions of both strides, pooling and linear layers, with more and fewer blocks than a group holds.
  @Test(
    arguments: [1, 17, 60, 64, 100], [Masking(density: 1), Masking(density: 0.1), Masking(density: 0.4, empties: true)])
  func convolutionsAgree(_ batch: Int, _ masking: Masking) throws {
    let network = try LayerCases.network(
      "convolutions", input: FeatureShape(channels: 3, height: 9, width: 8),
      [
        Convolution(13, kernel: 3, padding: 1), Rectifier(), Convolution(9, kernel: 3, stride: 2, padding: 1),
        Rectifier(),
        MaxPool(), Convolution(17, kernel: 3, padding: 1), Rectifier(), AveragePool(), Linear(3),
      ])
    expectAgreement(network, .softmaxCrossEntropy, .sgd(momentum: 0.9, decay: 1e-4), batch, masking, steps: 3)
  }

  /// Images whose rows are no whole tiles, and such as are; batch norm and pooling between.
  @Test(arguments: [(7, 13), (6, 16), (5, 20)], [Masking(density: 1), Masking(density: 0.1)])
  func imagesAgree(_ size: (height: Int, width: Int), _ masking: Masking) throws {
    let network = try LayerCases.network(
      "images", input: FeatureShape(channels: 3, height: size.height, width: size.width),
      [
        Convolution(13, kernel: 3, padding: 1, hasBias: false), BatchNorm(), Rectifier(),
        Convolution(11, kernel: 5, padding: 2),
        Rectifier(), MaxPool(), Convolution(9, kernel: 3, padding: 1, hasBias: false), BatchNorm(), AveragePool(),
        Linear(3),
      ])
    expectAgreement(network, .softmaxCrossEntropy, .sgd(momentum: 0.9, decay: 1e-4), 53, masking, steps: 3)
  }

  /// Grouped and depthwise convolutions large enough for the dense kernels' tiles.
  @Test(arguments: [17, 64], [Masking(density: 1), Masking(density: 0.1), Masking(density: 0.4, empties: true)])
  func groupsAgree(_ batch: Int, _ masking: Masking) throws {
    let network = try LayerCases.network(
      "groups", input: FeatureShape(channels: 3, height: 9, width: 8),
      [
        Convolution(24, kernel: 3, padding: 1), Rectifier(), Convolution(18, kernel: 3, padding: 1, groups: 2),
        Rectifier(), Convolution(18, kernel: 3, stride: 2, padding: 1, groups: 18, hasBias: false), Rectifier(),
        Convolution(36, kernel: 1, groups: 3), Rectifier(), AveragePool(), Linear(3),
      ])
    expectAgreement(network, .softmaxCrossEntropy, .sgd(momentum: 0.9, decay: 1e-4), batch, masking, steps: 3)
  }

  @Test(arguments: LayerCatalog.all.map { $0.kind })
  func layersAgree(_ kind: String) throws {
    for architecture in try LayerCases.architectures(of: kind) {
      expectAgreement(architecture, .meanSquaredError, .sgd(momentum: 0.9), 37, Masking(density: 0.5))
    }
  }

  private func expectAgreement(
    _ architecture: Architecture, _ loss: Loss, _ update: UpdateRule, _ batch: Int, _ masking: Masking, steps: Int = 4
  ) {
    let outputs = architecture.output.count
    let samples = Samples.random(batch * steps, size: architecture.input.count, classes: max(2, outputs))
    let mask = masking.mask(architecture.layout)
    let start = LayerCases.start(architecture.layout, seed: 3)
    var reference: Trace?, signsOfZero = 0, keepsGradients = false, variants = 0
    for level in Self.levels {
      for execution in [Execution.dense, .sparse, .automatic] {
        for threads in 1...3 where level != .portable || threads != 2 {
          keepsGradients.toggle()
          variants += 1
          let streams = variants % 3 != 0
          let drill = Drill(
            architecture, start: start, mask: mask, samples: samples, batch: batch, loss: loss, update: update,
            keepsGradients: keepsGradients, threads: threads, execution: execution, kernels: level.kernels,
            streamedBytes: streams ? 0 : .max)
          let trace = Self.trace(drill, batch, steps, keepsGradients)
          guard let expected = reference else {
            reference = trace
            continue
          }
          let what =
            "\(architecture.name), batch \(batch), \(masking.testDescription): \(level.rawValue), \(execution), \(threads) threads\(streams ? ", streamed" : "")"
          #expect(trace.losses == expected.losses, "\(what): losses")
          signsOfZero += compare(trace, expected, what)
        }
      }
    }
    if signsOfZero > 0 {
      print("\(architecture.name), batch \(batch), \(masking.testDescription): \(signsOfZero) zeros differ in sign")
    }
  }

  private static func trace(_ drill: Drill, _ batch: Int, _ steps: Int, _ keepsGradients: Bool) -> Trace {
    let losses = (0..<steps).map { step in
      drill.step(first: step * batch, count: step == steps - 1 ? max(1, batch - 3) : batch, rate: 0.05)
    }
    let plan = drill.plan
    // Dense kernels also compute gradients of pruned weights; no update reads them.
    return Trace(
      losses: losses, parameters: plan.parameters.values, moment1: plan.moments.first.values,
      moment2: plan.moments.second.values,
      gradients: keepsGradients ? plan.parameterGradients.masked(by: plan.mask).values : nil)
  }

  private func compare(_ a: Trace, _ b: Trace, _ what: String) -> Int {
    var parts = [
      ("parameters", a.parameters, b.parameters), ("first moments", a.moment1, b.moment1),
      ("second moments", a.moment2, b.moment2),
    ]
    if let mine = a.gradients, let other = b.gradients { parts.append(("gradients", mine, other)) }
    return parts.reduce(0) { signs, part in
      let comparison = BitComparison(part.1, part.2)
      #expect(comparison.values == 0, "\(what): \(part.0): \(comparison)")
      return signs + comparison.zeroSigns
    }
  }
}
