import Analysis
import Basics
public import Experiments
import Foundation
import Pages
import Tickets

extension Dual {
  public static func verdict(_ record: Record<DualFinding>) -> [String] {
    let finding = record.finding
    if let sentence = record.learning(finding.dense)?.sentence() { return ["\(sentence) No mask is compared."] }
    return finding.levels.flatMap { sentences($0, finding) } + claim(record)
  }

  private static func sentences(_ level: DualFinding.Level, _ finding: DualFinding) -> [String] {
    let accuracy = level.transformed.accuracy
    let rivals: [(String, DualFinding.Arm?)] = [
      ("the same mask from scratch", level[.scratch]), ("dense training and the same cut", level[.denseCut]),
      ("iterative pruning", level.imp),
    ]
    let words = rivals.compactMap { name, arm in
      arm.map { "\(name) \(state(Standing.lead(accuracy, over: $0.accuracy)))" }
    }
    return [
      """
      At \(Format.percent(level.sparsity)) sparsity the transformed random mask reaches \
      \(Format.percentInterval(accuracy)) %; beside it \(words.joined(separator: "; ")).
      """,
      matched(level),
      """
      Before the cut the largest weight that goes is \(String(format: "%.1e", level.ratio.mean)) of the mean that stays; \
      the cut takes accuracy from \(Format.percentInterval(level.before)) to \(Format.percentInterval(level.after)) %, \
      without the penalty from \(Format.percentInterval(level.plainBefore)) to \(Format.percentInterval(level.plainAfter)) %.
      """,
    ].compactMap { $0 }
  }

  private static func state(_ lead: Standing) -> String {
    let end = lead.isShown ? "" : lead.isRefuted ? ", which does better" : ", no lead is shown"
    return "\(lead.text)\(end)"
  }

  /// Whether longer training of the same mask does as well.
  private static func matched(_ level: DualFinding.Level) -> String? {
    guard let matched = level[.matched] else { return nil }
    let lead = Standing.lead(level.transformed.accuracy, over: matched.accuracy)
    let start =
      "Trained from scratch for as many steps in all, the same mask reaches \(Format.percentInterval(matched.accuracy)) %"
    if lead.isShown { return "\(start): the transformation gains more than longer training, \(lead.text)." }
    if lead.isRefuted { return "\(start): longer training gains more than the transformation, \(lead.text)." }
    return "\(start): no gain of the transformation over longer training is shown, \(lead.text); \(lead.remedy)."
  }

  /// Of the sparsest mask.
  private static func claim(_ record: Record<DualFinding>) -> [String] {
    guard let level = record.finding.levels.last else { return [] }
    let controls: [(DualArm, any Control.Type)] = [(.reinit, Reinitialised.self), (.shuffled, ShuffledMask.self)]
    return TicketClaim(
      ticket: level.transformed.accuracy, dense: record.finding.dense,
      margin: record.margin,
      controls: controls.compactMap { arm, control in level[arm].map { (control, $0.accuracy) } }
    ).sentences("\(Format.density(level.density.mean)) of the weights")
  }
}
