import Analysis
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
    let doubt = TicketClaim.doubt(seeds: present.map(\.seeds.count).min() ?? 0).map { [$0] } ?? []
    if present.count <= Self.mostArms { return present.map(control) + doubt }
    let idle = present.count { $0.learning?.hasLearned == false }
    let claims = present.filter { $0.matching != nil }.compactMap(\.claim)
    let matching = claims.count { $0.match.isShown }, winning = claims.count(where: \.isWinning)
    return (idle > 0 ? ["In \(idle) of \(present.count) arms the dense network did not learn."] : []) + [
      """
      \(matching) of \(present.count) arms have a ticket that is shown to match; \(winning) of them a winning one, which \
      leads its re-initialised and its shuffled control as well, each beyond the 95 % interval.
      """
    ] + doubt
  }

  private func control(_ arm: SweepArm) -> String {
    if let sentence = arm.learning?.sentence() { return "\(arm.label): \(sentence)" }
    guard arm.matching != nil, let round = arm.chosen, let dense = arm.dense, let claim = arm.claim else {
      return "\(arm.label): no round matches the dense network (\(percent(arm.dense?.mean ?? 0)) %)."
    }
    let lead = round.leads[Reinitialised.name].map { "; against the re-initialised control \(points($0))" } ?? ""
    let what =
      claim.isWinning ? "a winning ticket" : claim.match.isShown ? "a matching ticket" : "a ticket, not shown to match,"
    return """
      \(arm.label): \(what) keeps \(percent(round.density)) % of the weights and reaches \(percent(round.ticket.mean)) % \
      against \(percent(dense.mean)) % dense, \(points(claim.match.difference))\(lead).
      """
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
