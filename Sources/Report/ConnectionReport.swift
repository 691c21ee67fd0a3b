public import Basics

/// The page that `tombola connect` ends with: instability by fork, and the errors along the lines.
public struct ConnectionReport: Sendable {
  let result: ConnectionResult
  let chartScript: String?

  /// - Parameter chartScript: The source of Chart.js (`ChartLibrary.locate()`); without it the page has tables only.
  public init(_ result: ConnectionResult, chartScript: String?) {
    self.result = result
    self.chartScript = chartScript
  }

  /// The whole page, to be written to one file; it loads nothing else.
  public func html() -> String { page.html.markup }

  package var page: Page {
    Page(
      title: "Instability analysis on \(result.dataset.name)", subtitle: subtitle, lead: verdict + note,
      sections: [paths, instability, table, provenance].compactMap { $0 }, chartScript: chartScript)
  }

  private var drawn: Bool { chartScript != nil }
  private var hasTickets: Bool { result.forks.contains { $0.ticket != nil } }

  private var subtitle: HTMLText {
    """
    \(result.settings["model"] ?? ""), \(plural(result.seeds.count, "seed")), \(result.copies) copies of each state, \
    \(plural(result.positions.count, "position")) along each line
    """
  }

  private var verdict: HTMLText {
    "<div class=\"verdict\">\(result.verdict.map { sentence -> HTMLText in "<p>\(sentence)</p>\n" })</div>\n"
  }

  private var note: HTMLText {
    let intervals =
      result.seeds.count > 1
      ? "Means over \(plural(result.seeds.count, "seed")) ± half of the 95\(Format.space)% interval by Student’s t."
      : "One seed was run, so no interval can be given."
    let statistics =
      result.statisticsBatches > 0
      ? " Batch norm’s statistics were measured anew at every position, on \(plural(result.statisticsBatches, "batch"))."
      : ""
    return """
      <p class="note">Copies of one network were trained from a common state and differ in data order, augmentation and \
      dropout alone. Instability is the largest error along the straight line between two of them, minus the mean error \
      of its ends; below \(Format.decimal(100 * result.threshold, 0)) points of test error a network counts as stable. \
      \(intervals)\(statistics) Training error is that of \(Format.count(result.trainSamples)) samples.</p>

      """
  }

  // MARK: the errors along the lines

  private func name(_ fork: ConnectionResult.Fork) -> String {
    fork.ticket == nil ? "Step \(fork.step)" : "\(Format.density(fork.density)), step \(fork.step)"
  }

  private var paths: Section {
    let kinds: [(String, KeyPath<ConnectionResult.Fork, [Interval]>)] = [
      ("Test error", \.testPath), ("Training error", \.trainPath),
    ]
    let variants = kinds.map { label, path in
      Chart.Variant(
        label,
        series: result.forks.enumerated().map { i, fork in
          Chart.Series(name(fork), style: .numbered(i), points: points(fork[keyPath: path]))
        })
    }
    var x = Axis("Position: 0 is one copy, 1 the other", decimals: 2), y = Axis("Error, %", unit: "%", decimals: 2)
    x.range = Axis.Range(low: 0, high: 1, step: 0.2)
    y.range = Axis.roundRange(variants.flatMap { $0.series.flatMap { $0.points.compactMap(\.y) } } + [0])
    let chart = Chart(
      id: "path", title: "Error along the line between two copies", x: x, y: y, variants: variants, group: "error")
    let controls = ChartFigure.controls(group: "error", label: "Show", charts: [chart], drawn: drawn)
    return Section(
      "Along the line", id: "paths",
      body: controls
        + ChartFigure(chart, note: "A flat line: the copies lie in one basin. A hump: training went different ways.")
        .html(drawn: drawn), charts: [chart])
  }

  private func points(_ errors: [Interval]) -> [Chart.Point] {
    zip(result.positions, errors).map { .init($0, 100 * $1.mean, low: 100 * $1.low, high: 100 * $1.high) }
  }

  // MARK: instability

  /// Against the step of the fork or, for tickets of several densities, against the density.
  private var instability: Section? {
    guard result.forks.count > 1 else { return nil }
    var x =
      hasTickets ? Axis("Remaining weights, %", scale: .logarithmic, unit: "%") : Axis("Step of the fork", decimals: 0)
    let places = result.forks.map { hasTickets ? 100 * $0.density : Double($0.step) }
    if hasTickets {
      x.isReversed = true
      x.range = Axis.Range(low: (places.min() ?? 1) * 0.96, high: max(100, places.max() ?? 100))
      x.ticks = Set(places).sorted(by: >)
    } else {
      x.range = Axis.Range(low: 0, high: max(places.max() ?? 1, 1))
    }
    let kinds: [(String, KeyPath<ConnectionResult.Fork, Interval>)] = [
      ("Test", \.testInstability), ("Training", \.trainInstability),
    ]
    let series = kinds.enumerated().map { i, kind in
      Chart.Series(
        kind.0, style: .numbered(i),
        points: zip(places, result.forks).map { place, fork in
          let value = fork[keyPath: kind.1]
          return .init(place, 100 * value.mean, low: 100 * value.low, high: 100 * value.high)
        })
    }
    let ends = [places.min() ?? 0, places.max() ?? 0]
    let line = Chart.Series(
      "Threshold", style: SeriesStyle(color: "--dense", dash: [4, 4], marker: "line"),
      points: ends.map { .init($0, 100 * result.threshold) })
    var y = Axis("Instability, points", decimals: 2)
    y.range = Axis.roundRange(
      (series + [line]).flatMap { $0.points.flatMap { [$0.y, $0.low, $0.high].compactMap { $0 } } } + [0])
    let chart = Chart(id: "instability", title: "Instability of each fork", x: x, y: y, series: series + [line])
    let reference: HTMLText = "The numbers stand in the <a href=\"#results\">table of results</a>."
    return Section(
      "Instability", id: "instability",
      body: ChartFigure(chart, tableReference: reference).html(drawn: drawn), charts: [chart])
  }

  private var table: Section {
    let rows = result.forks.map { fork in
      Table.Row([
        "\(name(fork))", HTMLText(Format.significant(100 * fork.density)),
        HTMLText(Format.percentInterval(fork.testInstability)), HTMLText(Format.percentInterval(fork.trainInstability)),
        HTMLText(Format.percentInterval(fork.testEndError)), HTMLText(Format.percentInterval(fork.trainEndError)),
        fork.isStable ? "stable" : "unstable",
      ])
    }
    let table = Table(
      "Instability in points, errors of the ends in %",
      columns: [
        .text("Fork"), .number("Remaining, %"), .number("Test instability"), .number("Training instability"),
        .number("Test error"), .number("Training error"), .text("Verdict"),
      ], rows: rows)
    return Section("Results", id: "results", body: table.html)
  }

  // MARK: provenance

  private var provenance: Section {
    let settings = result.settings.sorted { $0.key < $1.key }.map { key, value in
      Table.Row(["\(key)", "<code>\(value)</code>"])
    }
    let seconds = result.seconds.sorted { $0.key < $1.key }.map { phase, seconds in
      Table.Row(["\(phase)", "\(Format.duration(seconds))"])
    }
    return Section(
      "How to reproduce it", id: "provenance",
      body: """
        <p>This command makes the same bits again, on any number of threads and on any supported processor.</p>
        <div class="command"><pre id="reproduce" tabindex="0">\(result.reproduce)</pre>
        <button type="button" data-copy="reproduce">Copy the command</button></div>
        <p>Data: \(result.dataset.name), \(Format.count(result.dataset.trainCount)) training, \
        \(Format.count(result.dataset.testCount)) test samples; seeds \
        \(result.seeds.map(String.init).joined(separator: ", ")).</p>
        \(Table("Time by phase", columns: [.text("Phase"), .number("Time")], rows: seconds).html)\
        \(Table("Settings", columns: [.text("What"), .text("Value")], rows: settings).html)
        """)
  }
}
