import Basics
import Foundation

/// What the numbers of a study say, in sentences: first what each arm's tickets owe to what, then arms against the baseline.
struct StudyVerdict {
  let arms: [StudyArm]
  let baseline: StudyArm
  let comparisons: [StudyComparison]

  /// More arms than this are told together.
  private static let mostArms = 6

  var sentences: [String] { controls + differences }

  private var controls: [String] {
    let present = arms.filter { $0.dense != nil }
    guard !present.isEmpty else { return ["No seed is done."] }
    if present.count <= Self.mostArms { return present.map(control) }
    let matching = present.filter { $0.matching != nil }
    let winning = matching.filter { ($0.chosen?.leads["reinit"]?.low ?? -1) > 0 && $0.seeds.count > 1 }
    return [
      "\(matching.count) of \(present.count) arms have a matching ticket; in \(winning.count) of them it leads its re-initialised control beyond the 95 % interval."
    ]
  }

  private func control(_ arm: StudyArm) -> String {
    guard arm.matching != nil, let round = arm.chosen, let dense = arm.dense else {
      return "\(arm.label): no round matches the dense network (\(percent(arm.dense?.mean ?? 0)) %)."
    }
    let lead = round.leads["reinit"].map { "; against the re-initialised control \(interval($0))" } ?? ""
    return
      "\(arm.label): the sparsest matching ticket keeps \(percent(round.density)) % of the weights and reaches \(percent(round.ticket.mean)) % against \(percent(dense.mean)) % dense\(lead)."
  }

  private var differences: [String] {
    guard !comparisons.isEmpty else { return [] }
    let found = comparisons.filter { $0.adjusted < 0.05 }
    let seeds = comparisons.map(\.difference.values.count).min() ?? 0
    if seeds == 1 { return ["One seed gives no interval: arms cannot be told apart without several."] }
    guard !found.isEmpty else {
      return [
        "No arm differs from \(baseline.label) at equal numbers of weights beyond chance (\(comparisons.count) paired comparisons, Holm's adjustment at 0.05)."
      ]
    }
    let largest = found.max { $0.difference.mean.magnitude < $1.difference.mean.magnitude }!
    return [
      "\(found.count) of \(comparisons.count) paired comparisons with \(baseline.label) are beyond chance (Holm's adjustment at 0.05). The largest: \(largest.arm) at \(percent(largest.density)) % of the weights, \(interval(largest.difference))."
    ]
  }

  private func percent(_ share: Double) -> String { String(format: "%.2f", 100 * share) }

  private func interval(_ d: Interval) -> String {
    let mean = String(format: "%+.2f points", 100 * d.mean)
    return d.values.count > 1
      ? mean + String(format: " (95 %% interval %+.2f to %+.2f)", 100 * d.low, 100 * d.high) : mean
  }
}
