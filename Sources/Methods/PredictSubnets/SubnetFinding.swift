import Analysis
public import Basics
public import Experiments
import Networks
import Tickets
import Training

/// How well sub-networks can be ranked by a few of them, and what that chooses.
public struct SubnetFinding: Codable, Equatable, Sendable {
  /// A way of ranking.
  public struct Predictor: Codable, Equatable, Sendable {
    package var name: String
    package var title: String
    /// Kendall's tau on the held-out networks.
    package var tau: Interval
    /// The ends of each seed's bootstrap over these.
    package var lows: [Double]
    package var highs: [Double]
    /// With fewer samples; empty for those that are not fitted.
    package var taus: [Interval]
  }

  /// Networks that were chosen within the budget.
  public struct Choice: Codable, Equatable, Sendable {
    package var name: String
    package var title: String
    /// Test accuracy of the one that is best on the validation set, and the mean of all.
    package var bestAccuracy: Interval
    package var meanAccuracy: Interval
    /// The most weights that one of them has, over all seeds.
    package var mostWeights: Int
    /// Of every layer the mean keep rate, 0 for one that is dropped.
    package var rates: [Interval]
  }

  /// A held-out network of the first seed.
  public struct Point: Codable, Equatable, Sendable {
    package var predicted: Double
    package var measuredAccuracy: Double
  }

  package var measure: String
  package var layers: [String]
  /// Of the network without any pruning.
  package var weights: Int
  package var budget: Int
  package var sampleCount: Int
  package var heldOutCount: Int
  /// Numbers of samples of `taus`.
  package var counts: [Int]
  package var candidates: Interval
  package var dense: Interval
  /// Validation accuracy of the held-out networks: mean and standard deviation; deviation over orders of the data.
  package var heldOutAccuracy: Interval
  package var heldOutSpread: Interval
  package var noise: Interval
  package var predictors: [Predictor]
  /// tau of the graph network minus that of ridge regression, with the ends of each seed's bootstrap.
  package var difference: Interval
  package var differenceLows: [Double]
  package var differenceHighs: [Double]
  package var choices: [Choice]
  /// Of the graph network, then of ridge regression.
  package var points: [[Point]]
  package var fitSeconds: Double
}

extension SubnetFinding: Sound {
  public var isSound: Bool {
    ([dense, difference] + predictors.map(\.tau) + choices.flatMap { [$0.bestAccuracy, $0.meanAccuracy] }).arePaired
      && choices.allSatisfy { $0.rates.count == layers.count }
      && predictors.allSatisfy { $0.taus.isEmpty || $0.taus.count == counts.count }
  }

  subscript(predictor name: String) -> Predictor? { predictors.first { $0.name == name } }
  subscript(choice name: String) -> Choice? { choices.first { $0.name == name } }
}

extension PredictSubnets {
  public func finding(_ records: Records<Material>) throws -> SubnetFinding {
    let space = records.material.space
    let fits = try records.seeds.map { seed -> SubnetFit in
      let store = try records.store(of: seed)
      guard let fit: SubnetFit = store.value(Self.fit) else { throw store.missing(Self.fit) }
      return fit
    }
    let noise = try (0..<settings.repeats).map { try records.records(Self.stage("noise", $0)) }
    func perSeed(_ value: (Int) -> Double) -> Interval { Interval(of: fits.indices.map(value)) }
    let first = fits[0]
    return SubnetFinding(
      measure: settings.measure.rawValue, layers: space.entries.map(\.layer),
      weights: space.architecture.layout.prunableCount, budget: records.material.budget,
      sampleCount: settings.samples, heldOutCount: settings.heldOut, counts: first.counts,
      candidates: perSeed { Double(fits[$0].candidates) },
      dense: Interval(of: try records.records(Self.dense).map(\.last.testAccuracy)),
      heldOutAccuracy: perSeed { Self.mean(fits[$0].truth) }, heldOutSpread: perSeed { Self.deviation(fits[$0].truth) },
      noise: perSeed { seed in Self.deviation(noise.map { $0[seed].last.validationAccuracy }) },
      predictors: first.predictors.indices.map { predictor($0, fits) }, difference: perSeed { fits[$0].difference },
      differenceLows: fits.map(\.differenceLow), differenceHighs: fits.map(\.differenceHigh),
      choices: try Self.choosers.compactMap { try choice($0, fits, records) },
      points: first.predictors.prefix(2).map { predictor in
        zip(predictor.scores, first.truth).map { SubnetFinding.Point(predicted: $0, measuredAccuracy: $1) }
      }, fitSeconds: fits.reduce(0) { $0 + $1.seconds })
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private static func deviation(_ values: [Double]) -> Double {
    let mean = mean(values), squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(max(1, values.count - 1))).squareRoot()
  }

  private func predictor(_ place: Int, _ fits: [SubnetFit]) -> SubnetFinding.Predictor {
    let all = fits.map { $0.predictors[place] }
    return SubnetFinding.Predictor(
      name: all[0].name, title: all[0].title, tau: Interval(of: all.map(\.tau)), lows: all.map(\.low),
      highs: all.map(\.high),
      taus: all[0].taus.indices.map { i in Interval(of: all.map { $0.taus[i] }) })
  }

  /// `nil` where a network of it could not be finished.
  private func choice(
    _ name: String, _ fits: [SubnetFit], _ records: Records<Material>
  ) throws -> SubnetFinding.Choice? {
    let stages = (0..<settings.chosen).map { Self.stage(name, $0) }, space = records.material.space
    guard stages.allSatisfy(records.has) else { return nil }
    let trained = try stages.map { try records.records($0).map(\.last) }
    let bySeed = fits.indices.map { seed in trained.map { $0[seed] } }
    let best = bySeed.map { points in
      points.dropFirst().reduce(points[0]) { $1.validationAccuracy > $0.validationAccuracy ? $1 : $0 }
    }
    let chosen = fits.map { $0.chosen(name) }
    let titles = [
      "gcn": "Graph network", "ridge": "Ridge regression", "magnitude": "Best heuristic", "random": "Random",
    ]
    return SubnetFinding.Choice(
      name: name, title: titles[name]!, bestAccuracy: Interval(of: best.map(\.testAccuracy)),
      meanAccuracy: Interval(of: bySeed.map { Self.mean($0.map(\.testAccuracy)) }),
      mostWeights: chosen.joined().map(space.weights).max() ?? 0,
      rates: space.entries.indices.map { layer in
        Interval(
          of: chosen.map { list in
            Self.mean(list.map { $0.choices[layer] < 0 ? 0 : space.rates[$0.choices[layer]] })
          })
      })
  }

  public static func figures(_ record: Record<SubnetFinding>) -> [String: Double] {
    let finding = record.finding
    var figures = ["dense": finding.dense.mean]
    figures["tau"] = finding[predictor: "gcn"]?.tau.mean
    figures["ridgeTau"] = finding[predictor: "ridge"]?.tau.mean
    figures["accuracy"] = finding[choice: "gcn"]?.bestAccuracy.mean
    return figures
  }
}
