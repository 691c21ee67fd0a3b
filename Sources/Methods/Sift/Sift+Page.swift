import Analysis
import Basics
public import Experiments
public import Pages

extension Sift {
  private typealias Round = SiftFinding.Round

  public static func document(_ record: Record<SiftFinding>) -> Document {
    Document(
      title: "What pruning makes of a fully connected network on \(record.dataset?.name ?? record["data"])",
      subtitle: """
        \(record["model"]), \(Format.plural(record.finding.arms.count, "ladder")) of masks, \
        \(Format.plural(record.seeds.count, "seed")); z is beside \(Format.plural(record.finding.draws, "random mask"))
        """,
      notes: ["\(Format.intervalNote(seeds: record.seeds.count))"],
      sections: [
        locality(record.finding), accuracy(record.finding), rounds(record.finding), details(record.finding),
        displacements(record), units(record), pixels(record), deeper(record.finding), ablation(record.finding),
        agreement(record.finding),
      ].compactMap { $0 })
  }

  // MARK: charts

  private static func chart(
    _ id: String, _ title: String, _ y: Axis, _ finding: SiftFinding, scale: Double = 1,
    _ value: (SiftFinding.Round) -> Interval?
  ) -> Chart {
    var x = Axis("Density of the first layer, %", scale: .logarithmic, unit: "%")
    x.isReversed = true
    let low = finding.arms.flatMap { $0.rounds.map { 100 * $0.density } }.min() ?? 1
    // Some curves begin after the dense round: the axis is the same for all.
    x.range = .init(low: low, high: 100)
    x.ticks = Axis.logarithmicTicks(low, 100)
    return Chart(
      id: id, title: title, x: x, y: y,
      series: finding.arms.enumerated().map { i, arm in
        Chart.Series(
          arm.arm.rawValue, style: .numbered(i),
          points: arm.rounds.compactMap { round in
            value(round).map { Chart.Point(100 * round.density, $0, scale: scale) }
          })
      })
  }

  private static func locality(_ finding: SiftFinding) -> Section {
    let z = Axis("z", decimals: 1)
    let charts = [
      chart("degree-preserving", "Beside masks that keep the degrees of units and pixels", z, finding) {
        $0.score(.degreePreserving)
      },
      chart("uniform", "Beside masks that keep the degrees of units alone", z, finding) { $0.score(.uniform) },
    ]
    let note: HTMLText = """
      Score of the share of pairs at most 2 pixels apart: its distance from the mean of \(finding.draws) random masks, in \
      their standard deviations. Means over seeds with 95 % intervals.
      """
    let intro: HTMLText = """
      A bias towards the middle of the images makes masks look local beside masks that keep the degrees of units alone, \
      but not beside masks that keep those of the pixels too.
      """
    return Section(
      "Locality", id: "locality", [.paragraph(intro)] + charts.map { .chart(ChartFigure($0, note: note)) })
  }

  private static func accuracy(_ finding: SiftFinding) -> Section {
    let chart = chart(
      "accuracy", "Test accuracy after each round", Axis("Test accuracy, %", unit: "%", decimals: 2), finding,
      scale: 100
    ) { $0.testAccuracy }
    return Section("Accuracy against density", id: "accuracy", [.chart(ChartFigure(chart))])
  }

  private static func ablation(_ finding: SiftFinding) -> Section? {
    guard !finding.ablation.isEmpty, let round = finding.portraitRound else { return nil }
    let chart = Chart(
      id: "ablation", title: "Test accuracy without some first-layer units, round \(round)",
      x: Axis("Units removed", decimals: 0), y: Axis("Test accuracy, %", unit: "%", decimals: 2),
      series: finding.ablation.enumerated().map { i, curve in
        Chart.Series(
          "\(curve.order) connections", style: .numbered(i),
          points: zip(curve.removed, curve.testAccuracy).map { .init(Double($0), 100 * $1) })
      })
    let note: HTMLText = "A removed unit's outgoing weights are zero; nothing is trained again. First seed."
    return Section("Removing units", id: "ablation", [.chart(ChartFigure(chart, note: note))])
  }

  // MARK: tables

  /// A table an arm, without the columns that are empty in all of them: grey images have no colours to be coherent.
  private static func tables(_ finding: SiftFinding, _ all: [(name: HTMLText, cell: (Round) -> Cell)]) -> [Block] {
    let columns = all.filter { column in
      finding.arms.contains { $0.rounds.contains { column.cell($0) != .missing } }
    }
    return finding.arms.map { arm in
      .table(
        Table(
          "\(arm.arm.rawValue): \(arm.arm.summary)", columns: columns.map { .number($0.name) },
          rows: arm.rounds.map { round in Table.Row(columns.map { $0.cell(round) }) }))
    }
  }

  private static func rounds(_ finding: SiftFinding) -> Section {
    let intro: HTMLText = """
      Shares are of pairs of pixels that one unit reads in one channel. Gyration: root mean square distance of a unit's \
      pixels from their centre.
      """
    let tables = tables(
      finding,
      [
        ("Round", { .count($0.round) }), ("Density", { .density($0.density) }),
        ("Accuracy, %", { .percent($0.testAccuracy) }), ("Within 2, %", { .percent($0.measures[.within2]) }),
        ("z, degrees", { .interval($0.score(.degreePreserving), decimals: 1) }),
        ("z, uniform", { .interval($0.score(.uniform), decimals: 1) }),
        ("Gyration, pixels", { .interval($0.measures[.gyration], decimals: 2) }),
        ("Live units, %", { .text($0.liveShares.map { Format.decimal(100 * $0, 0) }.joined(separator: "\u{a0}")) }),
      ])
    return Section("Round by round", id: "rounds", isEssential: true, [.paragraph(intro)] + tables)
  }

  private static func details(_ finding: SiftFinding) -> Section {
    let intro: HTMLText = """
      One filter: how alike the masks of units are once their centres coincide, beside masks with the same degrees.
      """
    let tables = tables(
      finding,
      [
        ("Round", { .count($0.round) }), ("Within 1, %", { .percent($0.measures[.within1]) }),
        ("Within 3, %", { .percent($0.measures[.within3]) }),
        ("Mean distance, pixels", { .interval($0.meanDistance, decimals: 2) }),
        ("Colour coherence, %", { .percent($0.measures[.colourCoherence]) }),
        ("One filter, z", { .interval($0.patchScore, decimals: 1) }),
      ])
    return Section("More measures", id: "measures", [.paragraph(intro)] + tables)
  }

  private static func deeper(_ finding: SiftFinding) -> Section? {
    guard !finding.deeper.isEmpty, let round = finding.portraitRound else { return nil }
    let intro: HTMLText = """
      Pixels from which any path of surviving weights leads to a unit (round \(round), first seed), and the share of pairs \
      of them at most 2 pixels apart: of all connected pixels, by number of paths, and by products of weights.
      """
    func share(_ value: Double?) -> Cell { .decimal(value.map { 100 * $0 }, 2) }
    let table = Table(
      "Where units of each layer look",
      columns: [
        .text("Layer"), .number("Connected, %"), .number("Within 2, %"), .number("By paths, %"),
        .number("By weights, %"),
      ],
      rows: finding.deeper.map {
        Table.Row([
          .text($0.layer), share($0.connected), share($0.within2), share($0.within2ByPaths), share($0.within2ByWeights),
        ])
      })
    return Section("Deeper layers", id: "deeper", [.paragraph(intro), .table(table)])
  }

  private static func agreement(_ finding: SiftFinding) -> Section? {
    guard !finding.agreement.isEmpty else { return nil }
    let intro: HTMLText = """
      With initial weights permuted like the pixels the network is the same but for the order in which the first layer \
      sums over its inputs. Share of its surviving weights that the plain ladder keeps too, pixels put back.
      """
    let table = Table(
      "Agreement of first-layer masks", columns: [.number("Round"), .number("In common, %")],
      rows: finding.agreement.map { Table.Row([.count($0.round), .percent($0.overlap)]) })
    return Section(
      "The same network under other names", id: "agreement", isEssential: true, [.paragraph(intro), .table(table)])
  }
}
