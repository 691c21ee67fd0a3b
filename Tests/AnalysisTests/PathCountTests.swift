import Analysis
import Basics
import Networks
import Testing

@Suite struct PathCountTests {
  /// 2x2 pixels, three units, two units; by hand.
  private func network() throws -> (Mask, [ParameterLayout.Entry]) {
    var network = Architecture(name: "x", input: FeatureShape(channels: 4))
    try network.append("fc1", Linear(3))
    try network.append("relu", Rectifier())
    try network.append("fc2", Linear(2))
    var mask = Mask(fullFor: network.layout)
    let entries = network.layout.prunable
    for entry in entries { for i in entry.range { mask.keeps[i] = false } }
    for (unit, pixel) in [(0, 0), (0, 1), (1, 1), (2, 3)] { mask.keeps[entries[0].offset + unit * 4 + pixel] = true }
    for (unit, below) in [(0, 0), (0, 1), (1, 2)] { mask.keeps[entries[1].offset + unit * 3 + below] = true }
    return (mask, entries)
  }

  private let shape = FeatureShape(channels: 1, height: 2, width: 2)

  @Test func countsPaths() throws {
    let (mask, entries) = try network()
    let counts = PathCounts.chain(entries, mask, shape: shape)
    #expect(counts[0].values == [1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1])
    #expect(counts[1].values == [1, 2, 0, 0, 0, 0, 0, 1])
    #expect(counts[1].fields.inputs(of: 0) == [0, 1] && counts[1].fields.inputs(of: 1) == [3])
    #expect(counts[0].fields == ReceptiveFields(mask, entries[0], shape: shape))
  }

  @Test func multipliesWeights() throws {
    let (mask, entries) = try network()
    var weights = Parameters(zerosFor: mask.layout)
    for i in weights.values.indices { weights.values[i] = Float(i) - 5 }
    let product = PathCounts.chain(entries, mask, shape: shape, weights: weights)[1]
    func w(_ layer: Int, _ place: Int) -> Float { weights.values[entries[layer].offset + place] }
    #expect(product.values[0] == w(1, 0) * w(0, 0))
    #expect(product.values[1] == w(1, 0) * w(0, 1) + w(1, 1) * w(0, 5))
    #expect(product.values[7] == w(1, 5) * w(0, 11))
    #expect(product.values[2...6].allSatisfy { $0 == 0 })
  }

  /// With all entries 1 the weighted share is that of the mask; with others, by hand: 2 of the pairs (1, 2), (1, 3), (2, 3).
  @Test func sharesAreWeighted() throws {
    let (mask, entries) = try network()
    let counts = PathCounts.chain(entries, mask, shape: shape)
    #expect(counts[0].weightedShare(within: 1) == LocalityStatistics(counts[0].fields)[.within1])
    let line = FeatureShape(channels: 1, height: 1, width: 4)
    var weights = Parameters(zerosFor: mask.layout)
    for (pixel, value) in [(0, Float(1)), (1, -2)] { weights.values[entries[0].offset + pixel] = value }
    weights.values[entries[0].offset + 3] = 3
    var wider = mask
    wider.keeps[entries[0].offset + 3] = true
    let product = PathCounts.chain([entries[0]], wider, shape: line, weights: weights)[0]
    #expect(product.weightedShare(within: 1) == 2.0 / (2 + 3 + 6))
    #expect(product.weightedShare(within: 2) == 8.0 / 11)
  }
}
