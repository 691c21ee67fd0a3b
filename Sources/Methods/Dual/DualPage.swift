import Basics
public import Experiments
public import Pages

extension Dual {
  public static func document(_ record: Record<DualFinding>) -> Document {
    let finding = record.finding
    return Document(
      title: "Dual lottery tickets of \(record["model"]) on \(record["data"])",
      subtitle: """
        weights picked \(finding.pick == "random" ? "at random" : "by size") go; \
        \(Format.plural(finding.levels.count, "sparsity", "sparsities")), \(record.spread)
        """,
      notes: [
        """
        The transformation takes \(Format.count(finding.transformationSteps)) steps of the dense network, and training behind \
        it \(Format.count(finding.trainingSteps)); “as many steps” are both together, and the steps of the dense network \
        take longer.
        """
      ], sections: DualPage(finding: finding).sections)
  }
}

/// The page of a transformation.
private struct DualPage {
  let finding: DualFinding

  var sections: [Section] { finding.levels.isEmpty ? [] : [accuracies, extrusion, cuts] + cycles }

  private var arms: [DualFinding.Arm] { finding.levels[0].arms }

  private var accuracies: Section {
    let rows = finding.levels.map { level in
      Table.Row(
        [.significant(100 * level.sparsity), .interval(level.kept, decimals: 0)]
          + level.arms.map { .percent($0.accuracy) }
          + [.percent(finding.dense)])
    }
    let table = Table(
      "Test accuracy, %",
      columns: [.number("Sparsity, %"), .number("Weights")] + arms.map { .number("\($0.title)") } + [.number("Dense")],
      rows: rows)
    let chart = Chart(
      id: "accuracy", title: "Test accuracy against the share of weights that is kept",
      x: Axis("Kept weights, %", scale: .logarithmic), y: Axis("Test accuracy, %"),
      series: arms.indices.map { i in
        Chart.Series(
          arms[i].title, style: .numbered(i),
          points: finding.levels.map { Chart.Point(100 * $0.density.mean, $0.arms[i].accuracy, scale: 100) })
      })
    return Section(
      "Beside training from scratch", id: "accuracy", isEssential: true, [.table(table), .chart(ChartFigure(chart))])
  }

  private var extrusion: Section {
    let chart = Chart(
      id: "extrusion", title: "Largest weight that goes over the mean of those that stay", x: Axis("Step", decimals: 0),
      y: Axis("Ratio", scale: .logarithmic),
      series: finding.levels.enumerated().map { i, level in
        Chart.Series(
          "\(Format.percent(level.sparsity)) go", style: .numbered(i),
          points: level.extrusion.map { Chart.Point(Double($0.step), $0.ratio) })
      })
    return Section("Extrusion", id: "extrusion", [.chart(ChartFigure(chart))])
  }

  private var cuts: Section {
    let rows = finding.levels.map { level in
      Table.Row([
        .significant(100 * level.sparsity),
        .interval(level.ratio, scale: 1e3, decimals: 2), .percent(level.before), .percent(level.after),
        .percent(level.plainBefore), .percent(level.plainAfter),
      ])
    }
    let table = Table(
      "Test accuracy at the cut, %, and the last ratio of extrusion, thousandths",
      columns: [
        .number("Sparsity, %"), .number("Ratio, 1e-3"), .number("Before"), .number("After"),
        .number("Without penalty, before"), .number("After"),
      ], rows: rows)
    return Section("What the cut costs", id: "cut", isEssential: true, [.table(table)])
  }

  private var cycles: [Section] {
    guard finding.cumulative.contains(where: { $0.count > 1 }) else { return [] }
    let rows = finding.cumulative.map { shares in
      Table.Row([.text(shares.map { Format.percent($0) }.joined(separator: ", "))])
    }
    return [
      Section(
        "Cycles", id: "cycles",
        [.table(Table("Sparsity after each cycle", columns: [.text("Sparsities")], rows: rows))])
    ]
  }
}
