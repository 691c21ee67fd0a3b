import Analysis
import Basics
public import Experiments
import Foundation
import Pages
import Tickets

extension Ood {
  public static func verdict(_ record: Record<OodFinding>) -> [String] {
    let finding = record.finding
    if let dense = finding.losses.compactMap({ finding.dense($0) }).first,
      let sentence = record.learning(dense.testAccuracy)?.sentence()
    {
      return ["\(sentence) Nothing is compared."]
    }
    return accuracy(finding) + finding.sets.flatMap { lead(finding, $0) }
      + finding.losses.compactMap { pruning(finding, $0) }
      + [
        "A related tool, no lottery-ticket result; the centres are no weights, and count neither as kept nor as pruned."
      ]
      + [TicketClaim.doubt(seeds: record.seeds.count)].compactMap(\.self)
  }

  private static func accuracy(_ finding: OodFinding) -> [String] {
    guard let plain = finding.dense(.ce), let own = finding.dense(.pedcc) else { return [] }
    let lead = Standing.lead(own.testAccuracy, over: plain.testAccuracy)
    return [
      """
      Of the test samples, fixed centres tell \(percent(own.testAccuracy)) % right, cross-entropy \(percent(plain.testAccuracy)) %: \
      \(lead.text).
      """
    ]
  }

  /// Of both dense networks by their main scores.
  private static func lead(_ finding: OodFinding, _ set: String) -> [String] {
    let areas = finding.losses.compactMap { loss in
      finding.dense(loss)?[set, OodScore.main(of: loss)].map { (loss, $0.rocArea) }
    }
    guard areas.count == 2, let plain = areas.first(where: { $0.0 == .ce })?.1,
      let own = areas.first(where: { $0.0 == .pedcc })?.1
    else {
      return areas.map { "Against \(set) the area under the curve is \(percent($0.1)) %." }
    }
    let lead = Standing.lead(own, over: plain)
    let word = lead.isShown ? "ahead of" : lead.isRefuted ? "behind" : "not told apart from"
    return [
      """
      Against \(set) the largest cosine has an area under the curve of \(percent(own)) %, \(word) the largest probability of \
      cross-entropy (\(percent(plain)) %): \(lead.text).
      """
    ]
  }

  /// Mean over the sets, of the sparsest ticket.
  private static func pruning(_ finding: OodFinding, _ loss: OodLoss) -> String? {
    guard let dense = finding.dense(loss), let ticket = finding.arms(loss, OodStage.ticket).last else { return nil }
    func area(_ arm: OodFinding.Arm) -> Interval {
      let score = OodScore.main(of: loss), areas = finding.sets.compactMap { arm[$0, score]?.rocArea.values }
      return Interval(
        of: areas[0].indices.map { seed in areas.reduce(0) { $0 + $1[seed] } / Double(areas.count) })
    }
    let lead = Standing.lead(area(ticket), over: area(dense))
    let word = lead.isShown ? "raises" : lead.isRefuted ? "lowers" : "is not shown to change"
    let rest = ControlCatalog.all.compactMap { control -> String? in
      let arm = finding.arms(loss, control.name).first { $0.sparsity == ticket.sparsity }
      return arm.map { "\(control.title.lowercased()) \(percent(area($0))) %" }
    }
    return """
      \(loss.title): leaving out \(String(format: "%g", 100 * ticket.sparsity)) % of the weights \(word) the mean area \
      (\(percent(area(ticket))) % against \(percent(area(dense))) % dense, \(lead.text))\
      \(rest.isEmpty ? "" : "; \(rest.joined(separator: ", "))"); test accuracy \(percent(ticket.testAccuracy)) against \
      \(percent(dense.testAccuracy)) %.
      """
  }

  private static func percent(_ value: Interval) -> String { String(format: "%.2f", 100 * value.mean) }
}
