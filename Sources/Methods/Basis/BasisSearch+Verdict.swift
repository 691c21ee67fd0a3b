import Analysis
import Basics
public import Experiments
import Pages
import Tickets

extension BasisSearch {
  public static func verdict(_ record: Record<BasisFinding>) -> [String] { BasisVerdict(record).sentences }
}

/// Which basis wins at as many coefficients, bytes and multiply-adds as a ticket of the canonical basis: the sparsest that
/// another basis can be compared with. Bases are chosen by validation accuracy and compared on the test set; tickets that
/// learned nothing are out.
private struct BasisVerdict {
  private typealias Rival = (arm: BasisFinding.Arm, round: BasisFinding.Round)

  private let record: Record<BasisFinding>
  private var finding: BasisFinding { record.finding }

  init(_ record: Record<BasisFinding>) { self.record = record }

  var sentences: [String] {
    if let sentence = record.learning(finding.canonical.dense)?.sentence() {
      return ["\(sentence) No basis is compared."]
    }
    return BasisBudget.allCases.map(comparison) + claim + slow
  }

  /// The tickets at as much as one of the canonical basis, and that one.
  private func rivals(_ budget: BasisBudget) -> (reference: BasisFinding.Round, rivals: [Rival])? {
    let all = finding.canonical.rounds.map { reference in
      (
        reference: reference,
        rivals: finding.bases.compactMap { arm in budget.match(arm, reference).map { (arm: arm, round: $0) } }
          .filter { record.learning($0.round.accuracy)?.hasLearned != false }
      )
    }
    return all.last { $0.rivals.contains { $0.arm.basis != finding.canonical.basis } }
      ?? all.last { !$0.rivals.isEmpty }
  }

  /// By mean validation accuracy, the first of equals.
  private func best(_ rivals: [Rival]) -> Rival {
    rivals.reduce(rivals[0]) { $1.round.validationAccuracy.mean > $0.round.validationAccuracy.mean ? $1 : $0 }
  }

  private func comparison(_ budget: BasisBudget) -> String {
    guard let (reference, rivals) = rivals(budget) else {
      return "At equal \(budget.title) nothing is compared: no ticket learned anything."
    }
    let best = best(rivals), others = rivals.filter { $0.arm.basis != best.arm.basis }
    let start = "At equal \(budget.title) (canonical at \(Format.density(reference.density)))"
    let reached = "\(best.arm.basis) with \(Format.percentInterval(best.round.accuracy)) %"
    guard finding.bases.count > 1 else { return "\(start) nothing is compared: no other basis was asked for." }
    guard !others.isEmpty else { return "\(start) only \(reached) stands: all others cost more, or learned nothing." }
    let leads = others.map { (name: $0.arm.basis, lead: Standing.lead(best.round.accuracy, over: $0.round.accuracy)) }
    let words = leads.sorted { $0.lead.difference.mean < $1.lead.difference.mean }
      .map { "\($0.name) by \($0.lead.text)" }.joined(separator: ", ")
    let open = leads.filter { !$0.lead.isShown }.map(\.name).joined(separator: ", ")
    return open.isEmpty
      ? "\(start) \(reached) wins, each lead shown: over \(words)."
      : "\(start) no winner is shown: \(reached) is best by validation, over \(words); not shown over \(open)."
  }

  /// What may be said of the best ticket at equal coefficients beside its controls.
  private var claim: [String] {
    guard let rivals = rivals(.coefficients)?.rivals else { return [] }
    let best = best(rivals), round = best.round
    let claim = TicketClaim(
      ticket: round.accuracy, dense: finding.canonical.dense,
      margin: record.margin,
      controls: [
        (Reinitialised.self, round.reinit), (ShuffledMask.self, round.shuffled), (RandomMask.self, round.random),
      ])
    return claim.sentences("\(Format.density(round.density)) of the coefficients of \(best.arm.basis)")
  }

  /// Bases of which no ticket runs with less arithmetic than the dense network.
  private var slow: [String] {
    let names = finding.bases.filter { arm in
      !arm.rounds.isEmpty && arm.rounds.allSatisfy { $0.multiplyAdds.mean >= Double(finding.denseMultiplyAdds) }
    }.map(\.basis).joined(separator: ", ")
    return names.isEmpty ? [] : ["No ticket of \(names) can be faster than the dense network: its weights are dense."]
  }
}
