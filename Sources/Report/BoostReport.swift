public import Basics
package import Pages

/// The page of `tombola boost`: how fast every network learns, what it reaches, and what it costs.
public struct BoostReport: Sendable {
  let result: BoostResult
  let chartScript: String?

  /// - Parameter chartScript: The source of Chart.js (`ChartLibrary.locate()`); without it the page has tables only.
  public init(_ result: BoostResult, chartScript: String?) {
    self.result = result
    self.chartScript = chartScript
  }

  /// The whole page, to be written to one file; it loads nothing else.
  public func html() -> String { page.html.markup }

  package var page: Page {
    let sentences = result.verdict.map { sentence -> HTMLText in "<li>\(sentence)</li>" }
    return Page(
      title: "Boosting tickets of \(result.settings["model"] ?? "") on \(result.settings["data"] ?? "")",
      subtitle: "\(plural(result.arms.count, "network")), \(plural(result.seeds.count, "seed"))",
      lead: "<ul>\n\(sentences)</ul>\n", sections: [early, curves, reached, time, masks, provenance],
      chartScript: chartScript
    )
  }

  private var early: Section {
    let steps = result.arms.first?.early.map(\.step) ?? []
    var columns: [Table.Column] = [.text("Network"), .number("Remaining, %")]
    columns += steps.map { step -> Table.Column in .number("\(Format.count(step))") }
    columns.append(.number("Area"))
    let rows = result.arms.map { arm in
      var cells = [HTMLText(arm.name), HTMLText(Format.significant(100 * arm.density))]
      cells += steps.map { step in cell(arm.early.first { $0.step == step }?.accuracy) }
      cells.append(cell(arm.area))
      return Table.Row(cells, isMarked: arm.name == "ticket")
    }
    let table = Table("Validation accuracy at early steps, %", columns: columns, rows: rows)
    return Section(
      "Early learning", id: "early",
      body: """
        \(table.html)<p class="note">Area: mean height of the validation curve. Means with 95 % intervals over the seeds.</p>

        """)
  }

  private var curves: Section {
    var charts = [chart("validation", "Validation accuracy") { $0.validationAccuracy }]
    if isRobust { charts.append(chart("robust", "Accuracy under PGD-20") { $0.validationPGD ?? .nan }) }
    let figures = charts.map { ChartFigure($0).html(drawn: chartScript != nil) }
    return Section("Learning curves", id: "curves", body: "<div class=\"side\">\(figures)</div>\n", charts: charts)
  }

  private var isRobust: Bool { result.arms.contains { $0.pgdAccuracy != nil } }

  private func chart(_ id: String, _ title: String, value: (CurvePoint) -> Double) -> Chart {
    let series = result.arms.enumerated().map { i, arm in
      Chart.Series(
        arm.name, style: .numbered(i), points: arm.curve.map { Chart.Point(Double($0.step), 100 * value($0)) })
    }
    var x = Axis("Step", decimals: 0), y = Axis("\(title), %", unit: "%", decimals: 2)
    x.range = series.flatMap { $0.points.map(\.x) }.max().map { Axis.Range(low: 0, high: max($0, 1)) }
    y.range = Axis.roundRange(series.flatMap { $0.points.compactMap(\.y) })
    if let range = y.range {
      y.range = Axis.Range(low: max(0, range.low), high: min(100, range.high), step: range.step)
    }
    return Chart(id: id, title: title, x: x, y: y, series: series)
  }

  private var reached: Section {
    let robust: [Table.Column] = isRobust ? [.number("FGSM, %"), .number("PGD-20, %")] : []
    let columns: [Table.Column] = [.text("Network"), .number("Validation, %"), .number("Test, %")]
    let rows = result.arms.map { arm in
      let attacked: [HTMLText] = isRobust ? [cell(arm.fgsmAccuracy), cell(arm.pgdAccuracy)] : []
      return row(arm, [cell(arm.validationAccuracy), cell(arm.testAccuracy)] + attacked)
    }
    let table = Table("After the last step", columns: columns + robust, rows: rows)
    return Section("What was reached", id: "reached", body: table.html)
  }

  private var time: Section {
    let rows = result.arms.map { arm in
      let costs = [arm.maskSeconds, arm.trainingSeconds, arm.attackSeconds, arm.evaluationSeconds].map(seconds)
      let epochs = arm.epochsToTarget.map { Format.interval($0, decimals: 1) } ?? Format.missing
      return row(arm, costs + [HTMLText(epochs), arm.secondsToTarget.map(seconds) ?? HTMLText(Format.missing)])
    }
    let table = Table(
      "Seconds, in the mean over the seeds",
      columns: [
        .text("Network"), .number("Mask phase"), .number("Training"), .number("Attacks in it"), .number("Evaluation"),
        .number("Epochs to target"), .number("To target"),
      ], rows: rows)
    return Section(
      "What it cost", id: "time",
      body: """
        \(table.html)<p class="note">The target of a seed is what its best dense network (\(result.bestDense)) reaches after \
        the last step. Seconds to it count the mask phase and the training until an evaluation first finds it reached.</p>

        """)
  }

  private func row(_ arm: BoostArm, _ cells: [HTMLText]) -> Table.Row {
    let tag: HTMLText? = arm.name == result.bestDense ? "<span class=\"tag\">best dense</span>" : nil
    return Table.Row(["\(arm.name)\(tag)"] + cells, isMarked: arm.name == "ticket")
  }

  private func seconds(_ value: Double) -> HTMLText { HTMLText(Format.decimal(value, 1)) }

  private var masks: Section {
    let rows = result.masks.map { mask in
      func path(_ values: [Interval]) -> HTMLText {
        HTMLText(values.map { Format.decimal($0.mean, 3) }.joined(separator: ", "))
      }
      return Table.Row([
        HTMLText(mask.name), HTMLText(Format.significant(mask.learningRate)), HTMLText(mask.objective),
        HTMLText(Format.interval(mask.correlation, decimals: 3)), path(mask.distance), path(mask.maskedDistance),
        HTMLText(Format.decimal(mask.seconds, 1)), HTMLText(Format.decimal(mask.attackSeconds, 1)),
      ])
    }
    let table = Table(
      "Mask phases",
      columns: [
        .text("Mask of"), .number("Rate"), .text("Training"), .number("R of a tenth"), .text("Distance by epoch"),
        .text("In the mask"), .number("Seconds"), .number("Attacks, s"),
      ], rows: rows)
    return Section(
      "Mask phases", id: "masks",
      body: """
        \(table.html)<p class="note">R: share of the largest tenth of initial magnitudes among the largest tenth of trained \
        ones, 0.1 by chance. Distance: between dense and sparse weights at the mask's rate, relative to the dense ones.</p>

        """)
  }

  private var provenance: Section {
    let rows = result.settings.sorted { $0.key < $1.key }.map { Table.Row([HTMLText($0.key), HTMLText($0.value)]) }
    let table = Table("All settings", columns: [.text("Setting"), .text("Value")], rows: rows)
    return Section(
      "Provenance", id: "provenance",
      body: "<p>To repeat: <code>\(result.reproduce)</code></p>\n\(table.folded("Settings"))")
  }

  private func cell(_ interval: Interval?) -> HTMLText {
    HTMLText(interval.map { Format.interval($0, scale: 100, decimals: 2) } ?? Format.missing)
  }
}
