import Analysis
import Basics
public import Experiments
import Pages
import Tickets

extension ElasticExperiment {
  public static func verdict(_ record: Record<ElasticFinding>) -> [String] { ElasticVerdict(record).sentences }
}

/// What may be said of a moved ticket: how it stands to a search on the target, whether it wins, and what it saves.
private struct ElasticVerdict {
  private let record: Record<ElasticFinding>
  private var finding: ElasticFinding { record.finding }

  init(_ record: Record<ElasticFinding>) { self.record = record }

  var sentences: [String] {
    if let sentence = record.learning(finding.dense.accuracy)?.sentence() {
      return ["\(sentence) No ticket is compared."]
    }
    return [search] + rivals + claim + one + [work]
  }

  /// A ticket that is given is one for all seeds.
  private var one: [String] {
    guard record["ticket"] != "", record.seeds.count > 1 else { return [] }
    return [
      "All seeds move the one ticket that was given: intervals are over the order of the data and the networks beside it, not over tickets."
    ]
  }

  private func reached(_ arm: ElasticFinding.Arm) -> String { "\(Format.percentInterval(arm.accuracy)) %" }

  private var search: String {
    let standing = Standing.lead(finding.moved.accuracy, over: finding.imp.accuracy)
    let word = standing.isShown ? "ahead of" : standing.isRefuted ? "behind" : "not told apart from"
    return """
      The ticket moved from \(finding.source) to \(finding.target) (\(finding.map)) keeps \
      \(Format.density(finding.density.mean)) of the weights and reaches \(reached(finding.moved)); iterative pruning of \
      \(finding.target) itself reaches \(reached(finding.imp)) with as many: the moved ticket is \(word) it, \
      \(standing.text).
      """
  }

  /// Pruning at once, which costs as little.
  private var rivals: [String] {
    [ElasticArm.snip, .magnitude].compactMap { finding[$0] }.map { rival in
      let lead = Standing.lead(finding.moved.accuracy, over: rival.accuracy)
      let end = lead.isShown ? "" : lead.isRefuted ? ", which does better" : ", no lead is shown; \(lead.remedy)"
      return "Against \(rival.title) of the rewound weights (\(reached(rival))): \(lead.text)\(end)."
    }
  }

  private var claim: [String] {
    let controls: [(ElasticArm, any Control.Type)] = [
      (.reinit, Reinitialised.self), (.shuffled, ShuffledMask.self), (.random, RandomMask.self),
    ]
    return TicketClaim(
      ticket: finding.moved.accuracy, dense: finding.dense.accuracy,
      margin: record.margin,
      controls: controls.compactMap { arm, control in finding[arm].map { (control, $0.accuracy) } }
    ).sentences("\(Format.density(finding.density.mean)) of the weights of \(finding.target)")
  }

  private var work: String {
    func times(_ work: Interval) -> String { Format.decimal(work.mean, 2) }
    let whole =
      finding.wholeWork.mean > finding.movedWork.mean
      ? "; with the search for it on \(finding.source), \(times(finding.wholeWork))" : ""
    return """
      In units of a dense training of \(finding.target): the search on it takes \(times(finding.searchWork)), the ticket \
      that is there \(times(finding.movedWork))\(whole).
      """
  }
}
