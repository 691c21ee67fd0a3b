package import Pages

/// The page of a spiral study: how sparse a network can be, and how sparse the methods make it.
public struct SpiralReport: Sendable {
  let findings: SpiralFindings
  let chartScript: String?

  /// - Parameter chartScript: the source of Chart.js (`ChartLibrary.locate()`); without it the page has tables only.
  public init(_ findings: SpiralFindings, chartScript: String?) {
    self.findings = findings
    self.chartScript = chartScript
  }

  /// The whole page, to be written to one file; it loads nothing else.
  public func html() -> String { page.html.markup }

  package var page: Page {
    Page(
      title: "The sparsest network on \(findings.data)",
      subtitle: "\(plural(findings.runs, "run")) in \(Format.duration(findings.seconds)) of one core", lead: lead,
      sections: [staircase, needs, structures, portraits, provenance].compactMap { $0 }, chartScript: chartScript)
  }

  private func percent(target: Double) -> String { Format.significant(100 * target) + Format.space + "%" }

  private var lead: HTMLText {
    let lines = zip(findings.targets, findings.optimum).enumerated().map { i, pair -> HTMLText in
      guard let optimum = pair.1 else { return "<p>No search reached \(percent(target: pair.0)).</p>\n" }
      let nearest = findings.needs.filter { $0.width != nil }.compactMap { need in need.weights[i].map { (need, $0) } }
        .min { $0.1 < $1.1 }
      let rest: HTMLText =
        nearest.map { need, weights in
          "; of the pruning methods, \(need.name) took fewest: \(weights) at width \(need.width ?? 0)"
        } ?? "; no pruning method reached it"
      return "<p>\(percent(target: pair.0)) accuracy takes \(optimum) weights by search\(rest).</p>\n"
    }
    return "<div class=\"verdict\">\(lines)</div>\n"
  }

  // MARK: charts

  private var staircase: Section? {
    guard !findings.staircases.isEmpty else { return nil }
    let widths = Set(findings.staircases.compactMap(\.width)).sorted()
    let variants =
      [Chart.Variant("all widths", series: series(nil))]
      + widths.map { Chart.Variant("width \($0)", series: series($0)) }
    var x = Axis("Weights", decimals: 0), y = Axis("Best accuracy, %", unit: "%", decimals: 2)
    let points = variants[0].series.flatMap(\.points)
    x.range = Axis.roundRange(points.map(\.x))
    y.range = Axis.roundRange(points.compactMap(\.y))
    if let high = y.range?.high { y.range?.high = min(100, high) }
    let marks = zip(findings.targets, findings.optimum).compactMap { target, weights in
      weights.map { Chart.Mark(Double($0), label: "\(percent(target: target)) by search") }
    }
    let chart = Chart(
      id: "staircase", title: "Best accuracy by number of weights", x: x, y: y, variants: variants, marks: marks,
      group: "widths")
    let controls = ChartFigure.controls(
      group: "widths", label: "Networks pruned", charts: [chart], drawn: chartScript != nil)
    let figure = ChartFigure(
      chart,
      note:
        "The best of all learning rates, schedules and repetitions. Training and test points are the same: this is what a network can represent and learn."
    )
    return Section(
      "Accuracy against weights", id: "staircase", body: "\(controls)\(figure.html(drawn: chartScript != nil))",
      charts: [chart])
  }

  /// The search, and for each method the best at a width or at all of them.
  private func series(_ width: Int?) -> [Chart.Series] {
    var names: [String] = []
    for staircase in findings.staircases where !names.contains(staircase.name) { names.append(staircase.name) }
    return names.enumerated().compactMap { i, name in
      var best: [Int: Double] = [:]
      for staircase in findings.staircases where staircase.name == name {
        guard staircase.width == nil || width == nil || staircase.width == width else { continue }
        for step in staircase.steps { best[step.weights] = max(best[step.weights] ?? 0, step.accuracy) }
      }
      guard !best.isEmpty else { return nil }
      let points = best.sorted { $0.key < $1.key }.map { Chart.Point(Double($0.key), 100 * $0.value) }
      return Chart.Series(name, style: .numbered(i), points: points)
    }
  }

  // MARK: tables

  private var needs: Section? {
    guard !findings.needs.isEmpty else { return nil }
    let heads = findings.targets.flatMap {
      [Table.Column.number("Weights at \(percent(target: $0))"), .number("Times the search")]
    }
    let rows = findings.needs.map { need in
      let cells = need.weights.enumerated().flatMap { i, weights -> [HTMLText] in
        let factor = weights.flatMap { weights in findings.optimum[i].map { Double(weights) / Double($0) } }
        return [
          HTMLText(weights.map(Format.count) ?? Format.missing),
          HTMLText(factor.map { Format.decimal($0, 2) } ?? Format.missing),
        ]
      }
      let start: [HTMLText] = [
        HTMLText(need.name), HTMLText(need.width.map(Format.count) ?? Format.missing),
        HTMLText(Format.count(need.runs)),
        HTMLText(Format.decimal(100 * need.best, 2)),
      ]
      return Table.Row(
        start + cells + [
          HTMLText(Format.decimal(100 * need.effective, 1)), HTMLText(Format.decimal(need.disconnected, 1)),
        ])
    }
    let columns: [Table.Column] =
      [.text("Method"), .number("Width"), .number("Runs"), .number("Best, %")] + heads
      + [.number("Weights on a path, %"), .number("Disconnected units")]
    return Section(
      "What each method needs", id: "needs",
      body: """
        <p>Fewest weights with which any run of a method reached the accuracy. Weights on a path lead from an input to \
        the output; disconnected units hold weights but lie on no such path. Both are means over all runs.</p>
        \(Table("Fewest weights by method and width", columns: columns, rows: rows).html)
        """)
  }

  private var structures: Section? {
    guard !findings.structures.isEmpty else { return nil }
    let rows = findings.structures.map {
      Table.Row([
        HTMLText($0.units), HTMLText(Format.count($0.weights)), HTMLText(Format.count($0.parameters)),
        HTMLText(Format.decimal(100 * $0.accuracy, 2)),
      ])
    }
    let columns: [Table.Column] = [
      .text("Hidden units"), .number("Weights"), .number("With biases"), .number("Best accuracy, %"),
    ]
    return Section(
      "Dense structures", id: "structures",
      body: Table("Structures that are better than all with fewer weights", columns: columns, rows: rows).html)
  }

  private var provenance: Section? {
    guard !findings.provenance.isEmpty else { return nil }
    return Section(
      "How it was made", id: "provenance",
      body: "<pre tabindex=\"0\">\(findings.provenance.joined(separator: "\n"))</pre>\n")
  }
}
