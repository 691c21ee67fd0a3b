import Basics
public import Experiments
public import Pages

extension Surf {
  public static func document(_ record: Record<SurfFinding>) -> Document {
    let finding = record.finding
    return Document(
      title: "Unrolled federated learning on \(record["data"])",
      subtitle: """
        \(record["agents"]) agents, \(record["layers"]) layers, \(record["features"]) principal components; \(record.spread)
        """,
      notes: [
        """
        Accuracies are means over held-out tasks and over the heads of all agents. Rates of the other methods are tuned on \
        tasks of the training family; the components hold a variance of \(Format.significant(finding.variance)).
        """
      ], sections: SurfPage(finding: finding).sections)
  }
}

private struct SurfPage {
  let finding: SurfFinding

  var sections: [Section] { finding.arms.isEmpty ? [] : [accuracies, descent, families, duals] }

  private var accuracies: Section {
    let rows = finding.arms.map { arm in
      Table.Row([
        .text(arm.title), .percent(arm.heldOut.accuracy), .interval(arm.heldOut.testLoss, decimals: 3),
        .text(Set(arm.tunedRates).sorted().map { Format.significant($0) }.joined(separator: ", ")),
        .count(arm.roundBytes),
      ])
    }
    let table = Table(
      "On held-out tasks after \(finding.rounds) rounds",
      columns: [
        .text("Heads by"), .number("Accuracy, %"), .number("Loss"), .text("Tuned rate"), .number("Bytes a round"),
      ], rows: rows)
    let chart = Chart(
      id: "rounds", title: "Accuracy on held-out tasks", x: Axis("Layer", decimals: 0), y: Axis("Accuracy, %"),
      series: finding.arms.enumerated().map { i, arm in
        Chart.Series(
          arm.title, style: .numbered(i),
          points: arm.heldOut.curve.enumerated().map { Chart.Point(Double($0.offset), $0.element, scale: 100) })
      })
    return Section("Held-out tasks", id: "tasks", isEssential: true, [.table(table), .chart(ChartFigure(chart))])
  }

  private var descent: Section {
    let arms = finding.arms.filter { $0.name != SurfArm.pooled.rawValue }
    let chart = Chart(
      id: "ratios", title: "Norm of the gradient after a layer over that before it", x: Axis("Layer", decimals: 0),
      y: Axis("Ratio"),
      series: arms.enumerated().map { i, arm in
        Chart.Series(
          arm.title, style: .numbered(i),
          points: arm.heldOut.ratios.enumerated().map { Chart.Point(Double($0.offset + 1), $0.element) })
      })
    let table = Table(
      "Ratio by layer", columns: [.text("Layer")] + arms.map { .number("\($0.title)") },
      rows: arms[0].heldOut.ratios.indices.map { layer in
        Table.Row([.text("\(layer + 1)")] + arms.map { .interval($0.heldOut.ratios[layer], decimals: 3) })
      })
    return Section("Descent", id: "descent", isEssential: true, [.table(table), .chart(ChartFigure(chart))])
  }

  private var families: Section {
    let rows = finding.arms.map { arm in
      Table.Row([
        .text(arm.title), .percent(arm.outside?.accuracy), .interval(arm.outside?.testLoss, decimals: 3),
        .percent(arm.scaled.accuracy), .interval(arm.scaled.testLoss, decimals: 3),
      ])
    }
    let table = Table(
      "Out of the family",
      columns: [
        .text("Heads by"), .number("Other classes, %"), .number("Loss"), .number("Features / 3, %"), .number("Loss"),
      ], rows: rows)
    return Section("Out of the family", id: "family", isEssential: true, [.table(table)])
  }

  private var duals: Section {
    let layers = finding.duals.first?.indices ?? 0..<0
    let chart = Chart(
      id: "duals", title: "Dual variables of the constraints", x: Axis("Training, %", decimals: 0), y: Axis("nu"),
      series: layers.map { layer in
        Chart.Series(
          "Layer \(layer + 1)", style: .numbered(layer),
          points: finding.duals.enumerated().map { i, row in
            Chart.Point(100 * Double(i) / Double(max(1, finding.duals.count - 1)), row[layer])
          })
      })
    return Section("Constraints", id: "duals", [.chart(ChartFigure(chart))])
  }
}
