import Basics
package import Pages

/// The top of the page: verdict, key figures, and the ticket beside its controls.
extension SearchReport {
  var verdict: HTMLText {
    let sentences = result.verdict.isEmpty ? ["No verdict was recorded for this search."] : result.verdict
    return "<div class=\"verdict\">\(sentences.map { sentence -> HTMLText in "<p>\(sentence)</p>\n" })</div>\n"
  }

  var keyFigures: HTMLText {
    let figures = [denseFigure, ticketFigure, densityFigure, sizeFigure, timeFigure, seedFigure]
    return "<dl class=\"figures\">\n\(figures.compactMap { $0 })</dl>\n"
  }

  private func figure(_ name: String, _ value: String, _ detail: String) -> HTMLText {
    """
    <div><dt>\(name)</dt><dd><span class="value">\(value)</span><br><span class="detail">\(detail)</span></dd></div>

    """
  }

  private func accuracyFigure(_ name: String, _ accuracy: Interval) -> HTMLText {
    let range = "\(Format.decimal(100 * accuracy.low, 2)) to \(Format.percent(accuracy.high))"
    let detail = accuracy.values.count > 1 ? "95\(Format.space)% interval \(range)" : "one seed, so no interval"
    return figure(name, Format.percent(accuracy.mean), detail)
  }

  private var denseFigure: HTMLText { accuracyFigure("Dense test accuracy", result.dense.testAccuracy) }

  private var ticketFigure: HTMLText? {
    recommended.map { accuracyFigure("Ticket’s test accuracy", $0.ticket.testAccuracy) }
  }

  private var densityFigure: HTMLText {
    guard let ticket = result.ticket else { return figure("Recommended ticket", "None", "the verdict says why") }
    let weights = recommended.map { "\(Format.count($0.remaining)) weights, " } ?? ""
    let ratio = ticket.density > 0 ? "1 in \(Format.significant(1 / ticket.density))" : "none left"
    return figure("Weights remaining", Format.density(ticket.density), "\(weights)\(ratio), round \(ticket.round)")
  }

  private var sizeFigure: HTMLText? {
    result.ticket.map { figure("Ticket file", Format.bytes($0.bytes), "\(Format.count($0.bytes)) bytes") }
  }

  private var timeFigure: HTMLText {
    let resident = "\(Format.bytes(result.residentBytes)) resident memory at most"
    return figure("Total time", result.seconds["total"].map(Format.duration) ?? Format.missing, resident)
  }

  private var seedFigure: HTMLText {
    let shown = result.seeds.prefix(8).map(String.init).joined(separator: ", ")
    return figure("Seeds", Format.count(result.seeds.count), result.seeds.count > 8 ? "\(shown), …" : shown)
  }

  /// The ticket against the dense network and the controls in the chosen round.
  var comparison: HTMLText {
    guard let round = chosen else {
      return "<p class=\"notice\">No round of pruning was finished, so there is no ticket to compare.</p>\n"
    }
    let place = recommended == nil ? "the last round" : "the recommended density"
    let table = Table(
      "The ticket and its controls at \(place), \(Format.density(round.density)) of the weights",
      columns: [
        .text("Network"), .number("Test accuracy, %"), .number("Ticket’s lead, points"), .number("Ticket ahead in"),
        .number("Early-stop step"),
      ],
      rows: arms.compactMap { comparisonRow($0, round) })
    return "<div class=\"pair\">\(table.html)\(meanings)</div>\n\(comparisonNote)"
  }

  private func comparisonRow(_ arm: Arm, _ round: RoundResult) -> Table.Row? {
    guard let result = arm.result(in: round, of: result) else { return nil }
    let leads = zip(round.ticket.testAccuracy.values, result.testAccuracy.values).map { $0 - $1 }
    let isTicket = arm == .ticket, missing = HTMLText(Format.missing)
    let lead =
      leads.isEmpty
      ? round.ticket.testAccuracy.mean - result.testAccuracy.mean : leads.reduce(0, +) / Double(leads.count)
    let ahead: HTMLText = "\(leads.count { $0 > 0 }) of \(plural(leads.count, "seed"))"
    return Table.Row(
      [
        "\(arm.title)",
        HTMLText(Format.percentInterval(result.testAccuracy)),
        isTicket ? missing : HTMLText(Format.points(lead)), isTicket || leads.isEmpty ? missing : ahead,
        HTMLText(Format.interval(result.earlyStopStep, decimals: 0)),
      ], isMarked: isTicket)
  }

  private var meanings: HTMLText {
    let arms = arms.map { arm -> HTMLText in "<div><dt>\(arm.title)</dt><dd>\(arm.explanation)</dd></div>\n" }
    return "<dl class=\"meanings\">\n\(arms)</dl>"
  }

  private var comparisonNote: HTMLText {
    let absent = Arm.allCases.filter { !arms.contains($0) }.map { $0.title.lowercased() }
    let missing: HTMLText? = absent.isEmpty ? nil : " Not run: \(absent.joined(separator: ", "))."
    return """
      <p class="note">\(intervalNote) The lead is the mean over seeds of the ticket’s accuracy minus the other’s; \
      both of a pair come from the same seed.\(missing)</p>

      """
  }

  /// What the numbers behind ± are.
  var intervalNote: HTMLText {
    hasOneSeed
      ? "One seed was run, so no interval can be given: differences may be chance."
      : "Mean over \(plural(result.seeds.count, "seed")) ± half of the 95\(Format.space)% interval by Student’s t."
  }
}
