import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// One sample at a time gives the bits of a batch, at every CPU level and with any number of threads.
@Suite(.serialized) struct InferencePlanTests {
  static let levels = CPULevel.available(for: "inference")

  @Test(arguments: LayerCatalog.all.map { $0.kind })
  func layers(_ kind: String) throws {
    for network in try LayerCases.architectures(of: kind) {
      for density in [1, 0.3] { try expectSameBits(network, density: density) }
    }
  }

  @Test(arguments: [
    ("lenet-300-100", 28, 0.1), ("lenet-5", 28, 0.2), ("conv-6:0.25", 32, 0.1), ("vgg-16-bn:0.125", 32, 0.2),
    ("resnet-14:0.5", 20, 0.2), ("mobilenet-v1:0.125", 24, 0.5), ("wide-resnet-16-2:0.25", 16, 0.3),
  ])
  func models(_ name: String, _ size: Int, _ density: Double) throws {
    let network = try ModelCatalog.architecture(
      name, input: FeatureShape(channels: 3, height: size, width: size), classes: 10)
    #expect(try expectSameBits(network, density: density), "\(name) has no kernels for one sample")
  }

  /// A batch whose tensors would not stay in the caches runs in parts.
  @Test func parts() throws {
    let network = try LayerCases.network(
      "wide", input: FeatureShape(channels: 1, height: 32, width: 32),
      [Convolution(60, kernel: 1), Rectifier(), Convolution(1, kernel: 1), Linear(2)])
    let folded = try FoldedNetwork(network, LayerCases.start(network.layout, seed: 4))
    let samples = Samples.random(50, size: network.input.count, classes: 2), tables = Tables()
    let source = SampleSource(pixels: .floats(tables.table(samples.inputs)), multipliers: [1], shifts: [0])
    let plan = InferencePlan(folded, source, batch: 50, threads: 2), pool = ThreadPool(threads: 2)
    plan.select(0..<50)
    plan.run(on: pool)
    let whole = Plan(folded.architecture, mask: folded.mask, batch: 50).outputs(of: samples, folded.parameters)
    #expect(plan.outputs == whole)
    plan.select(20..<23)
    plan.run(on: pool)
    #expect(plan.outputs == Array(whole[20..<23]))
  }

  /// - Returns: Whether one sample has kernels of its own.
  @discardableResult
  private func expectSameBits(_ network: Architecture, density: Double) throws -> Bool {
    let mask = Mask.random(network.layout, density: density)
    let folded = try FoldedNetwork(network, LayerCases.start(network.layout, seed: 4), mask: mask)
    let samples = Samples.random(3, size: network.input.count, classes: 2), tables = Tables()
    let source = SampleSource(
      pixels: .floats(tables.table(samples.inputs)), multipliers: [Float](repeating: 1, count: network.input.channels),
      shifts: [Float](repeating: 0, count: network.input.channels))
    let batch = InferencePlan(folded, source, batch: 3)
    batch.select(0..<3)
    batch.run(on: ThreadPool(threads: 1))
    var isSingle = false
    for level in Self.levels {
      let single = InferencePlan(folded, source, batch: 1, threads: 2, kernels: level.kernels)
      isSingle = single.isSingle
      for threads in [1, 2] {
        let pool = ThreadPool(threads: threads)
        for sample in [0, 2, 1] {
          single.select(sample..<sample + 1)
          single.run(on: pool)
          #expect(single.outputs[0] == batch.outputs[sample], "\(network.name), \(level), \(threads) threads")
        }
      }
    }
    return isSingle
  }
}
