import Basics
public import Experiments
public import Pages

extension Boost {
  public static func document(_ record: Record<BoostFinding>) -> Document {
    Document(
      title: "Boosting tickets of \(record["model"]) on \(record["data"])",
      subtitle: "\(Format.plural(record.finding.arms.count, "network")), \(record.spread)",
      sections: BoostPage(result: record.finding).sections)
  }
}

/// How fast every network learns, what it reaches, and what it costs.
private struct BoostPage {
  let result: BoostFinding

  var sections: [Section] { [early, curves, reached, time, masks] }

  private var early: Section {
    let steps = result.arms.first?.early.map(\.step) ?? []
    var columns: [Table.Column] = [.text("Network"), .number("Remaining, %")]
    columns += steps.map { step -> Table.Column in .number("\(Format.count(step))") }
    columns.append(.number("Area"))
    let rows = result.arms.map { arm in
      var cells: [Cell] = [.text(arm.name), .significant(100 * arm.density)]
      cells += steps.map { step in .percent(arm.early.first { $0.step == step }?.accuracy) }
      cells.append(.percent(arm.area))
      return Table.Row(cells, isMarked: arm.name == "ticket")
    }
    let table = Table("Validation accuracy at early steps, %", columns: columns, rows: rows)
    return Section(
      "Early learning", id: "early", isEssential: true,
      [.table(table), .note("Area: mean height of the validation curve. Means with 95 % intervals over the seeds.")])
  }

  private var curves: Section {
    var charts = [chart("validation", "Validation accuracy") { $0.validationAccuracy }]
    if isRobust { charts.append(chart("robust", "Accuracy under PGD-20") { $0.validationPGD ?? .nan }) }
    return Section("Learning curves", id: "curves", [.beside(charts.map { .chart(ChartFigure($0)) })])
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
      let attacked: [Cell] = isRobust ? [.percent(arm.fgsmAccuracy), .percent(arm.pgdAccuracy)] : []
      return row(arm, [.percent(arm.validationAccuracy), .percent(arm.testAccuracy)] + attacked)
    }
    let table = Table("After the last step", columns: columns + robust, rows: rows)
    return Section("What was reached", id: "reached", isEssential: true, [.table(table)])
  }

  private var time: Section {
    let rows = result.arms.map { arm in
      let costs = [arm.maskSeconds, arm.trainingSeconds, arm.attackSeconds, arm.evaluationSeconds].map {
        Cell.decimal($0, 1)
      }
      return row(
        arm,
        costs + [
          .interval(arm.epochsToTarget, decimals: 1), .decimal(arm.secondsToTarget, 1),
          .interval(arm.timeRatio, decimals: 2),
        ])
    }
    let table = Table(
      "Seconds, in the mean over the seeds",
      columns: [
        .text("Network"), .number("Mask phase"), .number("Training"), .number("Attacks in it"), .number("Evaluation"),
        .number("Epochs to target"), .number("To target"), .number("Over the best dense"),
      ], rows: rows)
    return Section(
      "What it cost", id: "time", isEssential: true,
      [
        .table(table),
        .note(
          """
          The target of a seed is what its best dense network (\(result.bestDense)) reaches after the last step. Seconds to \
          it count the mask phase and the training until an evaluation first finds it reached.
          """),
      ])
  }

  private func row(_ arm: BoostArm, _ cells: [Cell]) -> Table.Row {
    let tag: HTMLText? = arm.name == result.bestDense ? " <span class=\"tag\">best dense</span>" : nil
    return Table.Row(["\(arm.name)\(tag)"] + cells, isMarked: arm.name == "ticket")
  }

  private var masks: Section {
    let rows = result.masks.map { mask in
      func path(_ values: [Interval]) -> Cell {
        .text(values.map { Format.decimal($0.mean, 3) }.joined(separator: ", "))
      }
      return Table.Row([
        .text(mask.name), .significant(mask.learningRate), .text(mask.objective), .interval(mask.steps, decimals: 0),
        .interval(mask.correlation, decimals: 3), path(mask.distance), path(mask.maskedDistance),
        .decimal(mask.seconds, 1), .decimal(mask.attackSeconds, 1),
      ])
    }
    let table = Table(
      "Mask phases",
      columns: [
        .text("Mask of"), .number("Rate"), .text("Training"), .number("Steps"), .number("R of a tenth"),
        .text("Distance by epoch"),
        .text("In the mask"), .number("Seconds"), .number("Attacks, s"),
      ], rows: rows)
    return Section(
      "Mask phases", id: "masks", isEssential: true,
      [
        .table(table),
        .note(
          """
          R: share of the largest tenth of initial magnitudes among the largest tenth of trained ones, 0.1 by chance. \
          Distance: between dense and sparse weights at the mask's rate, relative to the dense ones.
          """),
      ])
  }
}
