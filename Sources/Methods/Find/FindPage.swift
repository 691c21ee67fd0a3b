import Basics
public import Experiments
public import Pages
import Tickets

extension Find {
  public static func document(_ record: Record<FindFinding>) -> Document { FindPage(record).document }
}

/// What a search found, how sure that is, and how to do it again.
struct FindPage {
  /// A line of the charts and a column of the tables.
  struct Line: Equatable {
    var name: String
    var title: String
    /// What was done, as a clause.
    var explanation: String
    var style: SeriesStyle

    static let ticket = Line(
      name: "ticket", title: "Ticket", explanation: "the mask found, trained from the weights it was found with",
      style: SeriesStyle(color: "--ticket", marker: "circle"))
    static let dense = Line(
      name: "dense", title: "Dense", explanation: "the whole network",
      style: SeriesStyle(color: "--dense", marker: "line"))
    static let all = [ticket] + ControlCatalog.all.map(Line.init) + [dense]
  }

  let record: Record<FindFinding>
  /// Those that the search has results for.
  let lines: [Line]

  init(_ record: Record<FindFinding>) {
    self.record = record
    let finding = record.finding
    lines = Line.all.filter { line in
      finding.arms[line.name] != nil || finding.rounds.contains { $0.arms[line.name] != nil }
    }
  }

  var finding: FindFinding { record.finding }
  var recommended: FindFinding.Round? { finding.recommended }

  func arm(_ line: Line, _ round: FindFinding.Round) -> FindFinding.Arm? { finding.arm(line.name, in: round) }

  var document: Document {
    Document(
      title: "Ticket search on \(record.dataset?.name ?? record["data"])", subtitle: subtitle,
      notes: record.verdict.isEmpty ? ["No verdict was recorded for this search."] : [], lead: keyFigures,
      sections: [comparison, classes, accuracy, earlyStopping, learning, layers, inputs, results, details, ticket]
        .compactMap { $0 })
  }

  private var subtitle: HTMLText {
    let weights = finding.rounds.first?.layers.reduce(0) { $0 + $1.weights } ?? 0
    let size: HTMLText? = weights > 0 ? "\(Format.count(weights)) prunable weights, " : nil
    return """
      \(record["model"]), \(size)\(Format.plural(finding.rounds.count, "round")) of pruning, \
      \(Format.plural(record.seeds.count, "seed"))
      """
  }

  // MARK: key figures

  private var keyFigures: HTMLText {
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

  private var denseFigure: HTMLText { accuracyFigure("Dense test accuracy", finding.dense.testAccuracy) }

  private var ticketFigure: HTMLText? {
    recommended.map { accuracyFigure("Ticket’s test accuracy", $0.ticket.testAccuracy) }
  }

  private var densityFigure: HTMLText {
    guard let ticket = finding.ticket else { return figure("Recommended ticket", "None", "the verdict says why") }
    let weights = recommended.map { "\(Format.count($0.remaining)) weights, " } ?? ""
    let ratio = ticket.density > 0 ? "1 in \(Format.significant(1 / ticket.density))" : "none left"
    let cost = recommended.flatMap { round in
      round.multiplyAdds.map {
        ", \(Format.density(Double($0) / Double(max(1, round.denseMultiplyAdds ?? 1)))) of the multiply-adds"
      }
    }
    return figure(
      "Weights remaining", Format.density(ticket.density), "\(weights)\(ratio), round \(ticket.round)\(cost ?? "")")
  }

  private var sizeFigure: HTMLText? {
    finding.ticket.map { figure("Ticket file", Format.bytes($0.bytes), "\(Format.count($0.bytes)) bytes") }
  }

  private var timeFigure: HTMLText {
    let resident = "\(Format.bytes(record.residentBytes)) resident memory at most"
    return figure("Total time", record.seconds["total"].map(Format.duration) ?? Format.missing, resident)
  }

  private var seedFigure: HTMLText {
    let shown = record.seeds.prefix(8).map(String.init).joined(separator: ", ")
    return figure("Seeds", Format.count(record.seeds.count), record.seeds.count > 8 ? "\(shown), …" : shown)
  }
}

extension FindPage.Line {
  fileprivate init(_ control: any Control.Type) {
    self.init(
      name: control.name, title: control.title, explanation: control.summary.replacing("'", with: "’"),
      style: control.style)
  }
}
