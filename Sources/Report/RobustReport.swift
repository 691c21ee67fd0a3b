public import Basics
package import Pages

/// The page of `tombola attack`: what every attack leaves, the curve over the radius, and whether gradients mislead.
public struct RobustReport: Sendable {
  let result: RobustResult
  let chartScript: String?

  /// - Parameter chartScript: The source of Chart.js (`ChartLibrary.locate()`); without it the page has tables only.
  public init(_ result: RobustResult, chartScript: String?) {
    self.result = result
    self.chartScript = chartScript
  }

  /// The whole page, to be written to one file; it loads nothing else.
  public func html() -> String { page.html.markup }

  package var page: Page {
    Page(
      title: "Robustness of \(result.network) on \(result.data)", subtitle: subtitle, lead: lead,
      sections: [attacks, curve, masking, provenance], chartScript: chartScript)
  }

  private var radius: String { "\(result.ball) radius \(Format.significant(result.epsilon))" }

  private var subtitle: HTMLText {
    """
    \(Format.density(result.density)) of the weights, \(radius), \(Format.count(result.samples)) test samples of seed \
    \(String(result.seed))
    """
  }

  private var lead: HTMLText {
    let raised = result.flags.filter(\.isRaised)
    let proven = result.provenAccuracy.map { share -> HTMLText in
      "<li>Proven by interval bounds: <strong>\(Format.percent(share))</strong></li>"
    }
    let warning: HTMLText =
      raised.isEmpty
      ? "No sign that gradients mislead the attacks."
      : "Gradients may mislead the attacks: \(raised.map(\.name).joined(separator: ", ")). Do not trust the worst case."
    return """
      <ul>
      <li>Right without attack: <strong>\(Format.percent(result.cleanAccuracy))</strong></li>
      <li>Right under every attack: <strong>\(Format.percent(result.worstCase))</strong></li>
      \(proven)
      </ul>
      <p>\(warning)</p>

      """
  }

  private var attacks: Section {
    var rows = [Table.Row(["none", "", HTMLText(Format.percent(result.cleanAccuracy)), "", "", ""])]
    rows += result.attacks.map { attack in
      Table.Row([
        HTMLText(attack.name), attack.isBlackBox ? "outputs" : "gradients", HTMLText(Format.percent(attack.accuracy)),
        HTMLText(Format.count(attack.forwardPasses)), HTMLText(Format.count(attack.backwardPasses)),
        HTMLText(Format.decimal(attack.seconds, 2)),
      ])
    }
    rows.append(
      Table.Row(
        ["worst case", "every attack, sample by sample", HTMLText(Format.percent(result.worstCase)), "", "", ""],
        isMarked: true))
    if let proven = result.provenAccuracy, let samples = result.provenSamples {
      rows.append(
        Table.Row([
          "proven", "interval bounds on \(Format.count(samples)) samples", HTMLText(Format.percent(proven)), "", "",
          HTMLText(Format.decimal(result.provenSeconds ?? 0, 2)),
        ]))
    }
    let table = Table(
      "Accuracy under attack, \(radius)",
      columns: [
        .text("Attack"), .text("Sees"), .number("Right"), .number("Forward passes"), .number("Backward passes"),
        .number("Seconds"),
      ], rows: rows)
    return Section(
      "Attacks", id: "attacks",
      body: """
        \(table.html)<p class="note">The worst case is an upper bound of the true robust accuracy; what interval bounds \
        prove is a lower one.</p>

        """)
  }

  private var curve: Section {
    var x = Axis("Radius", decimals: 4), y = Axis("Accuracy under PGD-20, %", unit: "%", decimals: 2)
    // The last radius is a check, far outside: the drawing stops at four times the radius.
    let points = result.curve.filter { $0.epsilon <= 4.001 * result.epsilon }
    x.range = points.last.map { Axis.Range(low: 0, high: max($0.epsilon, 1e-6)) }
    y.range = Axis.Range(low: 0, high: 100, step: 10)
    let chart = Chart(
      id: "radius", title: "Accuracy over the radius", x: x, y: y,
      series: [
        Chart.Series(
          "PGD-20", style: .numbered(0), points: points.map { Chart.Point($0.epsilon, 100 * $0.accuracy) })
      ], marks: [Chart.Mark(result.epsilon, label: "epsilon")])
    let figure = ChartFigure(chart).html(drawn: chartScript != nil)
    return Section("Over the radius", id: "curve", body: figure, charts: [chart])
  }

  private var masking: Section {
    let rows = result.flags.map { flag in
      Table.Row(
        [HTMLText(flag.name), flag.isRaised ? "raised" : "clear", HTMLText(flag.finding)], isMarked: flag.isRaised)
    }
    let table = Table(
      "Signs of masked gradients", columns: [.text("Sign"), .text("State"), .text("Figures")], rows: rows)
    return Section("Gradient masking", id: "masking", body: table.html)
  }

  private var provenance: Section {
    let rows = [
      ("Ticket", result.ticket), ("Digest", result.digest), ("Network", result.network), ("Data", result.data),
      ("Ball", result.ball), ("Epsilon", "\(result.epsilon)"), ("Seed", "\(result.seed)"),
    ].map { Table.Row([HTMLText($0.0), HTMLText($0.1)]) }
    return Section(
      "Provenance", id: "provenance",
      body: Table("What was attacked", columns: [.text("Item"), .text("Value")], rows: rows).html)
  }
}
