import Basics
public import Foundation
package import Pages

/// The page of `tombola sift`: whether pruning leaves a fully connected network local, and what the controls say.
public struct SiftReport: Sendable {
  let findings: SiftFindings
  let chartScript: String?

  /// - Parameter chartScript: the source of Chart.js (`ChartLibrary.locate()`); without it the page has tables only.
  public init(_ findings: SiftFindings, chartScript: String?) {
    self.findings = findings
    self.chartScript = chartScript
  }

  /// The whole page, to be written to one file; it loads nothing else.
  public func html() -> String { page.html.markup }

  /// The page's larger pictures by name, for documents.
  public func pictures() -> [(name: String, file: Data)] {
    var result: [(name: String, file: Data)] = []
    if let maps = Self.strip(findings.displacements.map(\.same)) { result.append(("same-channel", maps.file)) }
    if let maps = Self.strip(findings.displacements.compactMap(\.different)) {
      result.append(("different-channel", maps.file))
    }
    if let portrait = findings.portrait {
      if let grid = Self.masks(portrait) { result.append(("masks", grid.file)) }
      if let grid = Self.weights(portrait) { result.append(("weights", grid.file)) }
    }
    return result
  }

  package var page: Page {
    Page(
      title: "What pruning makes of a fully connected network on \(findings.data)",
      subtitle:
        "\(findings.model), \(plural(findings.arms.count, "ladder")) of masks, \(plural(findings.seeds, "seed"))",
      lead: lead,
      sections: [scores, accuracy, rounds, displacements, units, pixels, deeper, ablation, agreement, provenance]
        .compactMap { $0 },
      chartScript: chartScript)
  }

  private var lead: HTMLText {
    guard let arm = findings.arms.first,
      let best = arm.rounds.max(by: { score($0) < score($1) }), let z = best.degreePreserving
    else { return "<div class=\"verdict\"><p>No mask was sparse enough to measure.</p></div>\n" }
    let local = z.low > 3 ? "look at neighbouring pixels more than chance allows" : "do not look local"
    let share = best.within[1].map { Format.percent($0.mean) } ?? Format.missing
    return """
      <div class="verdict"><p>At \(Format.density(best.density)) density (round \(best.round)) units \(local): \(share) of \
      the pairs of pixels that a unit reads are at most 2 apart, z = \(Format.interval(z, decimals: 1)) beside random masks \
      that keep the degrees of units and pixels.</p></div>

      """
  }

  private func score(_ round: SiftFindings.Round) -> Double { round.degreePreserving?.mean ?? -.infinity }

  // MARK: charts

  private var densityAxis: Axis {
    var axis = Axis("Density of the first layer, %", scale: .logarithmic, unit: "%")
    axis.isReversed = true
    let low = findings.arms.flatMap { $0.rounds.map { 100 * $0.density } }.min() ?? 1
    // Some curves begin after the dense round: the axis is the same for all.
    axis.range = .init(low: low, high: 100)
    axis.ticks = Axis.logarithmicTicks(low, 100)
    return axis
  }

  private func chart(
    _ id: String, _ title: String, _ y: Axis, scale: Double = 1, _ value: (SiftFindings.Round) -> Interval?
  ) -> Chart {
    Chart(
      id: id, title: title, x: densityAxis, y: y,
      series: findings.arms.enumerated().map { i, arm in
        Chart.Series(
          arm.name, style: .numbered(i),
          points: arm.rounds.compactMap { round in
            value(round).map {
              .init(100 * round.density, scale * $0.mean, low: scale * $0.low, high: scale * $0.high)
            }
          })
      })
  }

  private var scores: Section {
    let charts = [
      chart("degree-preserving", "Beside masks that keep the degrees of units and pixels", Axis("z", decimals: 1)) {
        $0.degreePreserving
      },
      chart("uniform", "Beside masks that keep the degrees of units alone", Axis("z", decimals: 1)) { $0.uniform },
    ]
    let note: HTMLText = """
      Score of the share of pairs at most 2 pixels apart: its distance from the mean of \(findings.draws) random masks, in \
      their standard deviations. Means over seeds with 95 % intervals.
      """
    return Section(
      "Locality", id: "locality",
      body: """
        <p>A bias towards the middle of the images makes masks look local beside masks that keep the degrees of units \
        alone, but not beside masks that keep those of the pixels too.</p>
        \(charts.map { ChartFigure($0, note: note).html(drawn: chartScript != nil) })
        """, charts: charts)
  }

  private var accuracy: Section {
    let chart = chart(
      "accuracy", "Test accuracy after each round", Axis("Test accuracy, %", unit: "%", decimals: 2), scale: 100
    ) { $0.accuracy }
    return Section(
      "Accuracy against density", id: "accuracy", body: ChartFigure(chart).html(drawn: chartScript != nil),
      charts: [chart])
  }

  private var ablation: Section? {
    guard !findings.ablation.isEmpty, let round = findings.portrait?.round else { return nil }
    let chart = Chart(
      id: "ablation", title: "Test accuracy without some first-layer units, round \(round)",
      x: Axis("Units removed", decimals: 0), y: Axis("Test accuracy, %", unit: "%", decimals: 2),
      series: findings.ablation.enumerated().map { i, curve in
        Chart.Series(
          "\(curve.order) connections", style: .numbered(i),
          points: zip(curve.removed, curve.accuracy).map { .init(Double($0), 100 * $1) })
      })
    let note: HTMLText = "A removed unit's outgoing weights are zero; nothing is trained again. First seed."
    return Section(
      "Removing units", id: "ablation", body: ChartFigure(chart, note: note).html(drawn: chartScript != nil),
      charts: [chart])
  }

  // MARK: tables

  private var rounds: Section {
    typealias Round = SiftFindings.Round
    func interval(_ value: Interval?, scale: Double = 1, _ decimals: Int) -> HTMLText? {
      value.map { HTMLText(Format.interval($0, scale: scale, decimals: decimals)) }
    }
    let all: [(name: String, text: (Round) -> HTMLText?)] = [
      ("Round", { "\($0.round)" }), ("Density", { "\(Format.density($0.density))" }),
      ("Accuracy, %", { interval($0.accuracy, scale: 100, 2) }),
      ("Within 1, %", { interval($0.within[0], scale: 100, 2) }),
      ("Within 2, %", { interval($0.within[1], scale: 100, 2) }),
      ("z, degrees", { interval($0.degreePreserving, 1) }), ("z, uniform", { interval($0.uniform, 1) }),
      ("Colour coherence, %", { interval($0.colourCoherence, scale: 100, 2) }),
      ("Gyration, pixels", { interval($0.gyration, 2) }), ("One filter, z", { interval($0.patchScore, 1) }),
      ("Live units, %", { HTMLText($0.live.map { Format.decimal(100 * $0, 0) }.joined(separator: "\u{a0}")) }),
    ]
    // Grey images have no colours to be coherent.
    let columns = all.filter { column in findings.arms.contains { $0.rounds.contains { column.text($0) != nil } } }
    let tables = findings.arms.map { arm -> HTMLText in
      Table(
        "\(arm.name): \(arm.summary)", columns: columns.map { .number(HTMLText($0.name)) },
        rows: arm.rounds.map { round in Table.Row(columns.map { $0.text(round) ?? HTMLText(Format.missing) }) }
      ).html
    }
    return Section(
      "Round by round", id: "rounds",
      body: """
        <p>Shares are of pairs of pixels that one unit reads in one channel. Gyration: root mean square distance of a \
        unit's pixels from their centre. One filter: how alike the masks of units are once their centres coincide, beside \
        masks with the same degrees.</p>
        \(tables)
        """)
  }

  private var deeper: Section? {
    guard !findings.deeper.isEmpty, let round = findings.portrait?.round else { return nil }
    func cell(_ share: Double?) -> HTMLText { HTMLText(share.map { Format.decimal(100 * $0, 2) } ?? Format.missing) }
    return Section(
      "Deeper layers", id: "deeper",
      body: """
        <p>Pixels from which any path of surviving weights leads to a unit (round \(round), first seed), and the share of \
        pairs of them at most 2 pixels apart: of all connected pixels, by number of paths, and by products of weights.</p>
        \(Table(
          "Where units of each layer look", columns: [
            .text("Layer"), .number("Connected, %"), .number("Within 2, %"), .number("By paths, %"),
            .number("By weights, %"),
          ],
          rows: findings.deeper.map {
            Table.Row([
              HTMLText($0.layer), cell($0.connected), cell($0.within2), cell($0.byPaths), cell($0.byWeights),
            ])
          }).html)
        """)
  }

  private var agreement: Section? {
    guard !findings.agreement.isEmpty else { return nil }
    return Section(
      "The same network under other names", id: "agreement",
      body: """
        <p>With initial weights permuted like the pixels the network is the same but for the order in which the first \
        layer sums over its inputs. Share of its surviving weights that the plain ladder keeps too, pixels put back.</p>
        \(Table(
          "Agreement of first-layer masks", columns: [.number("Round"), .number("In common, %")],
          rows: findings.agreement.map {
            Table.Row(["\($0.round)", HTMLText(Format.interval($0.overlap, scale: 100, decimals: 2))])
          }).html)
        """)
  }

  private var provenance: Section? {
    guard !findings.provenance.isEmpty else { return nil }
    return Section(
      "How it was made", id: "provenance",
      body: "<pre tabindex=\"0\">\(findings.provenance.joined(separator: "\n"))</pre>\n")
  }
}
