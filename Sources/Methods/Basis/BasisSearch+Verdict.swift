import Analysis
import Basics
public import Experiments
import Pages
import Tickets

/// Which basis wins at the sparsest density at which some ticket has learned anything: at as many coefficients, bytes and
/// multiply-adds as the canonical ticket there. Bases are chosen by validation accuracy and compared on the test set.
extension BasisSearch {
  public static func verdict(_ record: Record<BasisFinding>) -> [String] {
    let finding = record.finding, canonical = finding.canonical
    if let sentence = record.learning(canonical.dense)?.sentence() { return ["\(sentence) No basis is compared."] }
    func hasLearned(_ accuracy: Interval) -> Bool { record.learning(accuracy)?.hasLearned != false }
    guard
      let reference = canonical.rounds.last(where: { round in
        finding.bases.contains { BasisBudget.coefficients.match($0, round).map { hasLearned($0.accuracy) } ?? false }
      })
    else { return ["No ticket learned anything: no basis is compared."] }
    let density = Format.density(reference.density)
    var sentences = BasisBudget.allCases.map { budget in
      let rivals = finding.bases.compactMap { arm in
        budget.match(arm, reference).map { (arm: arm, round: $0) }
      }.filter { hasLearned($0.round.accuracy) }
      return comparison(budget, rivals, density)
    }
    if let best = best(
      finding.bases.compactMap { arm in
        BasisBudget.coefficients.match(arm, reference).map { (arm: arm, round: $0) }
      }), hasLearned(best.round.accuracy)
    {
      let claim = TicketClaim(
        ticket: best.round.accuracy, dense: canonical.dense,
        margin: (Double(record["margin"]) ?? SearchSettings().margin) / 100,
        controls: [
          (Reinitialised.self, best.round.reinit), (ShuffledMask.self, best.round.shuffled),
          (RandomMask.self, best.round.random),
        ])
      sentences += claim.sentences("\(Format.density(best.round.density)) of the coefficients of \(best.arm.basis)")
    }
    return sentences + slow(finding)
  }

  private typealias Rival = (arm: BasisFinding.Arm, round: BasisFinding.Round)

  /// By mean validation accuracy, the first of equals.
  private static func best(_ rivals: [Rival]) -> Rival? {
    rivals.enumerated().max {
      ($0.element.round.validationAccuracy.mean, $1.offset) < ($1.element.round.validationAccuracy.mean, $0.offset)
    }?.element
  }

  private static func comparison(_ budget: BasisBudget, _ rivals: [Rival], _ density: String) -> String {
    let start = "At equal \(budget.title) (canonical at \(density))"
    guard let best = best(rivals) else { return "\(start) no ticket has learned anything." }
    let others = rivals.filter { $0.arm.basis != best.arm.basis }
    let reached = "\(best.arm.basis) with \(Format.percentInterval(best.round.accuracy)) %"
    guard !others.isEmpty else {
      return "\(start) only \(reached) stands: every other basis costs more, or learned nothing."
    }
    let leads = others.map { (name: $0.arm.basis, lead: Standing.lead(best.round.accuracy, over: $0.round.accuracy)) }
    let open = leads.filter { !$0.lead.isShown }
    let words = leads.sorted { $0.lead.difference.mean < $1.lead.difference.mean }
      .map { "\($0.name) by \($0.lead.text)" }.joined(separator: ", ")
    if open.isEmpty { return "\(start) \(reached) wins, each lead shown: over \(words)." }
    return """
      \(start) no winner is shown: \(reached) is best by validation, over \(words); not shown over \
      \(open.map(\.name).joined(separator: ", ")).
      """
  }

  /// Bases of which no ticket runs with less arithmetic than the dense network.
  private static func slow(_ finding: BasisFinding) -> [String] {
    let names = finding.bases.filter { arm in
      !arm.rounds.isEmpty && arm.rounds.allSatisfy { $0.multiplyAdds.mean >= Double(finding.denseMultiplyAdds) }
    }.map(\.basis)
    return names.isEmpty
      ? []
      : ["No ticket of \(names.joined(separator: ", ")) can be faster than the dense network: its weights are dense."]
  }
}
