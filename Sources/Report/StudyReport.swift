public import Basics
package import Pages

/// The page of a study: what its arms' tickets owe to what, then arms against each other.
public struct StudyReport: Sendable {
  let result: StudyResult
  let chartScript: String?

  /// - Parameter chartScript: the source of Chart.js (`ChartLibrary.locate()`); without it the page has tables only.
  public init(_ result: StudyResult, chartScript: String?) {
    self.result = result
    self.chartScript = chartScript
  }

  /// The whole page, to be written to one file; it loads nothing else.
  public func html() -> String { page.html.markup }

  package var page: Page {
    Page(
      title: "Study \(result.name)", subtitle: subtitle, lead: verdict + controls,
      sections: [accuracy, comparisons, masks, arms, failures, provenance].compactMap { $0 }, chartScript: chartScript)
  }

  private var subtitle: HTMLText {
    let open: HTMLText? = result.missing > 0 ? ", \(plural(result.missing, "run")) not done" : nil
    let failed: HTMLText? = result.failed > 0 ? ", \(plural(result.failed, "run")) failed" : nil
    return """
      \(plural(result.arms.count, "arm")), \(plural(result.seeds.count, "seed")), \(plural(result.done, "run")) done\
      \(failed)\(open), \(Format.duration(result.seconds)) of one core
      """
  }

  // MARK: lead

  private var verdict: HTMLText {
    let purpose: HTMLText? = result.purpose.isEmpty ? nil : "<p class=\"subtitle\">\(result.purpose)</p>\n"
    return """
      \(purpose)<div class="verdict">\(result.verdict.map { sentence -> HTMLText in "<p>\(sentence)</p>\n" })</div>

      """
  }

  /// Every arm beside its controls, in the round that stands for it.
  private var controls: HTMLText {
    let rows = result.arms.map { arm -> Table.Row in
      guard let round = arm.chosen else {
        return Table.Row([HTMLText(arm.label)] + [HTMLText](repeating: HTMLText(Format.missing), count: 7))
      }
      let matches: HTMLText = arm.matching == nil ? "no" : "yes"
      return Table.Row([
        HTMLText(arm.label), HTMLText(Format.count(arm.seeds.count)), HTMLText(Format.density(round.density)), matches,
        HTMLText(Format.percentInterval(round.ticket)), lead(round, "dense"), lead(round, "reinit"),
        lead(round, "random"),
      ])
    }
    let columns: [Table.Column] = [
      .text("Arm"), .number("Seeds"), .number("Weights"), .text("Matches dense"), .number("Ticket, %"),
      .number("− dense"), .number("− re-initialised"), .number("− random mask"),
    ]
    return """
      \(Table("Tickets and controls: test accuracy, paired by seed", columns: columns, rows: rows).html)<p class="note">\
      The sparsest round that matches the dense network by validation accuracy, or else the last. Differences are points \
      of test accuracy with half of the 95\(Format.space)% interval by Student’s t.</p>

      """
  }

  private func lead(_ round: StudyRound, _ arm: String) -> HTMLText {
    HTMLText(round.leads[arm].map { Format.interval($0, scale: 100, decimals: 2) } ?? Format.missing)
  }

  // MARK: chart

  /// More lines than this cannot be told apart; the baseline and the arms after it are drawn.
  private static let mostSeries = 24

  private var accuracy: Section? {
    let shown = drawnArms
    guard shown.contains(where: { !$0.rounds.isEmpty }) else { return nil }
    let tickets = Chart.Variant("Tickets", series: series(shown) { $0.ticket })
    let others: [(String, (StudyRound) -> Interval?)] = [
      ("Re-initialised", { $0.reinit }), ("Shuffled mask", { $0.shuffled }), ("Random mask", { $0.random }),
    ]
    let controls = others.map { Chart.Variant($0.0, series: series(shown, $0.1)) }.filter { !$0.series.isEmpty }
    let all = ([tickets] + controls).flatMap(\.series).flatMap(\.points)
    var x = Axis("Remaining weights, %", scale: .logarithmic, unit: "%"),
      y = Axis("Test accuracy, %", unit: "%", decimals: 2)
    x.isReversed = true
    x.range = Axis.Range(low: (all.map(\.x).min() ?? 1) * 0.96, high: 100)
    x.ticks = Axis.logarithmicTicks(x.range?.low ?? 1, 100)
    y.range = Axis.roundRange(all.flatMap { [$0.y, $0.low, $0.high].compactMap { $0 } })
    if let range = y.range {
      y.range = Axis.Range(low: max(0, range.low), high: min(100, range.high), step: range.step)
    }
    let chart = Chart(
      id: "accuracy", title: "Test accuracy after the last step", x: x, y: y, variants: [tickets] + controls,
      group: "arms")
    let selector = ChartFigure.controls(
      group: "arms", label: "Networks", charts: [chart], drawn: chartScript != nil)
    let rest: HTMLText? =
      shown.count < result.arms.count ? "\(shown.count) of \(plural(result.arms.count, "arm")) are drawn. " : nil
    let figure = ChartFigure(
      chart, note: "\(rest)Shaded: 95\(Format.space)% intervals. The first point of a line is the dense network.")
    return Section(
      "Accuracy against density", id: "accuracy", body: "\(selector)\(figure.html(drawn: chartScript != nil))",
      charts: [chart])
  }

  private var drawnArms: [StudyArm] {
    let first = result.arms.filter { $0.label == result.baseline }
    return Array((first + result.arms.filter { $0.label != result.baseline }).prefix(Self.mostSeries))
  }

  private func series(_ arms: [StudyArm], _ value: (StudyRound) -> Interval?) -> [Chart.Series] {
    arms.enumerated().compactMap { i, arm in
      let points = arm.rounds.compactMap { round in value(round).map { Self.point(round.density, $0) } }
      guard !points.isEmpty else { return nil }
      let dense = arm.dense.map { [Self.point(1, $0)] } ?? []
      return Chart.Series(arm.label, style: .numbered(i), points: dense + points)
    }
  }

  private static func point(_ density: Double, _ interval: Interval) -> Chart.Point {
    Chart.Point(100 * density, 100 * interval.mean, low: 100 * interval.low, high: 100 * interval.high)
  }

  // MARK: tables

  private var comparisons: Section? {
    guard !result.comparisons.isEmpty else { return nil }
    let rows = result.comparisons.map { row in
      Table.Row(
        [
          HTMLText(row.arm), HTMLText(Format.density(row.density)), HTMLText(Format.count(row.remaining)),
          HTMLText(Format.count(row.difference.values.count)),
          HTMLText(Format.interval(row.difference, scale: 100, decimals: 2)),
          HTMLText(row.difference.values.count > 1 ? Format.significant(row.chance) : Format.missing),
          row.adjusted < 0.05
            ? "\(Format.significant(row.adjusted)) <span class=\"tag\">beyond chance</span>"
            : HTMLText(row.difference.values.count > 1 ? Format.significant(row.adjusted) : Format.missing),
        ], isMarked: row.adjusted < 0.05)
    }
    let columns: [Table.Column] = [
      .text("Arm"), .number("Weights, %"), .number("Weights"), .number("Seeds"), .number("Difference, points"),
      .number("p"), .number("p, Holm"),
    ]
    return Section(
      "Arms against \(result.baseline)", id: "comparisons",
      body: """
        <p>Test accuracy of the arm’s tickets less that of the baseline’s at the same number of weights, paired by seed. \
        p is the probability of a mean difference this large if there were none (Student’s t, both directions); the last \
        column is adjusted for all \(Format.count(result.comparisons.count)) comparisons after Holm.</p>
        \(Table("Paired comparisons", columns: columns, rows: rows).html)
        """)
  }

  private var masks: Section? {
    let maps = result.arms.enumerated().compactMap { i, arm -> HeatMap? in
      guard let values = arm.inputConnections, let shape = arm.inputShape, let round = arm.chosen else { return nil }
      let title = "\(arm.label), \(Format.density(round.density))"
      return HeatMap(id: "arm-\(i)", title: title, shape: shape, values: values)
    }
    guard !maps.isEmpty else { return nil }
    return Section(
      "First layers’ masks", id: "masks",
      body: """
        <p>How many connections of each input the first layer keeps, in the mask of each arm’s first seed. Each picture has a \
        scale of its own.</p>
        <div class="maps">\(maps.map(\.html))</div>

        """, maps: maps)
  }

  private var arms: Section {
    let tables = result.arms.prefix(200).map { arm -> HTMLText in
      let rows = arm.rounds.map { round in
        Table.Row(
          [
            HTMLText(Format.density(round.density)), HTMLText(Format.count(round.remaining)),
            HTMLText(Format.percentInterval(round.ticket)), cell(round.reinit), cell(round.shuffled),
            cell(round.random),
          ], isMarked: round.round == arm.matching)
      }
      let dense = Table.Row(["100\(Format.space)%", "all", cell(arm.dense), "", "", ""])
      let table = Table(
        "Test accuracy, %: \(arm.label)",
        columns: [
          .text("Density"), .number("Weights"), .number("Ticket"), .number("Re-initialised"), .number("Shuffled mask"),
          .number("Random mask"),
        ], rows: [dense] + rows)
      let note: HTMLText? =
        arm.matching == nil ? nil : "<p class=\"note\">Marked: the sparsest round that matches the dense network.</p>\n"
      return table.folded("\(arm.label)", printed: true) + (note ?? .empty)
    }
    return Section("Every arm", id: "arms", body: tables.joined())
  }

  private func cell(_ interval: Interval?) -> HTMLText {
    HTMLText(interval.map(Format.percentInterval) ?? Format.missing)
  }

  private var failures: Section? {
    let rows = result.arms.flatMap { arm in
      arm.failures.map {
        Table.Row([HTMLText(arm.label), "\(String($0.seed))", HTMLText($0.problem), "<code>\($0.log)</code>"])
      }
    }
    guard !rows.isEmpty else { return nil }
    let columns: [Table.Column] = [.text("Arm"), .text("Seed"), .text("What happened"), .text("Log")]
    return Section(
      "Failed runs", id: "failures", body: Table("Failed runs", columns: columns, rows: Array(rows.prefix(1000))).html)
  }

  private var provenance: Section {
    let shared = result.shared.sorted { $0.key < $1.key }.map { ($0.key, "<code>\($0.value)</code>" as HTMLText) }
    let runs = result.arms.map { arm in
      Table.Row([
        HTMLText(arm.label), "<code>\(arm.run)</code>", "<code>\(arm.digest)</code>", "<code>\(arm.reproduce)</code>",
      ])
    }
    let columns: [Table.Column] = [.text("Arm"), .text("Run folder"), .text("Digest"), .text("The arm alone")]
    return Section(
      "How to reproduce it", id: "provenance",
      body: """
        <p>This file and this command make the same bits again, on any number of processes, cores and nodes.</p>
        <div class="command"><pre id="reproduce" tabindex="0">\(result.reproduce)</pre>
        <button type="button" data-copy="reproduce">Copy the command</button></div>
        <pre tabindex="0" aria-label="The study file">\(result.source)</pre>
        \(Table("Digests: SHA-256 over the trained weights of all seeds", columns: columns, rows: runs).html)
        \(shared.isEmpty ? nil : Provenance.facts("Settings of all arms that differ from the defaults", shared.map { ($0.0, Cell($0.1)) }).html)
        """)
  }
}
