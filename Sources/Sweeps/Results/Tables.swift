package import Basics
package import Experiments
package import Pages
import Tickets

// The tables and charts that sweeps, lists and the dashboard have in common.

extension StageTable {
  /// A row a network: its name, what remains, and a column for each metric that one of them has.
  package static func table(_ rows: [(label: String, row: Row)], caption: HTMLText) -> Table {
    let keys = Set(rows.flatMap { $0.row.metrics.keys }),
      metrics = keys.sorted(by: Self.comesBefore).map(MetricCatalog.metric)
    let hasLabels = Set(rows.map(\.label)).count > 1, hasDensity = rows.contains { $0.row.density != nil }
    let columns: [Table.Column] =
      (hasLabels ? [.text("Arm")] : []) + [.text("Network")] + (hasDensity ? [.number("Density")] : [])
      + metrics.map { .number(HTMLText($0.heading)) }
    let lines = rows.map { label, row -> Table.Row in
      let place: [Cell] =
        (hasLabels ? [.text(label)] : []) + [.text(row.name)]
        + (hasDensity ? [row.density.map { .density($0) } ?? .missing] : [])
      return Table.Row(place + metrics.map { $0.cell(row.metrics[$0.key]) })
    }
    return Table(caption, columns: columns, rows: lines)
  }

  /// The common ones first, in their order.
  private static func comesBefore(_ a: String, _ b: String) -> Bool {
    func place(_ key: String) -> Int { MetricCatalog.common.firstIndex { $0.key == key } ?? .max }
    return (place(a), a) < (place(b), b)
  }
}

extension TicketRound {
  /// A row a round, the dense network before them.
  package static func table(_ rounds: [TicketRound], dense: Interval?, marked: Int?, caption: HTMLText) -> Table {
    let controls = rounds.controls
    let first = Table.Row([.text("dense"), .density(1), .text("all"), .percent(dense)] + controls.map { _ in "" })
    let rows = rounds.map { round in
      Table.Row(
        [.count(round.round), .density(round.density), .count(round.remaining), .percent(round.ticket)]
          + controls.map { .percent(round.arms[$0.name]) }, isMarked: round.round == marked)
    }
    let columns: [Table.Column] = [.text("Round"), .number("Density"), .number("Weights"), .number("Ticket")]
    return Table(caption, columns: columns + controls.map { .number("\($0.title)") }, rows: [first] + rows)
  }
}

extension PairedComparison {
  package static func table(_ rows: [PairedComparison], metric: Metric, caption: HTMLText) -> Table {
    let named = rows.contains { $0.stage != nil }
    let lines = rows.map { row in
      let hasInterval = row.difference.values.count > 1
      let adjusted: Cell = hasInterval ? .significant(row.adjusted) : .missing
      let place: [Cell] =
        named
        ? [.text(row.stage ?? "")]
        : [row.density.map { .density($0) } ?? .missing, row.remaining.map { .count($0) } ?? .missing]
      return Table.Row(
        [.text(row.arm)] + place + [
          .count(row.difference.values.count), metric.difference(row.difference),
          hasInterval ? .significant(row.chance) : .missing,
          row.adjusted < 0.05
            ? Cell("\(adjusted.markup) <span class=\"tag\">beyond chance</span>", values: adjusted.values) : adjusted,
        ], isMarked: row.adjusted < 0.05)
    }
    let place: [Table.Column] = named ? [.text("Network")] : [.number("Density"), .number("Weights")]
    return Table(
      caption,
      columns: [.text("Arm")] + place + [
        .number("Seeds"), .number(metric.isShare ? "Difference, points" : "Difference"), .number("p"),
        .number("p, Holm"),
      ], rows: lines)
  }
}

extension Metric {
  package func cell(_ interval: Interval?) -> Cell {
    .interval(interval, scale: scale, decimals: decimals)
  }

  /// Of one run, in lists.
  package func cell(_ value: Double?) -> Cell {
    if key == "gap" { return value.map { Cell(HTMLText(Format.points($0)), values: [100 * $0]) } ?? .missing }
    if key == "density" { return value.map { .density($0) } ?? .missing }
    if !isShare, let value, let whole = Int(exactly: value) { return .count(whole) }
    return .decimal(value.map { scale * $0 }, decimals)
  }

  fileprivate func difference(_ interval: Interval) -> Cell {
    isShare ? .points(interval) : .interval(interval, decimals: max(1, decimals))
  }
}

extension Chart {
  /// Test accuracy against density, from the dense network down.
  package static func accuracy(_ variants: [Variant], group: String? = nil) -> Chart {
    let points = variants.flatMap(\.series).flatMap(\.points)
    var x = Axis("Remaining weights, %", scale: .logarithmic, unit: "%"),
      y = Axis("Test accuracy, %", unit: "%", decimals: 2)
    x.isReversed = true
    x.range = Axis.Range(low: (points.map(\.x).min() ?? 1) * 0.96, high: 100)
    x.ticks = Axis.logarithmicTicks(x.range?.low ?? 1, 100)
    y.range = Axis.roundRange(points.flatMap { [$0.y, $0.low, $0.high].compactMap { $0 } })
    if let range = y.range {
      y.range = Axis.Range(low: max(0, range.low), high: min(100, range.high), step: range.step)
    }
    return Chart(
      id: "accuracy", title: "Test accuracy after the last step", x: x, y: y, variants: variants, group: group)
  }
}

extension Chart.Series {
  /// `nil` if no round has the value.
  package init?(
    _ name: String, style: SeriesStyle, dense: Interval?, rounds: [TicketRound], _ value: (TicketRound) -> Interval?
  ) {
    let points = rounds.compactMap { round in
      value(round).map { Chart.Point(100 * round.density, $0, scale: 100) }
    }
    guard !points.isEmpty else { return nil }
    self.init(name, style: style, points: (dense.map { [Chart.Point(100, $0, scale: 100)] } ?? []) + points)
  }
}
