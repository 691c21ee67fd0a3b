import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// Folded networks compute what the network computes in evaluation, with what is dead or constant gone.
@Suite struct FoldedNetworkTests {
  @Test(arguments: LayerCatalog.all.map { $0.kind }, [1, 0.5, 0.15])
  func sameFunction(_ kind: String, _ density: Double) throws {
    for network in try LayerCases.architectures(of: kind) {
      let mask = Mask.random(network.layout, density: density)
      for mask in density == 1 ? [mask] : [mask, mask.emptyingRowsAndColumns()] {
        try expectSame(network, LayerCases.start(network.layout, seed: 4).masked(by: mask), mask)
      }
    }
  }

  @Test(arguments: [
    "lenet-5", "bn-conv-4", "resnet-20:0.5", "mobilenet-v1:0.25", "vgg-11-bn:0.1", "wide-resnet-16-2:0.5",
  ])
  func models(_ name: String) throws {
    let network = try ModelCatalog.architecture(
      name, input: FeatureShape(channels: 3, height: 16, width: 16), classes: 10)
    let mask = Mask.random(network.layout, density: 0.1)
    let folded = try expectSame(network, LayerCases.start(network.layout, seed: 1), mask)
    #expect(!folded.architecture.nodes.contains { $0.layer is BatchNorm })
    #expect(folded.mask.remaining < mask.remaining || name == "lenet-5")
  }

  /// Units 0 of both layers lead nowhere, unit 1 of the first layer is a constant.
  @Test func deadUnitsAndConstants() throws {
    let network = try LayerCases.network(
      "mlp", input: FeatureShape(channels: 2), [Linear(3), Rectifier(), Linear(3), Rectifier(), Linear(1)])
    let layout = network.layout
    var start = Parameters(layout: layout, values: [Float](repeating: 0.5, count: layout.count))
    var mask = Mask(fullFor: layout)
    let first = layout.prunable[0].offset, second = layout.prunable[1].offset, third = layout.prunable[2].offset
    for i in [first + 2, first + 3, second + 3, second + 6, third] { mask.keeps[i] = false }
    start.values[layout.entries[1].offset + 1] = 2
    let folded = try expectSame(network, start, mask)
    #expect(folded.architecture.nodes.map { folded.architecture.shapes[$0.name]!.count } == [1, 1, 2, 2, 1])
    // Both units of the second layer read the constant max(0, 2): 0.5 + 0.5 * 2.
    #expect(folded.rows(of: network.nodes[2].name)?.bias == [1.5, 1.5])
    #expect((folded.removedUnits, folded.constantUnits) == (3, 1))
  }

  /// A constant that is not zero lies beside the zeros of a padding: it stays as a unit without weights.
  @Test func constantsBesideZeros() throws {
    let image = FeatureShape(channels: 1, height: 3, width: 3)
    for (padding, units) in [(0, 1), (1, 2)] {
      let network = try LayerCases.network(
        "padding", input: image, [Convolution(2, kernel: 1), Convolution(1, kernel: 3, padding: padding)])
      let layout = network.layout
      let start = Parameters(layout: layout, values: (0..<layout.count).map { 0.1 * Float($0 + 1) })
      var mask = Mask(fullFor: layout)
      mask.keeps[layout.prunable[0].offset + 1] = false
      let folded = try expectSame(network, start, mask)
      #expect(folded.architecture.shapes[network.nodes[0].name]!.channels == units)
    }
  }

  /// A channel of a residual sum goes only when nothing before and behind needs it.
  @Test func sums() throws {
    var network = Architecture(name: "sum", input: FeatureShape(channels: 2))
    try network.append("a", Linear(3))
    try network.append("b", Linear(3), inputs: ["a"])
    try network.append("s", Sum(), inputs: ["a", "b"])
    try network.append("out", Linear(2))
    let start = LayerCases.start(network.layout, seed: 2)
    var mask = Mask(fullFor: network.layout)
    let b = network.layout.entries(of: "b")[0], out = network.layout.entries(of: "out")[0]
    for row in 0..<2 { mask.keeps[out.offset + 3 * row + 1] = false }
    #expect(try expectSame(network, start, mask).architecture.shapes["s"]!.channels == 3)
    for row in 0..<3 { mask.keeps[b.offset + 3 * row + 1] = false }
    #expect(try expectSame(network, start, mask).architecture.shapes["s"]!.channels == 2)
  }

  @Test func nothingReachesTheOutput() throws {
    for kind in [Linear.kind, Convolution.kind, Sum.kind] {
      for network in try LayerCases.architectures(of: kind) {
        try expectSame(network, LayerCases.start(network.layout, seed: 4), Mask.random(network.layout, density: 0))
      }
    }
  }

  /// Both in evaluation, within the rounding of sums in another order.
  @discardableResult
  private func expectSame(_ network: Architecture, _ start: Parameters, _ mask: Mask) throws -> FoldedNetwork {
    let folded = try FoldedNetwork(network, start, mask: mask)
    let samples = Samples.random(5, size: network.input.count, classes: 2)
    let before = Plan(network, mask: mask, batch: 5).outputs(of: samples, start).flatMap { $0 }
    let after = Plan(folded.architecture, mask: folded.mask, batch: 5).outputs(of: samples, folded.parameters)
      .flatMap { $0 }
    let scale = before.map(abs).max() ?? 1
    for (x, y) in zip(before, after) {
      #expect(abs(x - y) <= 2e-5 * max(1, scale), "\(network.name): \(x) became \(y)")
    }
    return folded
  }
}
