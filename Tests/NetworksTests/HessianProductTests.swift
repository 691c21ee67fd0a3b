import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// Products of the Hessian against differences of gradients, taken so near that no rectifier switches, and its symmetry.
@Suite struct HessianProductTests {
  private func batch(_ architecture: Architecture, _ count: Int) -> DoubleBatch {
    let outputs = architecture.output.count
    let samples = Samples.random(count, size: architecture.input.count, classes: outputs > 1 ? outputs : 2)
    return DoubleBatch(inputs: (0..<count).map { samples.input($0).map(Double.init) }, labels: samples.labels)
  }

  /// Directions move what is trained: running statistics stay.
  private func direction(_ layout: ParameterLayout, seed: UInt64) -> [Double] {
    var random = RandomStream(seed: seed, "test/direction"), result = [Double](repeating: 0, count: layout.count)
    for entry in layout.entries where entry.isTrained { for i in entry.range { result[i] = random.nextNormal() } }
    return result
  }

  private func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  /// Signs have none to compare with: see `SignTests`.
  @Test(arguments: LayerCatalog.all.map { $0.kind }.filter { $0 != Sign.kind })
  func layersHaveTheirSecondDerivatives(_ kind: String) throws {
    for architecture in try LayerCases.architectures(of: kind) {
      for loss in Loss.allCases where loss != .softmaxCrossEntropy || architecture.output.count > 1 {
        for isBatch in [false, true] { try expectProducts(architecture, loss, usesBatchStatistics: isBatch) }
      }
    }
  }

  private func expectProducts(_ architecture: Architecture, _ loss: Loss, usesBatchStatistics: Bool) throws {
    let layout = architecture.layout, batch = batch(architecture, 19), temperature = loss == .hinge ? 1.0 : 3
    let network = try DoubleNetwork(architecture, usesBatchStatistics: usesBatchStatistics)
    let point = LayerCases.start(layout, seed: 5).values.map(Double.init)
    func gradient(_ point: [Double]) -> [Double] {
      network.gradient(of: loss, temperature: temperature, at: point, over: batch).gradient
    }
    func hessian(_ vector: [Double]) -> [Double] {
      network.hessianProduct(of: loss, temperature: temperature, at: point, along: vector, over: batch)
    }
    let what = "\(architecture.name), \(loss), \(usesBatchStatistics ? "batch" : "running") statistics"
    let v = direction(layout, seed: 1), w = direction(layout, seed: 2), found = hessian(v), step = 1e-6
    let above = gradient(zip(point, v).map { $0 + step * $1 }), below = gradient(zip(point, v).map { $0 - step * $1 })
    let scale = found.reduce(0) { max($0, $1.magnitude) }
    for entry in layout.entries where entry.isTrained {
      for i in entry.range {
        let expected = (above[i] - below[i]) / (2 * step)
        #expect(abs(found[i] - expected) < 1e-8 + 1e-6 * scale, "\(what): \(entry.name): \(found[i]), not \(expected)")
      }
    }
    #expect(abs(product(w, found) - product(v, hessian(w))) < 1e-11 * (1 + scale), "\(what) is symmetric")
  }

  /// They are neither moved nor looked at, and the product's entries are zero.
  @Test func prunedWeightsPlayNoPart() throws {
    let architecture = try ModelCatalog.architecture("mlp:9", input: FeatureShape(channels: 6), classes: 4)
    let keeps = Mask.random(architecture.layout, density: 0.4).keeps, batch = batch(architecture, 20)
    func masked(_ values: [Double]) -> [Double] { zip(values, keeps).map { $1 ? $0 : 0 } }
    let point = LayerCases.start(architecture.layout, seed: 1).values.map(Double.init)
    let v = direction(architecture.layout, seed: 3), network = try DoubleNetwork(architecture)
    let found = network.hessianProduct(of: .softmaxCrossEntropy, at: point, along: v, keeps: keeps, over: batch)
    let expected = network.hessianProduct(of: .softmaxCrossEntropy, at: masked(point), along: masked(v), over: batch)
    #expect(found == masked(expected) && found.contains { $0 != 0 })
  }
}
