import Basics
package import Pages

/// The charts over densities and over training.
extension SearchReport {
  var accuracy: Section {
    var axis = Axis("Test accuracy, %", unit: "%", decimals: 2)
    axis.range = Axis.roundRange(bounds(\.testAccuracy).map { 100 * $0 })
    let chart = densityChart("accuracy", "Test accuracy after the last step", axis, \.testAccuracy, scale: 100)
    return section(
      "Accuracy against density", id: "accuracy", chart,
      note: """
        Shaded: 95\(Format.space)% intervals. \(hasOneSeed ? "One seed was run, so there are none. " : "")\
        The grey line is the dense network. The axis is logarithmic and runs from dense to sparse.
        """)
  }

  var earlyStopping: Section {
    var axis = Axis("Early-stop step", decimals: 0)
    axis.range = Axis.roundRange(bounds(\.earlyStopStep))
    if let low = axis.range?.low { axis.range?.low = max(0, low) }
    let chart = densityChart("early-stop", "Step of least validation loss", axis, \.earlyStopStep, scale: 1)
    return section(
      "Early stopping", id: "early-stopping", chart,
      note: "How fast each network learns: the step at which its validation loss was least. Lower is faster.")
  }

  private func section(_ heading: String, id: String, _ chart: Chart, note: HTMLText) -> Section {
    guard !result.rounds.isEmpty else {
      return Section(heading, id: id, body: "<p>No round of pruning was finished.</p>\n")
    }
    let reference: HTMLText = "All numbers stand in the <a href=\"#results\">tables of results</a>."
    return Section(
      heading, id: id, body: ChartFigure(chart, note: note, tableReference: reference).html(drawn: drawn),
      charts: [chart])
  }

  private func densityChart(
    _ id: String, _ title: String, _ y: Axis, _ value: KeyPath<ArmResult, Interval>, scale: Double
  ) -> Chart {
    let series = arms.map { arm in
      Chart.Series(arm.title, style: arm.style, points: densityPoints(arm, value, scale: scale))
    }
    let marks = recommended.map { [Chart.Mark(100 * $0.density, label: "recommended")] } ?? []
    return Chart(id: id, title: title, x: densityAxis, y: y, series: series, marks: marks)
  }

  private func densityPoints(_ arm: Arm, _ value: KeyPath<ArmResult, Interval>, scale: Double) -> [Chart.Point] {
    let points = result.rounds.compactMap { round -> Chart.Point? in
      guard let interval = arm.result(in: round, of: result)?[keyPath: value] else { return nil }
      return .init(
        100 * round.density, scale * interval.mean, low: scale * interval.low, high: scale * interval.high)
    }
    guard arm == .dense, result.rounds.first?.density != 1 else { return points }
    let dense = result.dense[keyPath: value]
    return [.init(100, scale * dense.mean, low: scale * dense.low, high: scale * dense.high)] + points
  }

  /// Remaining weights from 100 % to the sparsest round, labelled at the densities themselves.
  var densityAxis: Axis {
    var axis = Axis("Remaining weights, %", scale: .logarithmic, unit: "%")
    let densities = result.rounds.map { 100 * $0.density }.filter { $0 > 0 && $0.isFinite }
    axis.isReversed = true
    axis.range = Axis.Range(low: densities.min().map { min($0 * 0.96, 90) } ?? 1, high: 100)
    axis.ticks = Set([100] + densities).sorted(by: >)
    return axis
  }

  private func bounds(_ value: KeyPath<ArmResult, Interval>) -> [Double] {
    result.rounds.flatMap { round in
      arms.compactMap { $0.result(in: round, of: result)?[keyPath: value] }.flatMap { [$0.low, $0.mean, $0.high] }
    }
  }
}
