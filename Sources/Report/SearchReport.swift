public import Basics
package import Pages

/// The page that `tombola find` ends with: what the search found, how sure that is, and how to do it again.
public struct SearchReport: Sendable {
  let result: SearchResult
  let chartScript: String?
  let arms: [Arm]

  /// - Parameter chartScript: the source of Chart.js (`ChartLibrary.locate()`); without it the page has tables only.
  public init(_ result: SearchResult, chartScript: String?) {
    self.result = result
    self.chartScript = chartScript
    arms = Arm.present(in: result)
  }

  /// The whole page, to be written to one file; it loads nothing else.
  public func html() -> String { page.html.markup }

  package var page: Page {
    Page(
      title: title, subtitle: subtitle, lead: verdict + keyFigures + comparison,
      sections: [accuracy, earlyStopping, learning, layers, inputs, results, provenance].compactMap { $0 },
      chartScript: chartScript)
  }

  /// The round that the recommended ticket was taken from.
  var recommended: RoundResult? { result.ticket.flatMap { ticket in result.rounds.first { $0.round == ticket.round } } }

  /// The round that stands for all where one must be chosen: the recommended one, or else the last.
  var chosen: RoundResult? { recommended ?? result.rounds.last }

  var drawn: Bool { chartScript != nil }

  var hasOneSeed: Bool { result.seeds.count == 1 }

  private var title: String { "Ticket search on \(result.dataset.name)" }

  private var subtitle: HTMLText {
    let weights = result.rounds.first?.layers.reduce(0) { $0 + $1.weights } ?? 0
    let size: HTMLText? = weights > 0 ? "\(Format.count(weights)) prunable weights, " : nil
    return """
      \(size)\(plural(result.rounds.count, "round")) of pruning, \(plural(result.seeds.count, "seed")), \
      in \(result.seconds["total"].map(Format.duration) ?? "a time that was not recorded")
      """
  }
}

/// `1 seed`, `5 seeds`.
func plural(_ count: Int, _ noun: String) -> String { "\(Format.count(count)) \(noun)\(count == 1 ? "" : "s")" }
