import Basics
package import Pages

/// The learning curves: two charts that share a selector of the round.
extension SearchReport {
  /// More evaluations than this are drawn from every n-th of them, to keep the page small.
  private static let longestCurve = 240

  var learning: Section {
    let heading = "Learning curves", id = "learning"
    let rounds = result.rounds.filter { round in arms.contains { !curve($0, round).isEmpty } }
    guard !rounds.isEmpty else {
      return Section(heading, id: id, body: "<p>No learning curves were recorded.</p>\n")
    }
    let loss = chart("loss", "Validation loss", rounds, Axis("Validation loss", decimals: 4)) { $0.validationLoss }
    let accuracy = chart("curve", "Test accuracy", rounds, Axis("Test accuracy, %", unit: "%", decimals: 2)) {
      100 * $0.testAccuracy
    }
    let charts = [loss, accuracy]
    let controls = ChartFigure.controls(group: "curves", label: "Round", charts: charts, drawn: drawn)
    let figures = charts.map { ChartFigure($0).html(drawn: drawn) }
    return Section(
      heading, id: id,
      body: "<p>\(curvesNote)</p>\n\(controls)<div class=\"side\">\(figures)</div>\n", charts: charts)
  }

  private var curvesNote: HTMLText {
    let thinned = result.rounds.contains { round in arms.contains { length($0, round) > Self.longestCurve } }
    let tick = "A short tick on the step axis marks the mean early-stop step of the network in its colour."
    return """
      Means over the seeds. \(drawn ? tick : "")\
      \(thinned ? " Long curves are drawn from every n-th evaluation; result.json holds all of them." : "")\(partial)
      """
  }

  /// What a curve of partial evaluations is of.
  private var partial: HTMLText {
    guard let samples = result.dense.curve.lazy.compactMap(\.samples).first else { return .empty }
    return """
       All evaluations but the last are of \(samples.validation) validation and \(samples.test) test samples; early-stop steps \
      compare those alone.
      """
  }

  private func length(_ arm: Arm, _ round: RoundResult) -> Int { arm.result(in: round, of: result)?.curve.count ?? 0 }

  /// The arm's curve, thinned to at most `longestCurve` points with the first and the last among them.
  private func curve(_ arm: Arm, _ round: RoundResult) -> [CurvePoint] {
    let points = arm.result(in: round, of: result)?.curve ?? []
    guard points.count > Self.longestCurve else { return points }
    let last = points.count - 1, parts = Self.longestCurve - 1
    return (0...parts).map { points[$0 * last / parts] }
  }

  private func chart(
    _ id: String, _ title: String, _ rounds: [RoundResult], _ axis: Axis, value: (CurvePoint) -> Double
  ) -> Chart {
    let variants = rounds.map { round in
      Chart.Variant(label(of: round), series: arms.compactMap { series($0, round, value) })
    }
    var x = Axis("Step", decimals: 0), y = axis
    let lines = variants.flatMap(\.series)
    x.range = lines.flatMap { $0.points.map(\.x) }.max().map { Axis.Range(low: 0, high: max($0, 1)) }
    y.range = Axis.roundRange(lines.flatMap { $0.points.compactMap(\.y) })
    y.focus = Axis.roundRange(lines.flatMap(\.settled)).flatMap { $0 == y.range ? nil : $0 }
    let selected = rounds.firstIndex { $0.round == chosen?.round } ?? rounds.count - 1
    return Chart(id: id, title: title, x: x, y: y, variants: variants, selected: selected, group: "curves")
  }

  private func label(of round: RoundResult) -> String {
    let mark = round.round == recommended?.round ? ", recommended" : ""
    return "Round \(round.round), \(Format.density(round.density)) of the weights\(mark)"
  }

  private func series(_ arm: Arm, _ round: RoundResult, _ value: (CurvePoint) -> Double) -> Chart.Series? {
    let points = curve(arm, round).map { Chart.Point(Double($0.step), value($0)) }
    guard !points.isEmpty else { return nil }
    let stop = arm.result(in: round, of: result)?.earlyStopStep.mean
    return Chart.Series(arm.title, style: arm.style, points: points, mark: stop.flatMap { $0.isFinite ? $0 : nil })
  }
}

extension Chart.Series {
  /// The values of the last three quarters of a curve, which the axis is fitted to.
  fileprivate var settled: [Double] { points.dropFirst(points.count / 4).compactMap(\.y) }
}
