import Analysis
import Basics
public import Experiments
import Foundation
import Tickets

extension Boost {
  public static func verdict(_ record: Record<BoostFinding>) -> [String] { Sentences(record: record).all }

  public static func figures(_ record: Record<BoostFinding>) -> [String: Double] {
    let finding = record.finding, ticket = finding.arms.first { $0.name == "ticket" }
    var figures = ["density": ticket?.density, "accuracy": ticket?.testAccuracy.mean]
    figures["dense"] = finding.arms.first { $0.name == finding.bestDense }?.testAccuracy.mean
    figures["timeRatio"] = finding.timeRatio
    return figures.compactMapValues { $0 }
  }
}

/// What the numbers of a boost say.
private struct Sentences {
  let record: Record<BoostFinding>
  private var result: BoostFinding { record.finding }

  var all: [String] {
    if let sentence = record.learning(arm(result.bestDense).testAccuracy)?.sentence(of: "best dense network") {
      return ["\(sentence) Nothing can be said of its tickets."] + overfitting
    }
    guard has("ticket") else { return ["There is no boosting ticket: it could not be trained."] + overfitting }
    return [boost, baseline, time, recipe].compactMap { $0 } + claims + overfitting
  }

  /// Whether the ticket matches the best dense network, and what it owes to its weights and its mask.
  private var claims: [String] {
    let ticket = arm("ticket"), margin = record.margin
    let controls = ControlCatalog.all.compactMap { control in
      result.arms.first { $0.name == control.name }.map { (control, $0.testAccuracy) }
    }
    return TicketClaim(
      ticket: ticket.testAccuracy, dense: arm(result.bestDense).testAccuracy, margin: margin, controls: controls
    ).sentences("\(String(format: "%.2f", 100 * ticket.density)) % of the weights")
  }

  private func arm(_ name: String) -> BoostArm { result.arms.first { $0.name == name }! }
  private func has(_ name: String) -> Bool { result.arms.contains { $0.name == name } }

  private var boost: String? {
    guard let first = arm("ticket").early.first, let reinit = point("reinit", first.step),
      let winning = point("winning", first.step)
    else { return nil }
    return
      "After \(first.step) steps the boosting ticket has \(percent(first.accuracy)) % validation accuracy: \(lead(first.accuracy, winning)) against the winning ticket (\(percent(winning)) %), \(lead(first.accuracy, reinit)) against fresh weights (\(percent(reinit)) %)."
  }

  private func point(_ name: String, _ step: Int) -> Interval? {
    result.arms.first { $0.name == name }?.early.first { $0.step == step }?.accuracy
  }

  private var baseline: String {
    let ticket = arm("ticket"), dense = arm(result.bestDense)
    let isRobust = result.measure == "validationPGD"
    let values =
      isRobust ? (ticket.pgdAccuracy!, dense.pgdAccuracy!) : (ticket.validationAccuracy, dense.validationAccuracy)
    let lead = Standing.lead(values.0, over: values.1), difference = lead.difference
    let who =
      lead.isShown ? "The ticket leads" : lead.isRefuted ? "The dense network leads" : "Neither is shown to lead"
    let what = isRobust ? "accuracy under PGD-20" : "validation accuracy"
    return
      "\(who) in final \(what): ticket \(percent(values.0)) %, best dense (\(result.bestDense)) \(percent(values.1)) %, difference \(points(difference))."
  }

  private var time: String {
    let ticket = arm("ticket"), target = String(format: "%.2f", 100 * result.target)
    guard let dense = arm(result.bestDense).secondsToTarget, let boost = ticket.secondsToTarget,
      let ratio = result.timeRatio
    else {
      return """
        \(ticket.seedsAtTarget) of \(record.seeds.count) tickets reach what their best dense network reaches \
        (\(target) % in the mean): no time is saved.
        """
    }
    return String(
      format: "To %@ %% the best dense network takes %.1f s, mask phase and ticket %.1f s: %.0f %% %@.", target, dense,
      boost, 100 * abs(1 - ratio), ratio < 1 ? "less" : "more")
  }

  /// What gets to the best dense network's accuracy soonest, mask phase included.
  private var recipe: String? {
    let best = result.arms.filter { $0.timeRatio != nil }.min { $0.timeRatio!.mean < $1.timeRatio!.mean }
    guard let best, let ratio = best.timeRatio, let seconds = best.secondsToTarget else { return nil }
    guard best.name != result.bestDense else {
      return String(
        format: "Nothing gets to what the best dense network reaches sooner than that, after %.1f s.", seconds)
    }
    let spread = ratio.values.count > 1 ? String(format: "%.2f to %.2f", ratio.low, ratio.high) : "one seed"
    let reach = String(format: "%.2f", 100 * result.target)
    let doubt = ratio.values.count > 1 && ratio.high < 1 ? "" : "; that it is sooner is not shown"
    return String(
      format: "Soonest at %@ %% is %@, after %.1f s with its mask phase: %.2f of the best dense network's time (%@)%@.",
      reach, best.name, seconds, ratio.mean, spread, doubt)
  }

  private var overfitting: [String] {
    let masks = result.masks.map { ("mask phase of \($0.name)", $0.overfitsSingleStepAt) }
    let arms = result.arms.map { ($0.name, $0.overfitsSingleStepAt) }
    return (masks + arms).filter { $0.1.contains { $0 >= 0 } }.map { name, steps in
      "Catastrophic overfitting: \(name) withstands one step of attack and not twenty, from step \(steps.map { $0 < 0 ? "-" : "\($0)" }.joined(separator: ", ")) on."
    }
  }

  private func percent(_ interval: Interval) -> String { String(format: "%.2f", 100 * interval.mean) }
  private func lead(_ a: Interval, _ b: Interval) -> String { points(a.difference(to: b)) }
  private func points(_ d: Interval) -> String {
    d.values.count > 1
      ? String(format: "%+.2f points (%+.2f to %+.2f)", 100 * d.mean, 100 * d.low, 100 * d.high)
      : String(format: "%+.2f points (one seed)", 100 * d.mean)
  }
}
