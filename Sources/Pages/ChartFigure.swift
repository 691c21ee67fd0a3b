/// A chart in a page: title, legend with a switch for each series, drawing, and the same numbers as a table.
public struct ChartFigure: Equatable, Sendable {
  public var chart: Chart
  /// What the reader should know to read the chart.
  public var note: HTMLText
  /// Where the numbers stand if a table of the page already holds them; `nil` adds a table of the chart's own.
  public var tableReference: HTMLText?

  public init(_ chart: Chart, note: HTMLText = .empty, tableReference: HTMLText? = nil) {
    self.chart = chart
    self.note = note
    self.tableReference = tableReference
  }

  /// - Parameter drawn: whether the page carries Chart.js; without it the figure is a table, or where to find one.
  public func html(drawn: Bool) -> HTMLText {
    let plot: HTMLText? = drawn ? "\(legend)\(canvas)<p class=\"note\">\(note)</p>\n" : nil
    let table: HTMLText =
      tableReference.map { "<p class=\"note reference\">\($0)</p>\n" }
      ?? Self.table(chart).folded("The same numbers as a table", open: !drawn)
    return """
      <figure class="chart" id="figure-\(chart.id)">
      <figcaption>\(chart.title)</figcaption>
      \(plot)\(table)</figure>

      """
  }

  /// The selector of a group of charts, and a switch between the part of interest and the whole range of values.
  public static func controls(group: String, label: String, charts: [Chart], drawn: Bool) -> HTMLText {
    guard let first = charts.first else { return .empty }
    let options = first.variants.enumerated().map { index, variant -> HTMLText in
      let state: HTMLText = index == first.selected ? " selected" : ""
      return "<option value=\"\(index)\"\(state)>\(variant.label)</option>"
    }
    let focus: HTMLText? =
      drawn && charts.contains { $0.y.focus != nil }
      ? "<label><input type=\"checkbox\" data-whole=\"\(group)\"> Show the whole range of values</label>" : nil
    return """
      <div class="controls"><label>\(label) <select data-group="\(group)">\(options)</select></label> \(focus)</div>

      """
  }

  /// The chosen variant as a table: one row for each x, one column for each series.
  public static func table(_ chart: Chart) -> Table {
    let variant = chart.variants[chart.selected], series = variant.series
    let rows = Set(series.flatMap { $0.points.map(\.x) }).sorted(by: chart.x.isReversed ? (>) : (<))
    let columns = series.map { series in Dictionary(series.points.map { ($0.x, $0.y) }) { first, _ in first } }
    return Table(
      HTMLText(variant.label.isEmpty ? chart.title : "\(chart.title): \(variant.label)"),
      columns: [.number("\(chart.x.label)")] + series.map { .number("\($0.name)") },
      rows: rows.map { x in
        Table.Row([HTMLText(chart.x.text(x))] + columns.map { HTMLText(chart.y.text($0[x] ?? nil)) })
      }, id: "table-\(chart.id)")
  }

  private var legend: HTMLText {
    let buttons = names.enumerated().map { index, name -> HTMLText in
      """
      <li><button type="button" aria-pressed="true" data-chart="\(chart.id)" data-series="\(index)">\
      <canvas class="swatch" width="68" height="28" aria-hidden="true"></canvas>\(name)</button></li>
      """
    }
    return "<ul class=\"legend\" aria-label=\"Series of the chart; press one to hide or show it\">\(buttons)</ul>\n"
  }

  private var canvas: HTMLText {
    "<div class=\"plot\"><canvas id=\"chart-\(chart.id)\" role=\"img\" aria-label=\"\(summary)\"></canvas></div>\n"
  }

  /// The names of all series in the order of their first appearance.
  private var names: [String] {
    var seen: Set<String> = []
    return chart.variants.flatMap { $0.series.map(\.name) }.filter { seen.insert($0).inserted }
  }

  /// The drawing in words: axes, and for each series where it starts and ends.
  private var summary: String {
    let lines = chart.variants[chart.selected].series.compactMap { series -> String? in
      guard let first = series.points.first, let last = series.points.last else { return nil }
      let ends = [first, last].map { "\(chart.y.text($0.y)) at \(chart.x.text($0.x))" }
      return "\(series.name): \(ends.joined(separator: ", "))."
    }
    return "Line chart of \(chart.y.label) against \(chart.x.label). " + lines.joined(separator: " ")
  }
}
