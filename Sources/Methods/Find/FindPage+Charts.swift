import Basics
import Experiments
import Pages

/// The charts over densities and over training.
extension FindPage {
  var accuracy: Section {
    densitySection(
      "Accuracy against density", id: "accuracy", "Test accuracy after the last step", .testAccuracy,
      Axis("Test accuracy, %", unit: "%", decimals: 2),
      note: """
        Shaded: 95\(Format.space)% intervals. \(record.seeds.count == 1 ? "One seed was run, so there are none. " : "")\
        The grey line is the dense network. The axis is logarithmic and runs from dense to sparse.
        """)
  }

  var earlyStopping: Section {
    densitySection(
      "Early stopping", id: "early-stopping", "Step of least validation loss", .earlyStopStep,
      Axis("Early-stop step", decimals: 0),
      note: "How fast each network learns: the step at which its validation loss was least. Lower is faster.")
  }

  private func densitySection(
    _ heading: String, id: String, _ title: String, _ metric: Metric, _ y: Axis, note: HTMLText
  ) -> Section {
    guard !finding.rounds.isEmpty else {
      return Section(heading, id: id, [.paragraph("No round of pruning was finished.")])
    }
    let series = lines.map { Chart.Series($0.title, style: $0.style, points: densityPoints($0, metric)) }
    let marks = recommended.map { [Chart.Mark(100 * $0.density, label: "recommended")] } ?? []
    var y = y
    y.range = Axis.roundRange(bounds(metric))
    if metric.decimals == 0, let low = y.range?.low { y.range?.low = max(0, low) }
    let chart = Chart(
      id: metric == .earlyStopStep ? "early-stop" : id, title: title, x: densityAxis, y: y, series: series, marks: marks
    )
    let reference: HTMLText = "All numbers stand in the <a href=\"#results\">tables of results</a>."
    return Section(heading, id: id, [.chart(ChartFigure(chart, note: note, tableReference: reference))])
  }

  private func densityPoints(_ line: Line, _ metric: Metric) -> [Chart.Point] {
    let points = finding.rounds.compactMap { round in
      arm(line, round)?[metric].map { Chart.Point(100 * round.density, $0, scale: metric.scale) }
    }
    guard finding.rounds.first?.density != 1, let dense = finding.arms[line.name]?[metric] else { return points }
    return [Chart.Point(100, dense, scale: metric.scale)] + points
  }

  private func bounds(_ metric: Metric) -> [Double] {
    finding.rounds.flatMap { round in
      lines.compactMap { arm($0, round)?[metric] }.flatMap { [$0.low, $0.mean, $0.high].map { metric.scale * $0 } }
    }
  }

  /// Remaining weights from 100 % to the sparsest round, labelled at the densities themselves.
  var densityAxis: Axis {
    var axis = Axis("Remaining weights, %", scale: .logarithmic, unit: "%")
    let densities = finding.rounds.map { 100 * $0.density }.filter { $0 > 0 && $0.isFinite }
    axis.isReversed = true
    axis.range = Axis.Range(low: densities.min().map { min($0 * 0.96, 90) } ?? 1, high: 100)
    axis.ticks = Set([100] + densities).sorted(by: >)
    return axis
  }

  // MARK: learning curves

  /// More evaluations than this are drawn from every n-th of them, to keep the page small.
  private static let longestCurve = 240

  /// Two charts that share a selector of the round.
  var learning: Section {
    let heading = "Learning curves", id = "learning"
    let rounds = finding.rounds.filter { round in lines.contains { !curve($0, round).isEmpty } }
    guard !rounds.isEmpty else { return Section(heading, id: id, [.paragraph("No learning curves were recorded.")]) }
    let loss = chart("loss", "Validation loss", rounds, Axis("Validation loss", decimals: 4)) { $0.validationLoss }
    let accuracy = chart("curve", "Test accuracy", rounds, Axis("Test accuracy, %", unit: "%", decimals: 2)) {
      100 * $0.testAccuracy
    }
    return Section(
      heading, id: id,
      [
        .paragraph(curvesNote),
        .charts([ChartFigure(loss), ChartFigure(accuracy)], group: "curves", label: "Round"),
      ])
  }

  private var curvesNote: HTMLText {
    let thinned = finding.rounds.contains { round in
      lines.contains { (arm($0, round)?.curve.count ?? 0) > Self.longestCurve }
    }
    return """
      Means over the seeds. In the charts a short tick on the step axis marks the mean early-stop step of the network in \
      its colour.\(thinned ? " Long curves are drawn from every n-th evaluation; result.json holds all of them." : "")\
      \(longer)\(partial)
      """
  }

  /// Who trains for longer than the axis shows.
  private var longer: HTMLText? {
    let longer = lines.filter { line in
      finding.rounds.contains { (arm(line, $0)?.curve.last?.step ?? 0) > ($0.ticket.curve.last?.step ?? .max) }
    }
    return longer.isEmpty ? nil : " Longer than the axis: \(longer.map(\.title).joined(separator: ", "))."
  }

  /// What a curve of partial evaluations is of.
  private var partial: HTMLText? {
    finding.dense.curve.lazy.compactMap(\.samples).first.map { samples in
      """
       All evaluations but the last are of \(samples.validation) validation and \(samples.test) test samples; early-stop \
      steps compare those alone.
      """
    }
  }

  /// The curve, thinned to at most `longestCurve` points with the first and the last among them.
  private func curve(_ line: Line, _ round: FindFinding.Round) -> [CurvePoint] {
    let points = arm(line, round)?.curve ?? []
    guard points.count > Self.longestCurve else { return points }
    let last = points.count - 1, parts = Self.longestCurve - 1
    return (0...parts).map { points[$0 * last / parts] }
  }

  private func chart(
    _ id: String, _ title: String, _ rounds: [FindFinding.Round], _ axis: Axis, value: (CurvePoint) -> Double
  ) -> Chart {
    let variants = rounds.map { round in
      Chart.Variant(label(of: round), series: lines.compactMap { series($0, round, value) })
    }
    var x = Axis("Step", decimals: 0), y = axis
    let drawn = variants.flatMap(\.series)
    // Longer trainings run on beyond the end of the others.
    let end =
      rounds.compactMap { $0.ticket.curve.last?.step }.max() ?? drawn.flatMap { $0.points.map { Int($0.x) } }.max()
    x.range = end.map { Axis.Range(low: 0, high: Double(max($0, 1))) }
    y.range = Axis.roundRange(drawn.flatMap { $0.points.compactMap(\.y) })
    y.focus = Axis.roundRange(drawn.flatMap(\.settled)).flatMap { $0 == y.range ? nil : $0 }
    let selected = rounds.firstIndex { $0.round == finding.chosen?.round } ?? rounds.count - 1
    return Chart(id: id, title: title, x: x, y: y, variants: variants, selected: selected, group: "curves")
  }

  private func label(of round: FindFinding.Round) -> String {
    let mark = round.round == recommended?.round ? ", recommended" : ""
    return "Round \(round.round), \(Format.density(round.density)) of the weights\(mark)"
  }

  private func series(
    _ line: Line, _ round: FindFinding.Round, _ value: (CurvePoint) -> Double
  ) -> Chart.Series? {
    let points = curve(line, round).map { Chart.Point(Double($0.step), value($0)) }
    guard !points.isEmpty else { return nil }
    let stop = arm(line, round)?[.earlyStopStep]?.mean
    return Chart.Series(line.title, style: line.style, points: points, mark: stop.flatMap { $0.isFinite ? $0 : nil })
  }
}

extension Chart.Series {
  /// The values of the last three quarters of a curve, which the axis is fitted to.
  fileprivate var settled: [Double] { points.dropFirst(points.count / 4).compactMap(\.y) }
}
