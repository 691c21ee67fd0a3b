import Analysis
import Basics
import Lanes
import Networks

/// What predictors made of one seed's samples, as kept on disk.
struct SubnetFit: Codable, Equatable, Sendable {
  /// One way of ranking sub-networks.
  struct Predictor: Codable, Equatable, Sendable {
    var name: String
    var title: String
    /// Kendall's tau on the held-out networks, with the ends of its bootstrap over these.
    var tau: Double
    var low: Double
    var high: Double
    /// On the held-out networks.
    var scores: [Double]
    /// Fitted to the first `counts` samples each.
    var taus: [Double]
    /// Best first; empty for those that choose none.
    var chosen: [SubnetConfiguration]
  }

  var predictors: [Predictor]
  var counts: [Int]
  var random: [SubnetConfiguration]
  /// Sub-networks within the budget that were ranked.
  var candidates: Int
  /// The graph network's tau minus ridge regression's.
  var difference: Double
  var differenceLow: Double
  var differenceHigh: Double
  var ridgeStrength: Double
  /// Accuracies of the held-out networks.
  var truth: [Double]
  /// Of fitting and ranking.
  var seconds: Double
}

extension SubnetFit: Sound {
  var isSound: Bool {
    predictors.count >= 2
      && predictors.allSatisfy { $0.scores.count == truth.count && [0, counts.count].contains($0.taus.count) }
  }
}

/// Fits the predictors of one seed and has them choose.
struct SubnetFitting {
  let settings: PredictSubnetsSettings
  let space: SubnetSpace
  let features: SubnetFeatures
  let budget: Int
  let seed: UInt64
  private let edges: EdgeTable

  init(_ settings: PredictSubnetsSettings, _ space: SubnetSpace, _ features: SubnetFeatures, budget: Int, seed: UInt64)
  {
    (self.settings, self.space, self.features, self.budget, self.seed) = (settings, space, features, budget, seed)
    edges = EdgeTable(space)
  }

  /// Edges by the blocks that are dropped.
  private final class EdgeTable {
    private let space: SubnetSpace
    private var known: [[Int]: [(from: Int, to: Int)]] = [:]
    init(_ space: SubnetSpace) { self.space = space }
    func edges(_ configuration: SubnetConfiguration) throws -> [(from: Int, to: Int)] {
      if let edges = known[configuration.dropped] { return edges }
      let edges = space.edges(try space.edited(configuration)?.architecture ?? space.architecture)
      known[configuration.dropped] = edges
      return edges
    }
  }

  private func graphs(_ list: [SubnetConfiguration]) throws -> [SubnetGraph] {
    try list.map { features.graph($0, edges: try edges.edges($0)) }
  }

  private var recipe: GraphPredictor.Recipe {
    var recipe = GraphPredictor.Recipe()
    (recipe.width, recipe.layers, recipe.steps) = (settings.width, settings.layers, settings.steps)
    (recipe.rate, recipe.rank) = (settings.rate, settings.rank)
    return recipe
  }

  /// Sub-networks within the budget, none of those already measured, in random order. Stream: `subnet-candidates`.
  static func candidates(
    _ space: SubnetSpace, budget: Int, besides taken: Set<SubnetConfiguration>, seed: UInt64
  ) -> [SubnetConfiguration] {
    var random = RandomStream(seed: seed, "subnet-candidates")
    guard let all = space.all else {
      return space.draw(SubnetSpace.listed / 4, besides: taken, &random) { space.weights($0) <= budget }
    }
    var left = all.filter { !taken.contains($0) && space.weights($0) <= budget }
    random.shuffle(&left)
    return left
  }

  /// - Parameters:
  ///   - accuracies: Of the samples, as measured.
  ///   - truth: Of the held-out networks, by training.
  ///   - raw: Of the held-out networks as samples are measured, where that is something else.
  func fit(
    _ samples: [SubnetConfiguration], _ accuracies: [Double], heldOut: [SubnetConfiguration], truth: [Double],
    raw: [Double]?
  ) throws -> SubnetFit {
    let watch = Stopwatch(), graphs = try graphs(samples), tested = try self.graphs(heldOut)
    let counts = [samples.count / 4, samples.count / 2, samples.count].filter { $0 >= 2 }
    let candidates = Self.candidates(space, budget: budget, besides: Set(samples + heldOut), seed: seed)
    guard candidates.count >= settings.chosen else { throw SubnetWork.tooFew(candidates.count, settings) }
    let ranked = try self.graphs(candidates)

    let networks = counts.map {
      GraphPredictor(.init(Array(graphs.prefix($0))), Array(accuracies.prefix($0)), recipe, seed: seed)
    }
    let ridges = counts.map { count in
      RidgeRegression(
        crossValidated: graphs.prefix(count).map(SubnetFeatures.row), Array(accuracies.prefix(count)))
    }
    var predictors = [
      predictor(
        "gcn", "Graph network", networks.map { $0.predicted(.init(tested)) }, truth,
        best(candidates, batches(ranked).flatMap { networks.last!.predicted(.init($0)) })),
      predictor(
        "ridge", "Ridge regression", ridges.map { fit in tested.map { fit.predicted(SubnetFeatures.row($0)) } }, truth,
        best(candidates, ranked.map { ridges.last!.predicted(SubnetFeatures.row($0)) })),
    ]
    let known = samples.map(features.heuristics), held = heldOut.map(features.heuristics)
    let taus = SubnetFeatures.heuristics.indices.map { i in Kendall.tau(known.map { $0[i] }, accuracies) }
    let leader = taus.indices.reduce(0) { taus[$1] > taus[$0] ? $1 : $0 }
    for (i, title) in SubnetFeatures.heuristics.enumerated() {
      let chosen = i == leader ? best(candidates, candidates.map { features.heuristics($0)[i] }) : []
      predictors.append(predictor("heuristic-\(i)", title, [held.map { $0[i] }], truth, chosen))
    }
    if let raw { predictors.append(predictor("raw", "Super-network itself", [raw], truth, [])) }
    let (graph, ridge) = (predictors[0].scores, predictors[1].scores)
    let ends = bootstrap("difference", truth.count) { places in
      tau(graph, truth, places) - tau(ridge, truth, places)
    }
    return SubnetFit(
      predictors: predictors, counts: counts, random: Array(candidates.suffix(settings.chosen)),
      candidates: candidates.count, difference: predictors[0].tau - predictors[1].tau, differenceLow: ends.low,
      differenceHigh: ends.high, ridgeStrength: ridges.last!.strength, truth: truth, seconds: watch.seconds)
  }

  /// Parts small enough to be held on a tape.
  private func batches(_ graphs: [SubnetGraph]) -> [[SubnetGraph]] {
    stride(from: 0, to: graphs.count, by: 500).map { Array(graphs[$0..<min($0 + 500, graphs.count)]) }
  }

  /// The candidates of highest score, of equal ones the earlier.
  private func best(_ candidates: [SubnetConfiguration], _ scores: [Double]) -> [SubnetConfiguration] {
    candidates.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }.prefix(settings.chosen).map { candidates[$0] }
  }

  private func tau(_ a: [Double], _ b: [Double], _ places: [Int]) -> Double {
    Kendall.tau(places.map { a[$0] }, places.map { b[$0] })
  }

  private func bootstrap(_ name: String, _ count: Int, _ statistic: ([Int]) -> Double) -> (low: Double, high: Double) {
    Bootstrap.ends(count: count, name: "subnets/\(seed)/\(name)", resamples: 1000, statistic: statistic)
  }

  /// - Parameter scores: Of the held-out networks, for each number of samples; the last counts.
  private func predictor(
    _ name: String, _ title: String, _ scores: [[Double]], _ truth: [Double], _ chosen: [SubnetConfiguration]
  ) -> SubnetFit.Predictor {
    let last = scores.last!, ends = bootstrap(name, truth.count) { tau(last, truth, $0) }
    return SubnetFit.Predictor(
      name: name, title: title, tau: Kendall.tau(last, truth), low: ends.low, high: ends.high, scores: last,
      taus: scores.count > 1 ? scores.map { Kendall.tau($0, truth) } : [], chosen: chosen)
  }
}
