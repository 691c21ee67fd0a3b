import Analysis
import Basics
import Foundation
import Networks
import Training

extension Connection {
  /// Joins the paths of all seeds.
  ///
  /// - Parameter paths: One list a fork, in the forks' order: seed by seed.
  func result(
    of forks: [Fork], _ paths: [[PathRecord]], _ dataset: DatasetSummary, totalSteps: Int, _ seconds: [String: Double]
  ) -> ConnectionResult {
    let first = paths[0][0]
    let joined = (0...(forks.map(\.place).max() ?? 0)).map { place -> ConnectionResult.Fork in
      let own = zip(forks, paths).filter { $0.0.place == place }
      return Self.joined(
        own[0].0, own.map(\.1), total: totalSteps, ticket: tickets.isEmpty ? nil : tickets[place].path)
    }
    return ConnectionResult(
      settings: Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) }), seeds: seeds,
      copies: copies, positions: first.positions, statisticsBatches: first.statisticsBatches,
      trainSamples: first.trainSamples, threshold: Self.threshold, dataset: dataset,
      forks: joined, verdict: joined.map(Self.sentence), seconds: seconds, reproduce: reproduce)
  }

  /// - Parameter seeds: The paths between the copies of each seed.
  private static func joined(_ fork: Fork, _ seeds: [[PathRecord]], total: Int, ticket: String?)
    -> ConnectionResult.Fork
  {
    /// Means over the pairs of a seed, then the interval over seeds.
    func interval(_ value: (PathRecord) -> Double) -> Interval {
      Interval(of: seeds.map { pairs in pairs.reduce(0) { $0 + value($1) } / Double(pairs.count) })
    }
    let test = interval(\.testInstability), places = seeds[0][0].positions.indices
    return ConnectionResult.Fork(
      step: fork.step, totalSteps: total, density: fork.mask.density, ticket: ticket, testInstability: test,
      trainInstability: interval(\.trainInstability), testEndError: interval { PathRecord.endError($0.testError) },
      trainEndError: interval { PathRecord.endError($0.trainError) },
      testPath: places.map { i in interval { $0.testError[i] } },
      trainPath: places.map { i in interval { $0.trainError[i] } }, isStable: test.mean < threshold)
  }

  private static func sentence(_ fork: ConnectionResult.Fork) -> String {
    let what = fork.ticket.map { "\($0), \(percent(fork.density)) of the weights," } ?? "The dense network"
    let value = fork.testInstability, count = value.values.count
    let range =
      count > 1 ? " (95 % interval \(points(value.low)) to \(points(value.high)), \(count) seeds)" : " (one seed)"
    let isClear = count > 1 && (value.high < threshold || value.low >= threshold)
    return """
      \(what) is \(fork.isStable ? "stable" : "unstable") from step \(fork.step) of \(fork.totalSteps) on: \
      instability \(points(value.mean)) points of test error\(range)\
      \(count == 1 || isClear ? "." : "; the interval reaches across the threshold of \(points(threshold)).")
      """
  }

  private static func percent(_ share: Double) -> String { String(format: "%.3g %%", 100 * share) }
  private static func points(_ share: Double) -> String { String(format: "%.2f", 100 * share) }
}
