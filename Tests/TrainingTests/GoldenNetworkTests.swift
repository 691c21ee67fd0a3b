import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// Convolutional networks against PyTorch: how many parameters they have, and their first training losses.
@Suite(.serialized) struct GoldenNetworkTests {
  static let input = FeatureShape(channels: 3, height: 32, width: 32)
  static let runs = (try? GoldenNetworks.file.get().runs) ?? []

  @Test func parametersAreAsManyAsPyTorchs() throws {
    let counts = try GoldenNetworks.file.get().counts
    #expect(counts.count == 23 && Self.runs.count == 7)
    for count in counts {
      let layout = try ModelCatalog.architecture(count.model, input: Self.input, classes: 10).layout
      #expect(layout.prunableCount == count.weights, "\(count.model)")
      #expect(layout.trainedCount == count.parameters, "\(count.model)")
    }
  }

  @Test(arguments: runs.indices)
  func lossesArePyTorchs(_ index: Int) throws {
    let golden = Self.runs[index]
    let network = try ModelCatalog.architecture(golden.model, input: Self.input, classes: 10)
    let (start, mask) = GoldenNetworks.start(network.layout, density: golden.density)
    let samples = GoldenNetworks.samples(golden), batch = golden.batch
    let drill = Drill(
      network, start: start, mask: mask, samples: samples, batch: batch, loss: .softmaxCrossEntropy,
      update: .sgd(momentum: 0.9, decay: Float(golden.decay)), threads: 2)
    for step in golden.losses64.indices {
      let loss = drill.step(first: step * batch, count: batch, rate: Float(golden.rate))
      expectClose(loss, golden.losses64[step], "\(golden.model), density \(golden.density): loss \(step)")
    }
    // Evaluation differs from training by the running statistics.
    guard network.nodes.contains(where: { $0.layer is BatchNorm }) else { return }
    let last = Drill(
      network, start: drill.plan.parameters, mask: mask, samples: samples, batch: batch, loss: .softmaxCrossEntropy,
      needsBackward: false, pass: .evaluation, threads: 2)
    let loss = last.step(first: samples.count - batch, count: batch)
    expectClose(loss, golden.evaluation64, "\(golden.model), density \(golden.density): evaluation")
  }

  private func expectClose(_ found: Double, _ expected: Double, _ what: String) {
    #expect(abs(found - expected) <= 1e-4 * abs(expected), "\(what) is \(found), not \(expected)")
  }
}
