import Analysis
import Basics
import Datasets
import Experiments
import Foundation
import Lanes
import Methods
import TestSupport
import Testing
import Tickets

@Suite struct PredictSubnetsTests {
  private static let small = [
    "data=digits", "model=mlp:24,16,16,16", "steps=1ep", "batch=64", "samples=12", "held-out=6", "chosen=3",
    "repeats=2", "gcn-steps=10", "gcn-width=6",
  ]

  private func runner(
    _ scratch: Scratch, _ changes: [String], seeds: [UInt64] = [0]
  ) throws -> Runner<PredictSubnets> {
    var settings = PredictSubnetsSettings()
    for change in Self.small + changes { try settings.apply(change) }
    return Runner(PredictSubnets(settings, seeds: seeds), threads: 2, output: scratch.url)
  }

  /// A chain of `n` nodes and their features, with another order of the nodes.
  private func graphs(_ features: [[[Double]]], order: [Int]? = nil) -> GraphPredictor.Graphs {
    let n = features[0].count, order = order ?? Array(0..<n)
    var adjacency = Matrix(n, n)
    for i in 0..<n {
      for j in 0..<n where abs(order[i] - order[j]) <= 1 {
        func degree(_ k: Int) -> Double { k == 0 || k == n - 1 ? 2 : 3 }
        adjacency[i, j] = 1 / (degree(order[i]) * degree(order[j])).squareRoot()
      }
    }
    let pooling = Matrix(1, n, filledWith: 1 / Double(n))
    return GraphPredictor.Graphs(
      features: Matrix(features.flatMap { rows in order.map { rows[$0] } }),
      propagations: features.map { _ in adjacency }, poolings: features.map { _ in pooling })
  }

  private func features(_ count: Int, nodes: Int, _ random: inout RandomStream) -> [[[Double]]] {
    (0..<count).map { _ in (0..<nodes).map { [Double($0), random.nextUniform()] } }
  }

  /// The order in which nodes are listed changes no prediction.
  @Test func predictionsAreOfTheGraphAlone() {
    var random = RandomStream(seed: 1, "permutation"), recipe = GraphPredictor.Recipe()
    let features = features(20, nodes: 5, &random), order = [3, 0, 4, 1, 2]
    recipe.steps = 30
    let targets = features.map { $0.reduce(0) { $0 + $1[0] * $1[1] } }
    let fit = GraphPredictor(graphs(features), targets, recipe, seed: 0)
    let plain = fit.predicted(graphs(features)), moved = fit.predicted(graphs(features, order: order))
    for (a, b) in zip(plain, moved) { #expect(abs(a - b) < 1e-9) }
    #expect(Set(plain.map { ($0 * 1e6).rounded() }).count > 10)
  }

  /// Where the truth is a sum over nodes and measurements are noisy, a fit ranks the measured networks better than their own
  /// measurements do; the hinge on ranks does as well.
  @Test(arguments: [0, 0.5])
  func fitsRankBetterThanNoisyMeasurements(_ rank: Double) {
    var random = RandomStream(seed: 2, "noise"), recipe = GraphPredictor.Recipe()
    (recipe.width, recipe.layers, recipe.steps, recipe.rank) = (8, 1, 120, rank)
    let features = features(60, nodes: 5, &random)
    let truth = features.map { $0.reduce(0) { $0 + (1 + $1[0]) * $1[1] } }
    let spread = 2.5, measured = truth.map { $0 + spread * random.nextNormal() }
    let fit = GraphPredictor(graphs(features), measured, recipe, seed: 0)
    let raw = Kendall.tau(measured, truth), fitted = Kendall.tau(fit.predicted(graphs(features)), truth)
    #expect(fitted > raw + 0.03 && raw > 0.3, "fitted \(fitted), raw \(raw)")
  }

  /// Every chosen and every random network keeps to the budget, and its record says exactly how many weights it has.
  @Test(arguments: [[], ["drop-blocks=0.3"], ["measure=supernet", "pick=random"], ["exclude=output"]])
  func budgetsAreKept(_ changes: [String]) throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    let runner = try runner(scratch, ["budget=0.15"] + changes)
    let record = try runner.run(locator: DataLocator()), finding = record.finding
    #expect(finding.choices.map(\.name) == ["gcn", "ridge", "magnitude", "random"])
    #expect(finding.choices.allSatisfy { 0 < $0.mostWeights && $0.mostWeights <= finding.budget })
    let summary = try #require(SeedSummary(of: 0, in: runner.folder)),
      chosen = summary.stages.filter {
        ["gcn", "ridge", "magnitude", "random"].contains($0.arm)
      }
    #expect(chosen.count == 12 && chosen.allSatisfy { $0.remaining! <= finding.budget })
    #expect(chosen.map { $0.remaining! }.max() == finding.choices.map(\.mostWeights).max())
    #expect(finding.predictors.contains { $0.name == "raw" } == changes.contains("measure=supernet"))
    #expect(record.verdict.contains { $0.contains("related tool") && $0.contains("not a lottery-ticket result") })
  }

  /// What the verdict says of the graph network is what the differences show.
  @Test func verdictsFollowTheDifferences() throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    var record = try runner(scratch, ["model=mlp:24,16", "steps=3ep"], seeds: [0, 1]).run(locator: DataLocator())
    func verdict(_ differences: [Double]) -> String {
      record.finding.difference = Interval(of: differences)
      return PredictSubnets.verdict(record).joined(separator: " ")
    }
    #expect(verdict([0.2, 0.201]).contains("ranks better than ridge"))
    #expect(
      verdict([-0.2, -0.201]).contains("does not beat ridge") && verdict([-0.2, 0.1]).contains("not shown to beat"))
  }

  @Test(arguments: [
    (["budget=0.001"], "budget", "larger --budget"), (["samples=5000"], "fewer than", "fewer --samples"),
    (["drop-blocks=0.5", "model=mlp:24,16"], "no block", "resnet-20"),
    (["keep-rates=0.5"], "keep-rates", "two or more"),
  ])
  func refusesWhatCannotWork(_ changes: [String], _ words: String, _ remedy: String) throws {
    let scratch = try Scratch()
    defer { withExtendedLifetime(scratch) {} }
    try expectUsage(words, remedy) { _ = try runner(scratch, changes).run(locator: DataLocator()) }
  }
}
