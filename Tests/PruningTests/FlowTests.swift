import Basics
import Lanes
import Networks
import Pruning
import TestSupport
import Testing

@Suite struct FlowTests {
  private func bias(_ input: FeatureShape, _ layers: [any Layer]) throws -> Architecture {
    var result = Architecture(name: "flow", input: input)
    for (i, layer) in layers.enumerated() { try result.append("layer\(i + 1)", layer) }
    return result
  }

  private func networks() throws -> [Architecture] {
    [
      try bias(FeatureShape(channels: 30), [Linear(20), Rectifier(), Linear(40), Rectifier(), Linear(3)]),
      try bias(
        FeatureShape(channels: 2, height: 8, width: 8),
        [
          Convolution(6, kernel: 3), Rectifier(), AveragePool(size: 2), Convolution(5, kernel: 3), Rectifier(),
          AveragePool(), Linear(4),
        ]),
    ]
  }

  /// What flows through a layer is what flows out of the network: all layers' scores have the same sum.
  @Test func layersHaveTheSameSum() throws {
    for architecture in try networks() {
      let layout = architecture.layout
      let start = Initializer.kaimingNormal.parameters(for: layout, seed: 1)
      for mask in [Mask(fullFor: layout), Mask.random(layout, density: 0.5)] {
        let scores = try SynFlow.flow(architecture, start, mask)
        let sums = layout.prunable.map { scores[$0.range].reduce(0, +) }
        for sum in sums { #expect(abs(sum - sums[0]) <= 1e-6 * sums[0] && sum > 0, "\(sums)") }
      }
    }
  }

  /// The scores of the weights into a hidden unit add up to those of the weights out of it.
  @Test func unitsConserveTheirFlow() throws {
    let architecture = try networks()[0], layout = architecture.layout
    let start = Initializer.kaimingNormal.parameters(for: layout, seed: 1)
    let scores = try SynFlow.flow(architecture, start, Mask(fullFor: layout))
    let first = layout.prunable[0], second = layout.prunable[1]
    for unit in 0..<20 {
      let into = (0..<30).reduce(0.0) { $0 + scores[first.offset + unit * 30 + $1] }
      let out = (0..<40).reduce(0.0) { $0 + scores[second.offset + $1 * 20 + unit] }
      #expect(abs(into - out) <= 1e-12 * into)
    }
  }

  /// At 0.1 % of a network whose first layer is 100 times its second, one-shot SNIP empties a layer and SynFlow does not.
  @Test func emptiesNoLayer() throws {
    let toy = try Toy("mlp:300", inputs: 200, classes: 2, samples: 200), full = Mask(fullFor: toy.architecture.layout)
    let request = AllocationRequest(mask: full, fraction: 0.999, entries: full.layout.prunable)
    func mask(_ criterion: any Criterion, allowsEmptyLayers: Bool = true) throws -> Mask {
      try Pruner.prune(
        request, by: criterion, GlobalAllocation(), context: toy.context(ScoringSamples(batches: 1, batch: 100)),
        allowsEmptyLayers: allowsEmptyLayers)
    }
    #expect(try mask(SynFlow(), allowsEmptyLayers: false).remaining == 61)
    let snip = try mask(SNIP())
    #expect(snip.remaining == 61 && snip.emptiedLayers(since: full).map(\.layer) == ["fc1"])
    let problem = #expect(throws: Problem.self) { try mask(SNIP(), allowsEmptyLayers: false) }
    #expect(problem?.problem.contains("fc1") == true)
  }
}

/// 200 inputs, 20 of which tell the class: what sees data finds them, what does not is at chance.
@Suite struct IrrelevantInputTests {
  private let toy: Toy
  private static let informative = 20

  init() throws {
    let count = 4010, size = 200
    var random = RandomStream(seed: 1, "test/informative")
    let teacher = (0..<Self.informative).map { _ in random.nextNormal() }
    let inputs = (0..<count * size).map { _ in Float(random.nextNormal()) }
    let labels = (0..<count).map { sample -> Int32 in
      let sum = teacher.enumerated().reduce(0) { $0 + $1.element * Double(inputs[sample * size + $1.offset]) }
      return sum > 0 ? 1 : 0
    }
    toy = try Toy(
      try ModelCatalog.architecture("mlp:64", input: FeatureShape(channels: 1, height: 1, width: size), classes: 2),
      Samples(inputs: inputs, labels: labels, size: size))
  }

  /// The share of the first layer's surviving weights that come from informative inputs, at 90 % sparsity.
  private func share(_ name: String) throws -> (share: Double, count: Int) {
    let full = Mask(fullFor: toy.architecture.layout), first = full.layout.prunable[0]
    let request = AllocationRequest(mask: full, fraction: 0.9, entries: [first])
    let mask = try Pruner.prune(
      request, by: try CriterionCatalog.criterion(named: name), GlobalAllocation(),
      context: toy.context(ScoringSamples(batches: 10, batch: 400)))
    let kept = first.range.filter { mask.keeps[$0] }
    let informed = kept.count { ($0 - first.offset) % 200 < Self.informative }
    return (Double(informed) / Double(kept.count), kept.count)
  }

  @Test(arguments: ["snip", "iterative-snip", "force", "one:grad@init"])
  func dataFindTheInformativeOnes(_ name: String) throws {
    let found = try share(name)
    #expect(found.share > 0.3, "\(name): \(found.share), chance is 0.1")
  }

  @Test(arguments: ["magnitude-at-init", "synflow", "random"])
  func withoutDataTheyAreAtChance(_ name: String) throws {
    let found = try share(name), deviation = (0.1 * 0.9 / Double(found.count)).squareRoot()
    #expect(abs(found.share - 0.1) < 4 * deviation, "\(name): \(found.share), chance is 0.1")
  }
}
