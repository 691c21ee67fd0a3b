import Basics
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// Networks of signs from their search to their bits.
@Suite struct BinaryNetworkTests {
  private func network() throws -> Architecture {
    var network = Architecture(name: "signs", input: FeatureShape(channels: 1, height: 1, width: 30))
    for (i, layer)
      in ([
        Linear(90), BatchNorm(), Sign(), Linear(70, hasBias: false), Sign(), Linear(33), BatchNorm(), Sign(), Linear(3),
      ] as [any Layer]).enumerated()
    {
      try network.append("node\(i)", layer)
    }
    return network
  }

  private func run(_ network: Architecture, sumsAreExact: Bool) throws -> (
    run: Run, frozen: Parameters, mask: () -> Mask
  ) {
    let layout = network.layout, frozen = Initializer.kaimingNormal.parameters(for: layout, seed: 1)
    var scores = frozen
    let drawn = Initializer.torchUniform.parameters(for: layout, seed: 1, stream: "scores")
    for entry in layout.prunable { scores.values.replaceSubrange(entry.range, with: drawn.values[entry.range]) }
    var recipe = Recipe()
    (recipe.batch, recipe.learningRate, recipe.momentum, recipe.steps) = (32, 0.1, 0.9, .iterations(50))
    let selection = ScoreSelection(keep: 0.4), data = Samples.random(300, size: 30, classes: 3)
    let run = Run(
      network, start: scores, recipe: recipe,
      data: try TrainingData(data.dataset(classes: 3), validationCount: 40, seed: 1), pool: ThreadPool(threads: 1),
      materialisation: BinaryScores(
        frozen: frozen, selection: selection, learnsNorm: true, sumsAreExact: sumsAreExact))
    return (run, frozen, { selection.mask(run.parameters) })
  }

  /// What a search found gives the same outputs in bits as in floats, to the last bit.
  @Test func foundNetworksRunInBits() throws {
    let network = try network(), (run, _, _) = try run(network, sumsAreExact: true)
    for _ in 0..<25 { run.takeStep() }
    let expected = run.outputs(.test).outputs
    let packed = try PackedNetwork(network, run.weights, batch: expected.count)
    for sample in expected.indices { packed.load(run.data.test.input(sample), at: sample) }
    packed.run(on: ThreadPool(threads: 2))
    #expect(packed.isExact && packed.output(count: expected.count) == expected)
    #expect(Set(expected.map { $0.firstIndex(of: $0.max()!)! }).count == 3, "it tells the classes apart")
  }

  /// Gains of few digits are the mean size of the kept weights within 2^-(24 - d) of it, for a fan-in of d bits.
  @Test func gainsHaveFewDigits() throws {
    let network = try network(), (run, frozen, mask) = try run(network, sumsAreExact: true)
    for _ in 0..<5 { run.takeStep() }
    let keeps = mask().keeps
    for entry in network.layout.prunable {
      let kept = entry.range.filter { keeps[$0] }, gain = abs(run.weights.values[kept[0]])
      let mean = kept.reduce(0) { $0 + Double(abs(frozen.values[$1])) } / Double(kept.count)
      let digits = 64 - entry.shape.fanIn.leadingZeroBitCount
      #expect(gain.significandWidth + 1 <= 24 - digits)
      #expect(abs(Double(gain) / mean - 1) <= 1 / Double(1 << (24 - digits)))
    }
  }
}
