import Basics
import Networks
import Testing

/// Multiply-adds by hand.
@Suite struct CostTests {
  @Test func fullyConnectedLayersCountTheirWeights() throws {
    let network = try ModelCatalog.architecture(
      "lenet-300-100", input: FeatureShape(channels: 1, height: 28, width: 28), classes: 10)
    let costs = network.costs(of: Mask(fullFor: network.layout))
    #expect(costs.map(\.dense) == [784 * 300, 300 * 100, 100 * 10] && costs.map(\.sparse) == costs.map(\.dense))
    #expect(costs.dense == 266_200)
  }

  /// 6 x 1 x 5 x 5 at 28 x 28 places, 16 x 6 x 5 x 5 at 10 x 10, then 400-120-84-10.
  @Test func convolutionsCountTheirPlaces() throws {
    let network = try ModelCatalog.architecture(
      "lenet-5", input: FeatureShape(channels: 1, height: 28, width: 28), classes: 10)
    var mask = Mask(fullFor: network.layout)
    #expect(network.costs(of: mask).map(\.dense) == [117_600, 240_000, 48_000, 10_080, 840])
    #expect(network.costs(of: mask).dense == 416_520)
    // Three weights of each convolution and a row of the last layer go.
    for entry in network.layout.prunable.prefix(2) { for i in 0..<3 { mask.keeps[entry.offset + i] = false } }
    let last = network.layout.prunable.last!
    for i in 0..<84 { mask.keeps[last.offset + i] = false }
    #expect(
      network.costs(of: mask).map(\.sparse) == [117_600 - 3 * 784, 240_000 - 3 * 100, 48_000, 10_080, 840 - 84])
    #expect(network.costs(of: mask).dense == 416_520)
  }

  /// Groups have fewer weights; strides have fewer places.
  @Test func groupsAndStrides() throws {
    var network = Architecture(name: "groups", input: FeatureShape(channels: 4, height: 9, width: 7))
    try network.append("a", Convolution(8, kernel: 3, stride: 2, padding: 1, groups: 4))
    try network.append("bn", BatchNorm())
    try network.append("b", Linear(3))
    let costs = network.costs(of: Mask(fullFor: network.layout))
    #expect(costs.map(\.name) == ["a", "b"] && costs.map(\.dense) == [8 * 9 * 5 * 4, 8 * 5 * 4 * 3])
  }
}
