import Analysis
import Basics
public import Experiments
import Foundation
import Pages
import Tickets

extension Adapt {
  public static func verdict(_ record: Record<AdaptFinding>) -> [String] {
    let finding = record.finding
    guard let dense = finding[AdaptNetwork.dense, 0, .source] else {
      return ["The dense network could not be trained."]
    }
    if let sentence = record.learning(dense.sourceAccuracy)?.sentence() { return ["\(sentence) Nothing is compared."] }
    let networks = finding.networks.filter { [AdaptNetwork.dense, AdaptNetwork.ticket].contains($0.network) }
    let gained: [String] = networks.flatMap { gains(finding, $0) }
    return gained + networks.compactMap { examined(finding, $0) } + controls(finding) + signals(finding)
      + ["A related tool, no lottery-ticket result."]
      + [TicketClaim.doubt(seeds: record.seeds.count)].compactMap(\.self)
  }

  private static func name(_ arm: AdaptFinding.Arm) -> String {
    arm.network == AdaptNetwork.dense
      ? "The dense network" : "The ticket without \(String(format: "%g", 100 * arm.sparsity)) % of the weights"
  }

  private static func gains(_ finding: AdaptFinding, _ network: AdaptFinding.Arm) -> [String] {
    guard let before = finding[network.network, network.sparsity, .source] else { return [] }
    let arms = finding.kinds.filter { $0 != .source }.compactMap { kind -> String? in
      guard let after = finding[network.network, network.sparsity, kind] else { return nil }
      let lead = Standing.lead(after.targetAccuracy, over: before.targetAccuracy)
      return "\(kind.title.lowercased()) \(percent(after.targetAccuracy)) % (\(lead.text))"
    }
    return [
      """
      \(name(network)) tells \(percent(before.sourceAccuracy)) % of the source's test samples right and \
      \(percent(before.targetAccuracy)) % of the target's\(arms.isEmpty ? "" : "; adapted, \(arms.joined(separator: ", "))").
      """
    ]
  }

  private static func examined(_ finding: AdaptFinding, _ network: AdaptFinding.Arm) -> String? {
    guard let own = finding[network.network, network.sparsity, .examiner],
      let plain = finding[network.network, network.sparsity, .information]
    else { return nil }
    let lead = Standing.lead(own.targetAccuracy, over: plain.targetAccuracy)
    let word = lead.isShown ? "ahead of" : lead.isRefuted ? "behind" : "not told apart from"
    return "\(name(network)): the examiner's arm is \(word) information maximisation alone, \(lead.text)."
  }

  /// The sparsest ticket beside its controls, by the last arm.
  private static func controls(_ finding: AdaptFinding) -> [String] {
    guard let kind = finding.kinds.last,
      let ticket = finding.arms.last(where: { $0.network == AdaptNetwork.ticket && $0.arm == kind })
    else { return [] }
    return finding.arms.filter {
      $0.sparsity == ticket.sparsity && $0.arm == kind && $0.network != AdaptNetwork.ticket
    }.map { control in
      let lead = Standing.lead(ticket.targetAccuracy, over: control.targetAccuracy)
      return "\(name(ticket)), adapted, against \(control.title.lowercased()), adapted alike: \(lead.text)."
    }
  }

  private static func signals(_ finding: AdaptFinding) -> [String] {
    guard let own = finding.signals.first, let rival = finding.signals.last else { return [] }
    return [
      """
      Without labels, over \(finding.arms.count) networks: the examiner's agreement has a correlation of \
      \(Format.interval(own.correlation, decimals: 2)) with the accuracy on the target (rank \(Format.interval(own.rank, decimals: 2))), and the \
      network that it ranks first is \(Format.interval(own.regret, scale: 100, decimals: 2)) points below the best; the mean largest probability has \
      \(Format.interval(rival.correlation, decimals: 2)) (rank \(Format.interval(rival.rank, decimals: 2))), and \
      \(Format.interval(rival.regret, scale: 100, decimals: 2)) points.
      """
    ]
  }

  private static func percent(_ value: Interval) -> String { String(format: "%.1f", 100 * value.mean) }
}
