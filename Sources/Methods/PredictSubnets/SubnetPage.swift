import Basics
public import Experiments
public import Pages

extension PredictSubnets {
  public static func document(_ record: Record<SubnetFinding>) -> Document {
    let finding = record.finding
    return Document(
      title: "Predicting sub-networks of \(record["model"]) on \(record["data"])",
      subtitle: """
        \(finding.sampleCount) samples by \(finding.measure), \(finding.heldOutCount) held out, \(record.spread)
        """,
      notes: [
        """
        Predictors see layer-wise keep rates and the magnitudes behind them, never the network's outputs. Choices are made on \
        the validation set; accuracies of choices are on the test set.
        """
      ], sections: SubnetPage(finding: finding).sections)
  }
}

private struct SubnetPage {
  let finding: SubnetFinding

  var sections: [Section] { finding.predictors.isEmpty ? [] : [ranking, choices, rates] }

  private var ranking: Section {
    let rows = finding.predictors.map { predictor in
      let ends = zip(predictor.lows, predictor.highs).map { "\(Format.decimal($0, 2)) to \(Format.decimal($1, 2))" }
      return Table.Row([
        .text(predictor.title), .interval(predictor.tau, decimals: 3), .text(ends.joined(separator: "; ")),
      ])
    }
    let table = Table(
      "Kendall's tau on held-out networks",
      columns: [
        .text("Ranked by"), .number("tau"), .text("Bootstrap over networks, each seed"),
      ], rows: rows)
    let byCount = Chart(
      id: "samples", title: "Kendall's tau against the number of samples", x: Axis("Samples", decimals: 0),
      y: Axis("Kendall's tau"),
      series: finding.predictors.filter { !$0.taus.isEmpty }.enumerated().map { i, predictor in
        Chart.Series(
          predictor.title, style: .numbered(i),
          points: zip(finding.counts, predictor.taus).map { Chart.Point(Double($0), $1) })
      })
    let agreement = Chart(
      id: "agreement", title: "Held-out networks of the first seed, by measured accuracy",
      x: Axis("Measured validation accuracy, %"), y: Axis("Predicted, %"),
      series: finding.points.enumerated().map { i, points in
        Chart.Series(
          finding.predictors[i].title, style: .numbered(i),
          points: points.sorted { ($0.measuredAccuracy, $0.predicted) < ($1.measuredAccuracy, $1.predicted) }.map {
            Chart.Point(100 * $0.measuredAccuracy, 100 * $0.predicted)
          })
      })
    return Section(
      "Ranking", id: "ranking", isEssential: true,
      [.table(table), .chart(ChartFigure(byCount)), .chart(ChartFigure(agreement))])
  }

  private var choices: Section {
    let dense = Table.Row([
      .text("Dense network"), .percent(finding.dense), .percent(finding.dense), .count(finding.weights),
    ])
    let rows = finding.choices.map { choice in
      Table.Row([
        .text(choice.title), .percent(choice.bestAccuracy), .percent(choice.meanAccuracy), .count(choice.mostWeights),
      ])
    }
    let table = Table(
      "Test accuracy, %, of networks within \(Format.count(finding.budget)) weights",
      columns: [.text("Chosen by"), .number("Best by validation"), .number("Mean of all"), .number("Most weights")],
      rows: rows + [dense])
    return Section("Choices within the budget", id: "choices", isEssential: true, [.table(table)])
  }

  private var rates: Section {
    let chart = Chart(
      id: "rates", title: "Mean keep rate by layer", x: Axis("Layer", decimals: 0),
      y: Axis("Keep rate, %"),
      series: finding.choices.enumerated().map { i, choice in
        Chart.Series(
          choice.title, style: .numbered(i),
          points: choice.rates.enumerated().map { Chart.Point(Double($0.offset + 1), $0.element, scale: 100) })
      })
    let table = Table(
      "Mean keep rate, %", columns: [.text("Layer")] + finding.choices.map { .number("\($0.title)") },
      rows: finding.layers.enumerated().map { i, layer in
        Table.Row([.text(layer)] + finding.choices.map { .percent($0.rates[i]) })
      })
    return Section("Where weights go", id: "rates", [.chart(ChartFigure(chart)), .table(table)])
  }
}
