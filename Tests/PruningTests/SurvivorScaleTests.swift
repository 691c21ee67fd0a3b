import Basics
import Networks
import Pruning
import TestSupport
import Testing

@Suite struct SurvivorScaleTests {
  /// Two units of four inputs: one of the first unit's stays, which doubles it; all of the second's, which leaves them.
  @Test func everyUnitKeepsItsVariance() throws {
    let input = FeatureShape(channels: 1, height: 1, width: 4)
    let network = try ModelCatalog.architecture("mlp:2", input: input, classes: 2)
    let layout = network.layout, first = layout.prunable[0], last = layout.prunable[1]
    var parameters = Parameters(zerosFor: layout), mask = Mask(fullFor: layout)
    for i in 0..<layout.count { parameters.values[i] = Float(i + 1) }
    for i in [0, 1, 3] { mask.keeps[first.offset + i] = false }
    for i in last.range { mask.keeps[i] = false }
    let scaled = parameters.rescaled(forSurvivorsOf: mask)
    #expect(scaled.values[first.offset + 2] == 2 * parameters.values[first.offset + 2])
    for i in 4..<8 { #expect(scaled.values[first.offset + i] == parameters.values[first.offset + i]) }
    for entry in layout.entries where entry != first {
      #expect(scaled.values[entry.range] == parameters.values[entry.range])
    }
  }
}
