import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing

/// The engine against PyTorch in double precision.
@Suite struct GoldenTests {
  static let trajectories = (try? Golden.file.get().trajectories) ?? []
  static let losses = (try? Golden.file.get().losses) ?? []

  @Test func generatorIsThatOfTheScript() throws {
    for check in try Golden.file.get().generator {
      #expect(check.words.indices.allSatisfy { Golden.word(check.stream, $0) == check.words[$0] })
      #expect(check.uniform.indices.allSatisfy { Golden.uniform(check.stream, $0) == check.uniform[$0] })
    }
    #expect(Self.trajectories.count == 12 && Self.losses.count == 24)
  }

  // MARK: losses

  @Test(arguments: losses.map(\.name))
  func lossIsPyTorchs(_ name: String) throws {
    let golden = try #require(Self.losses.first { $0.name == name })
    let (loss, z, labels) = try Self.engineForm(of: golden)
    for level in CPULevel.allCases where level.isAvailable {
      let result = LossBench(loss, z, labels, level.kernels), value = Double(result.sum) / Double(z.count)
      #expect(abs(value - golden.value64) <= 1e-6 * max(1, abs(golden.value64)), "\(level.rawValue): \(value)")
      let largest = golden.gradient64.map(abs).max()!
      for (i, slope) in result.gradient.flatMap({ $0 }).enumerated() {
        #expect(
          abs(Double(slope) - golden.gradient64[i]) <= 2e-6 * largest, "\(level.rawValue): gradient \(i) is \(slope)")
      }
    }
  }

  /// Losses over units with targets of their own are means over all units: every unit becomes a sample of one unit.
  private static func engineForm(of golden: Golden.LossCase) throws -> (Loss, z: [[Float]], labels: [Int32]) {
    let logits = golden.logits.map { Float($0) }
    let rows = (0..<golden.batch).map { Array(logits[$0 * golden.classes..<($0 + 1) * golden.classes]) }
    let classes = golden.targets.map { Int32($0 > 0 ? $0 : 0) }
    switch golden.loss {
    case "softmaxCrossEntropy": return (.softmaxCrossEntropy, rows, classes)
    case "multiClassHinge": return (.hinge, rows, classes)
    case "binaryHinge": return (.hinge, logits.map { [$0] }, classes)
    case "binaryCrossEntropyWithLogits": return (.binaryCrossEntropy, logits.map { [$0] }, classes)
    case "meanSquaredError":
      // The error z - t against the target 0.
      return (
        .meanSquaredError, zip(golden.logits, golden.targets).map { [Float($0 - $1)] },
        [Int32](repeating: 0, count: logits.count)
      )
    default: throw UnknownLoss(name: golden.loss)
    }
  }

  struct UnknownLoss: Error { let name: String }

  // MARK: trajectories

  @Test(arguments: trajectories.map(\.name), Execution.allCases)
  func trajectoryIsPyTorchs(_ name: String, _ execution: Execution) throws {
    let golden = try #require(Self.trajectories.first { $0.name == name })
    let widths = golden.layers.dropFirst().dropLast().map(String.init).joined(separator: ",")
    let network = try ModelCatalog.architecture(
      "mlp:\(widths)", input: FeatureShape(channels: golden.layers[0]), classes: golden.layers.last!)
    let (start, mask) = Self.start(golden, network.layout)
    for (entry, tensor) in zip(network.layout.entries, golden.parameters) {
      let sum = start.values[entry.range].reduce(0) { $0 + Double($1) }
      #expect(abs(sum - tensor.initialSum) <= 1e-9, "\(tensor.name) starts differently")
    }
    let drill = Drill(
      network, start: start, mask: mask, samples: Self.samples(golden), batch: golden.batch,
      loss: golden.layers.last == 1 ? .binaryCrossEntropy : .softmaxCrossEntropy, update: Self.update(golden.optimizer),
      execution: execution)
    for step in 0..<golden.steps {
      let loss = drill.step(first: step * golden.batch, count: golden.batch, rate: Float(golden.optimizer.lr))
      let expected = golden.losses64[step]
      #expect(abs(loss - expected) <= 1e-5 * abs(expected), "loss \(step) is \(loss), not \(expected)")
    }
    expectParameters(drill.plan.parameters, golden)
  }

  private func expectParameters(_ parameters: Parameters, _ golden: Golden.Trajectory) {
    for (entry, tensor) in zip(parameters.layout.entries, golden.parameters) {
      let values = parameters.values[entry.range].map(Double.init)
      #expect(
        values.filter { $0 != 0 }.count == tensor.nonzeros,
        "\(tensor.name): \(values.filter { $0 != 0 }.count) are not zero")
      // Adam divides by the size of the gradient, so that rounding errors of tiny gradients grow: as they do in PyTorch's
      // own float32.
      let tolerance = max(2e-6, 8 * tensor.largestDifference32)
      for (i, expected) in tensor.sample64.enumerated() {
        let found = values[i * tensor.stride]
        #expect(abs(found - expected) <= tolerance, "\(tensor.name)[\(i * tensor.stride)] is \(found), not \(expected)")
      }
    }
  }

  private static func start(_ golden: Golden.Trajectory, _ layout: ParameterLayout) -> (Parameters, Mask?) {
    var start = Parameters(zerosFor: layout), mask = Mask(fullFor: layout)
    for (t, entry) in layout.entries.enumerated() {
      let bound = ((entry.isPrunable ? 6.0 : 1) / Double(entry.shape.fanIn)).squareRoot()
      start.values.replaceSubrange(entry.range, with: Golden.spread(100 + UInt32(t), entry.count, bound))
      guard golden.density < 1, entry.isPrunable else { continue }
      for i in 0..<entry.count {
        mask.keeps[entry.offset + i] = Golden.uniform(golden.maskStream + UInt32(t), i) < golden.density
      }
    }
    return (start, golden.density < 1 ? mask : nil)
  }

  private static func samples(_ golden: Golden.Trajectory) -> Samples {
    let size = golden.layers[0], classes = Double(max(2, golden.layers.last!))
    var inputs: [Float] = [], labels: [Int32] = []
    for step in 1...UInt32(golden.steps) {
      inputs += Golden.spread(step, golden.batch * size, 1)
      labels += (0..<golden.batch).map { Int32(Golden.uniform(50 + step, $0) * classes) }
    }
    return Samples(inputs: inputs, labels: labels, size: size)
  }

  private static func update(_ optimizer: Golden.Trajectory.Optimizer) -> UpdateRule {
    if optimizer.kind == "adam" { return .adam(decay: Float(optimizer.weightDecay)) }
    return .sgd(
      momentum: Float(optimizer.momentum ?? 0), decay: Float(optimizer.weightDecay),
      nesterov: optimizer.nesterov ?? false)
  }
}
