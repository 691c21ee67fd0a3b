import Analysis
import Basics
public import Experiments
import Foundation
import Pages
import Tickets

extension Grow {
  public static func verdict(_ record: Record<GrowFinding>) -> [String] { GrowVerdict(record).sentences }
}

/// Whether insertion changed nothing, whether growth is ahead of resetting, whether it recovers what pruning took, and if so,
/// whether that is owed to the identity or to more weights alone.
private struct GrowVerdict {
  private let record: Record<GrowFinding>
  private var finding: GrowFinding { record.finding }
  private var growth: GrowFinding.Arm { finding.growth }

  init(_ record: Record<GrowFinding>) { self.record = record }

  var sentences: [String] {
    if let sentence = record.learning(finding.dense.accuracy)?.sentence() { return ["\(sentence) No arm is compared."] }
    if let sentence = record.learning(growth.accuracy)?.sentence(of: "grown ticket") {
      return [preservation, sentence]
    }
    return [preservation] + [area, recovery].compactMap { $0 } + cause + claim
  }

  // MARK: insertion

  private var preservation: String {
    let grown = growth.rounds.filter { $0.largestChange != nil }
    let change = grown.flatMap { $0.largestChange!.values }.max() ?? 0
    let jumps = grown.flatMap { $0.differenceLoss?.values ?? [] }.map(abs).max() ?? 0
    if !finding.preservesFunction {
      return String(
        format: """
          insert=%@ is not function-preserving: insertion changed outputs by up to %.3g and the test loss by up to %.3g.
          """, finding.insert, change, jumps)
    }
    return change == 0
      ? "Insertion changed no output for any test sample by a bit (insert=\(finding.insert))."
      : String(
        format: "Insertion changed outputs by up to %.3g (insert=%@)%@.", change, finding.insert,
        change <= 1e-6 ? "" : ": more than rounding, this result is void")
  }

  // MARK: growth and its controls

  /// The area under the curve against that of resetting.
  private var area: String? {
    guard let reset = finding[GrowArm.reset.rawValue] else { return nil }
    let lead = Standing.lead(growth.areaAccuracy, over: reset.areaAccuracy)
    return """
      Over \(rounds) growth has \(percent(growth.areaAccuracy)) % on average along training and the network that is reset each \
      round \(percent(reset.areaAccuracy)) % at equal steps: \(lead.text)\(state(lead, "growth is behind")).
      """
  }

  private var rounds: String { growth.rounds.count == 2 ? "round 2" : "rounds 2 to \(growth.rounds.count)" }

  /// What rounds reach after growing against what they reach without, from the same pruned network.
  private var recovery: String? {
    guard let other = finding[GrowArm.continued.rawValue], let lead = lead(other) else { return nil }
    let isSame = other.trainedAccuracy == growth.trainedAccuracy && other.accuracy == growth.accuracy
    if isSame && other.remaining == growth.remaining {
      return """
        Without growth it is the same network here, as the base has nothing to prune before its first block: that growth \
        helps cannot be seen. Take three rounds or more, or a base with two hidden layers.
        """
    }
    return """
      After training \(rounds) reach \(percent(growth.trainedAccuracy)) % on average with growth, and the pruned network that is \
      trained on without it \(percent(other.trainedAccuracy)) %: \
      \(lead.text)\(state(lead, "it does better without growth")). At the end they have \(percent(growth.accuracy)) % with \
      \(Format.count(growth.remaining)) weights and \(percent(other.accuracy)) % with \(Format.count(other.remaining)).
      """
  }

  private func lead(_ other: GrowFinding.Arm) -> Standing? {
    guard let own = growth.trainedAccuracy, let others = other.trainedAccuracy else { return nil }
    return Standing.lead(own, over: others)
  }

  /// Whether a block that starts as the identity does what random ones do not.
  private var cause: [String] {
    guard let random = finding[GrowArm.randomBlock.rawValue], let lead = lead(random) else { return [] }
    return [
      """
      With random blocks in place of \(finding.insert) these rounds reach \(percent(random.trainedAccuracy)) %; growth against \
      it: \(lead.text)\(state(lead, "the random block does better")). \(meaning(lead, random))\(capacity(random))
      """
    ]
  }

  /// Whether what was gained is owed to the identity or to more weights alone.
  private func meaning(_ lead: Standing, _ random: GrowFinding.Arm) -> String {
    guard let own = growth.trainedAccuracy, let others = random.trainedAccuracy else { return "" }
    guard lead.isRefuted || Standing.match(others, own, margin: record.margin).isShown else {
      return lead.isShown
        ? "The random block does not recover as well: how a block starts matters."
        : "Whether the random block recovers as well is not shown."
    }
    let isGain = finding[GrowArm.continued.rawValue].flatMap { self.lead($0)?.isShown } == true
    return isGain
      ? "The random block recovers as well, within \(record["margin"]) points: the gain is capacity, not identity."
      : "The random block recovers as well, within \(record["margin"]) points: it matters little how a block starts."
  }

  /// What random blocks bring by themselves: weights.
  private func capacity(_ random: GrowFinding.Arm) -> String {
    guard let own = random.trainedAccuracy, let other = finding[GrowArm.continued.rawValue]?.trainedAccuracy else {
      return ""
    }
    let lead = Standing.lead(own, over: other)
    return " Random blocks against no growth: \(lead.text)\(state(lead, "they do worse"))."
  }

  private func state(_ lead: Standing, _ contrary: String) -> String {
    if lead.isShown { return ", shown" }
    return lead.isRefuted ? ", the contrary is shown: \(contrary)" : ", not shown; \(lead.remedy)"
  }

  /// What may be said of the ticket beside its controls.
  private var claim: [String] {
    let controls = Grow.besides.compactMap { control in
      finding[control.name].map { (type: control, accuracy: $0.accuracy) }
    }
    let density = Double(growth.remaining) / Double(max(1, growth.weights))
    let claim = TicketClaim(
      ticket: growth.accuracy, dense: finding.dense.accuracy, margin: record.margin, controls: controls)
    return claim.sentences("\(Format.density(density)) of the weights (\(growth.remaining))")
  }

  private func percent(_ accuracy: Interval?) -> String { accuracy.map { Format.decimal(100 * $0.mean, 2) } ?? "" }
}
