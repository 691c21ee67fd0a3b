import Analysis
import Basics
public import Experiments
import Pages
import Tickets

extension Critics {
  public static func verdict(_ record: Record<CriticsFinding>) -> [String] {
    let finding = record.finding
    if let sentence = record.learning(finding.dense)?.sentence() { return ["\(sentence) Nothing is compared."] }
    return finding.cuts.flatMap { cut in
      [accuracy(cut, finding), mismatch(cut), early(cut), smallest(cut), choice(cut, finding)].compactMap(\.self)
    } + tickets(record) + [related]
  }

  private static let related = """
    A related tool, not a lottery-ticket result: groups of layers are trained and chosen; which weights stay is decided by \
    magnitude alone.
    """

  private static func percent(_ value: Interval) -> String { Format.percentInterval(value) }
  private static func name(_ cut: CriticsFinding.Cut) -> String {
    "\(cut.groups) groups (\(Format.plural(cut.groups - 1, "critic")))"
  }

  private static func accuracy(_ cut: CriticsFinding.Cut, _ finding: CriticsFinding) -> String {
    let lead = Standing.lead(cut.network.accuracy, over: finding.dense)
    return """
      In \(name(cut)) the network reaches \(percent(cut.network.accuracy)) %, by back-propagation \
      \(percent(finding.dense)) %: \(lead.text). The sum of all outputs gives \(percent(cut.ensemble)) %.
      """
  }

  private static func mismatch(_ cut: CriticsFinding.Cut) -> String {
    let first = cut.mismatch[0], last = cut.mismatch.last!
    guard cut.mismatch.count > 1 else { return "One epoch does not say whether critics come nearer to the loss." }
    let change = last.difference(to: first), test = PairedTest(change.values)
    let word =
      change.values.count == 1
      ? (change.mean < 0 ? "falls (one seed)" : "does not fall (one seed)")
      : test.chance(below: 0) <= 0.025 ? "falls" : "is not shown to fall"
    return """
      In \(cut.groups) groups the mean of |L_1 - L_N| over an epoch's samples \(word): \
      \(Format.interval(first, scale: 1, decimals: 3)) in the first epoch, \
      \(Format.interval(last, scale: 1, decimals: 3)) in the last.
      """
  }

  private static func early(_ cut: CriticsFinding.Cut) -> String? {
    guard let early = cut.early.last else { return nil }
    return """
      Leaving \(cut.groups == 2 ? "at the critic" : "at the first critic") that is sure by more than \
      \(Format.significant(early.threshold)) takes \
      \(Format.interval(early.work, scale: 100, decimals: 1)) % of the network's multiply-adds, critics included, and gives \
      \(percent(early.accuracy)) %: \(Standing.points(early.difference.mean)) points against the whole network.
      """
  }

  private static func smallest(_ cut: CriticsFinding.Cut) -> String {
    let exit = cut.exits[0], lead = Standing.lead(exit.accuracy, over: exit.alone)
    let word =
      lead.isShown ? "better than" : lead.isRefuted ? "worse than" : "not told apart from"
    return """
      The smallest sub-network of \(cut.groups) groups (up to \(exit.end), \(Format.count(exit.multiplyAdds)) multiply-adds) \
      reaches \(percent(exit.accuracy)) %, \(word) the same one trained alone, \(percent(exit.alone)) %: \(lead.text).
      """
  }

  private static func choice(_ cut: CriticsFinding.Cut, _ finding: CriticsFinding) -> String {
    let counts = Set(cut.chosen).sorted()
    let words = counts.count == 1 ? "\(counts[0])" : "\(counts[0]) to \(counts.last!)"
    return """
      Within \(Format.significant(100 * finding.allowance)) points of validation accuracy the smallest network has \(words) of \
      \(cut.groups) groups, \(Format.interval(cut.chosenWork, scale: 100, decimals: 1)) % of the multiply-adds, and reaches \
      \(percent(cut.chosenAccuracy)) %.
      """
  }

  private static func tickets(_ record: Record<CriticsFinding>) -> [String] {
    let finding = record.finding
    guard let ticket = finding.tickets.last else { return [] }
    let controls = ControlCatalog.all.compactMap { type in
      ticket[control: type.name].map { (type: type, accuracy: $0) }
    }
    let claim = TicketClaim(
      ticket: ticket.accuracy, dense: finding.chosenDense, margin: record.margin, controls: controls)
    return claim.sentences(
      """
      \(Format.significant(100 * (1 - ticket.sparsity))) % of the weights of the chosen sub-network of \
      \(finding.cuts.last!.groups) groups
      """)
  }
}
