import Basics
public import Experiments
public import Pages

extension Connect {
  public static func document(_ record: Record<ConnectFinding>) -> Document {
    let finding = record.finding
    let statistics =
      finding.statisticsBatches > 0
      ? " Batch norm’s statistics were measured anew at every position, on \(Format.plural(finding.statisticsBatches, "batch", "batches"))."
      : ""
    return Document(
      title: "Instability analysis on \(record.dataset?.name ?? record["data"])",
      subtitle: """
        \(record["model"]), \(Format.plural(record.seeds.count, "seed")), \(finding.copies) copies of each state, \
        \(Format.plural(finding.positions.count, "position")) along each line
        """,
      notes: [
        """
        Copies of one network were trained from a common state and differ in data order, augmentation and dropout alone. \
        Instability is the largest error along the straight line between two of them, minus the mean error of its ends; \
        below \(Format.decimal(100 * finding.threshold, 0)) points of test error a network counts as stable. \
        \(Format.intervalNote(seeds: record.seeds.count))\(statistics) Training error is that of \
        \(Format.count(finding.trainSamples)) samples.
        """
      ], sections: [paths(finding), instability(finding), table(finding)].compactMap { $0 })
  }

  private static func name(_ fork: ConnectFinding.Fork) -> String {
    fork.ticket == nil ? "Step \(fork.step)" : "\(Format.density(fork.density)), step \(fork.step)"
  }

  // MARK: the errors along the lines

  private static func paths(_ finding: ConnectFinding) -> Section {
    let kinds: [(String, KeyPath<ConnectFinding.Fork, [Interval]>)] = [
      ("Test error", \.testPath), ("Training error", \.trainPath),
    ]
    let variants = kinds.map { label, path in
      Chart.Variant(
        label,
        series: finding.forks.enumerated().map { i, fork in
          Chart.Series(
            name(fork), style: .numbered(i),
            points: zip(finding.positions, fork[keyPath: path]).map { Chart.Point($0, $1, scale: 100) })
        })
    }
    var x = Axis("Position: 0 is one copy, 1 the other", decimals: 2), y = Axis("Error, %", unit: "%", decimals: 2)
    x.range = Axis.Range(low: 0, high: 1, step: 0.2)
    y.range = Axis.roundRange(variants.flatMap { $0.series.flatMap { $0.points.compactMap(\.y) } } + [0])
    let chart = Chart(
      id: "path", title: "Error along the line between two copies", x: x, y: y, variants: variants, group: "error")
    let note: HTMLText = "A flat line: the copies lie in one basin. A hump: training went different ways."
    return Section(
      "Along the line", id: "paths", [.charts([ChartFigure(chart, note: note)], group: "error", label: "Show")])
  }

  // MARK: instability

  /// Against the step of the fork or, for tickets of several densities, against the density.
  private static func instability(_ finding: ConnectFinding) -> Section? {
    guard finding.forks.count > 1 else { return nil }
    let hasTickets = finding.forks.contains { $0.ticket != nil }
    let places = finding.forks.map { hasTickets ? 100 * $0.density : Double($0.step) }
    let kinds: [(String, KeyPath<ConnectFinding.Fork, Interval>)] = [
      ("Test", \.testInstability), ("Training", \.trainInstability),
    ]
    let series = kinds.enumerated().map { i, kind in
      Chart.Series(
        kind.0, style: .numbered(i),
        points: zip(places, finding.forks).map { Chart.Point($0, $1[keyPath: kind.1], scale: 100) })
    }
    let line = Chart.Series(
      "Threshold", style: SeriesStyle(color: "--dense", dash: [4, 4], marker: "line"),
      points: [places.min() ?? 0, places.max() ?? 0].map { .init($0, 100 * finding.threshold) })
    var y = Axis("Instability, points", decimals: 2)
    y.range = Axis.roundRange(
      (series + [line]).flatMap { $0.points.flatMap { [$0.y, $0.low, $0.high].compactMap { $0 } } } + [0])
    let chart = Chart(
      id: "instability", title: "Instability of each fork", x: axis(places, hasTickets), y: y, series: series + [line])
    let reference: HTMLText = "The numbers stand in the <a href=\"#results\">table of results</a>."
    return Section("Instability", id: "instability", [.chart(ChartFigure(chart, tableReference: reference))])
  }

  private static func axis(_ places: [Double], _ hasTickets: Bool) -> Axis {
    guard hasTickets else {
      var x = Axis("Step of the fork", decimals: 0)
      x.range = Axis.Range(low: 0, high: max(places.max() ?? 1, 1))
      return x
    }
    var x = Axis("Remaining weights, %", scale: .logarithmic, unit: "%")
    x.isReversed = true
    x.range = Axis.Range(low: (places.min() ?? 1) * 0.96, high: max(100, places.max() ?? 100))
    x.ticks = Set(places).sorted(by: >)
    return x
  }

  private static func table(_ finding: ConnectFinding) -> Section {
    let rows = finding.forks.map { fork in
      Table.Row([
        .text(name(fork)), .significant(100 * fork.density), .percent(fork.testInstability),
        .percent(fork.trainInstability), .percent(fork.testEndError), .percent(fork.trainEndError),
        .text(fork.isStable ? "stable" : "unstable"),
      ])
    }
    let table = Table(
      "Instability in points, errors of the ends in %",
      columns: [
        .text("Fork"), .number("Remaining, %"), .number("Test instability"), .number("Training instability"),
        .number("Test error"), .number("Training error"), .text("Verdict"),
      ], rows: rows)
    return Section("Results", id: "results", isEssential: true, [.table(table)])
  }
}
