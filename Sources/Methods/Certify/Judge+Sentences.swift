import Basics
import Foundation

extension Judge {
  /// What was decided and why, one sentence a line.
  package static func sentences(
    _ verdict: CertifiedVerdict, _ conditions: [CertifiedCondition], _ checks: [CertifiedCheck], seeds: Int
  ) -> [String] {
    if conditions.contains(where: \.isIdle) {
      return ["Undecided by condition 0: nothing can be said of a ticket of a network that did not learn."]
    }
    let failing = conditions.filter { $0.state == .fails }, open = conditions.filter { $0.state == .undecided }
    let head: String
    switch verdict {
    case .jackpot: head = "Jackpot: all five conditions hold. \(tightest(conditions))"
    case .secondaryPrize:
      head = "Secondary prize: the first four conditions hold; \(failing.map(reason).joined(separator: "; "))."
    case .none:
      let first = failing.filter { $0.number < 5 }
      head = "No winning ticket: \(first.map(reason).joined(separator: "; "))."
    case .undecided:
      let least = open.allSatisfy { $0.number == 5 } ? " It is at least a secondary prize." : ""
      head = "Undecided with \(seeds) seed\(seeds == 1 ? "" : "s"): \(open.map(doubt).joined(separator: "; ")).\(least)"
    }
    return [head] + (verdict == .undecided ? more(open, seeds) : []) + checks.map(sentence)
  }

  private static func tightest(_ conditions: [CertifiedCondition]) -> String {
    let several = conditions.filter { $0.number > 0 && $0.value.values.count > 1 }
    guard let least = several.min(by: { $0.margin < $1.margin }) else { return "" }
    return "The smallest margin is that of condition \(least.number), \(points(least.margin)) points."
  }

  private static func reason(_ condition: CertifiedCondition) -> String {
    "condition \(condition.number) fails (\(condition.statement)) by \(points(-condition.margin, signed: false)) points"
  }

  private static func doubt(_ condition: CertifiedCondition) -> String {
    "condition \(condition.number) is open (\(condition.statement); \(points(condition.value.mean)) points against \(points(condition.threshold)))"
  }

  private static func more(_ open: [CertifiedCondition], _ seeds: Int) -> [String] {
    if seeds == 1 && !open.isEmpty { return ["One seed decides nothing: run several (--seeds 5)."] }
    guard let needed = open.compactMap(\.seedsNeeded).max() else { return [] }
    return ["About \(needed) seeds would decide it, if the spread stays as it is (power 80 %)."]
  }

  /// On one network beside the ticket.
  static func sentence(_ check: CertifiedCheck) -> String {
    let lead =
      check.lead.values.count > 1
      ? "\(points(check.lead.mean)) points (\(points(check.lead.low)) to \(points(check.lead.high)))"
      : "\(points(check.lead.mean)) points"
    let excludesZero = check.lead.values.count > 1 && (check.lead.low > 0 || check.lead.high < 0)
    let known =
      check.chance < 0.05 ? "" : excludesZero ? ", open once corrected for the number of checks" : ", within chance"
    return "Ticket's lead over \(check.kind.summary): \(lead)\(known)."
  }

  private static func points(_ share: Double, signed: Bool = true) -> String {
    String(format: signed ? "%+.2f" : "%.2f", 100 * share)
  }
}
