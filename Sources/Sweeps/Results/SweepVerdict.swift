import Basics
import Experiments
import Foundation
import Tickets

/// What the numbers of a sweep say, in sentences: first what each arm's tickets owe to what, then arms against the baseline.
struct SweepVerdict {
  private let result: SweepResult
  private let metric: Metric

  init(_ result: SweepResult) {
    self.result = result
    metric = MetricCatalog.metric(result.metric)
  }

  /// More arms than this are told together.
  private static let mostArms = 6

  var sentences: [String] {
    result.done == 0 ? ["No seed is done."] : (result.hasTickets ? controls : []) + differences
  }

  private var controls: [String] {
    let present = result.arms.filter { $0.dense != nil }
    if present.count <= Self.mostArms { return present.map(control) }
    let matching = present.filter { $0.matching != nil }
    let winning = matching.filter { ($0.chosen?.leads[Reinitialised.name]?.low ?? -1) > 0 && $0.seeds.count > 1 }
    return [
      "\(matching.count) of \(present.count) arms have a matching ticket; in \(winning.count) of them it leads its re-initialised control beyond the 95 % interval."
    ]
  }

  private func control(_ arm: SweepArm) -> String {
    guard arm.matching != nil, let round = arm.chosen, let dense = arm.dense else {
      return "\(arm.label): no round matches the dense network (\(percent(arm.dense?.mean ?? 0)) %)."
    }
    let lead = round.leads[Reinitialised.name].map { "; against the re-initialised control \(points($0))" } ?? ""
    return
      "\(arm.label): the sparsest matching ticket keeps \(percent(round.density)) % of the weights and reaches \(percent(round.ticket.mean)) % against \(percent(dense.mean)) % dense\(lead)."
  }

  private var differences: [String] {
    let comparisons = result.comparisons
    guard !comparisons.isEmpty else { return [] }
    let found = comparisons.filter { $0.adjusted < 0.05 }
    let seeds = comparisons.map(\.difference.values.count).min() ?? 0
    if seeds == 1 { return ["One seed gives no interval: arms cannot be told apart without several."] }
    let what = result.hasTickets ? "at equal numbers of weights" : "in \(metric.title.lowercased())"
    guard !found.isEmpty else {
      return [
        "No arm differs from \(result.baseline) \(what) beyond chance (\(comparisons.count) paired comparisons, Holm's adjustment at 0.05)."
      ]
    }
    let largest = found.max { $0.difference.mean.magnitude < $1.difference.mean.magnitude }!
    let place = largest.stage ?? "\(percent(largest.density ?? 0)) % of the weights"
    return [
      "\(found.count) of \(comparisons.count) paired comparisons with \(result.baseline) are beyond chance (Holm's adjustment at 0.05). The largest: \(largest.arm) at \(place), \(points(largest.difference))."
    ]
  }

  private func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }

  /// Of shares in points, of others as they are.
  private func points(_ d: Interval) -> String {
    let scale = metric.isShare ? 100.0 : 1, unit = metric.isShare ? " points" : ""
    let mean = String(format: "%+.2f", scale * d.mean) + unit
    return d.values.count > 1
      ? mean + String(format: " (95 %% interval %+.2f to %+.2f)", scale * d.low, scale * d.high) : mean
  }
}
