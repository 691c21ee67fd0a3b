import Analysis
import Basics
public import Experiments
import Foundation
public import Pages
import Tickets

extension Adapt {
  public static func document(_ record: Record<AdaptFinding>) -> Document {
    let finding = record.finding
    return Document(
      title: "Adaptation of \(record["model"]): \(record["data"]) to \(finding.target)",
      subtitle: "\(record.spread)",
      notes: [
        "Adapted by \(Format.count(finding.samples)) samples of the target without labels; accuracies are on its test samples. Masks and the last layer stay. Batch norm takes the target's statistics; the arm without steps says what that alone does."
      ], sections: AdaptPage(finding: finding).sections)
  }
}

private struct AdaptPage {
  let finding: AdaptFinding

  var sections: [Section] { [accuracy, pictures, curves, signals].compactMap(\.self) }

  private var accuracy: Section {
    let rows = finding.arms.map { arm -> Table.Row in
      let before = finding[arm.network, arm.sparsity, .source]
      return Table.Row(
        [
          .text(arm.title), .text(arm.arm.title), .percent(arm.density), .percent(arm.targetAccuracy),
          arm.arm == .source
            ? .missing : .points(before.map { arm.targetAccuracy.difference(to: $0.targetAccuracy) }),
          .percent(arm.sourceAccuracy), .interval(arm.agreement, decimals: 3), .percent(arm.ordering),
          .percent(arm.confidence),
        ], isMarked: arm.arm == .examiner)
    }
    let table = Table(
      "Accuracy on the target, and what an examiner without labels says",
      columns: [
        .text("Network"), .text("Adaptation"), .number("Weights, %"), .number("Target, %"), .number("Gain, points"),
        .number("Source, %"), .number("Agreement"), .number("Triplets in order, %"), .number("Largest probability, %"),
      ], rows: rows)
    return Section("Accuracy on the target", id: "accuracy", isEssential: true, [.table(table)])
  }

  // MARK: charts

  private var curves: Section? {
    let charts = finding.networks.filter { [AdaptNetwork.dense, AdaptNetwork.ticket].contains($0.network) }
      .map { network -> Block in
        let arms = finding.arms.filter { $0.network == network.network && $0.sparsity == network.sparsity }
        let before = arms.first { $0.arm == .source }?.targetAccuracy
        let length = arms.map(\.curve.count).max() ?? 1
        let series = arms.enumerated().map { i, arm -> Chart.Series in
          let start = before.map { [Chart.Point(0, $0, scale: 100)] } ?? []
          let rest =
            arm.arm == .source
            ? before.map { [Chart.Point(Double(length), $0, scale: 100)] } ?? []
            : arm.curve.enumerated().map { Chart.Point(Double($0 + 1), $1, scale: 100) }
          return Chart.Series(arm.arm.title, style: .numbered(i), points: start + rest)
        }
        return .chart(
          ChartFigure(
            Chart(
              id: "target-\(network.network)-\(network.sparsity)", title: "\(network.title): accuracy on the target",
              x: Axis("Epoch of adaptation", decimals: 0), y: Axis("%", unit: "%", decimals: 2), series: series)))
      }
    return charts.isEmpty ? nil : Section("Epoch by epoch", id: "curves", [.beside(charts)])
  }

  /// Every network a point, which charts of lines show as lines of one point.
  private var signals: Section? {
    guard !finding.signals.isEmpty else { return nil }
    let table = Table(
      "What needs no label, against the accuracy on the target, over all networks of a seed",
      columns: [
        .text("Signal"), .number("Correlation"), .number("Kendall's tau"), .number("Its choice below the best, points"),
      ],
      rows: finding.signals.map { signal in
        Table.Row([
          .text(signal.name), .interval(signal.correlation, decimals: 3), .interval(signal.rank, decimals: 3),
          .interval(signal.regret, scale: 100, decimals: 2),
        ])
      })
    let series = finding.kinds.enumerated().map { i, kind in
      Chart.Series(
        kind.title, style: .numbered(i),
        points: finding.arms.filter { $0.arm == kind }
          .map { Chart.Point($0.agreement.mean, 100 * $0.targetAccuracy.mean) }.sorted { $0.x < $1.x })
    }
    let chart = Chart(
      id: "agreement", title: "Accuracy on the target by the examiner's agreement", x: Axis("Agreement", decimals: 3),
      y: Axis("%", unit: "%", decimals: 2), series: series)
    return Section(
      "Choosing without labels", id: "signals", isEssential: true,
      [
        .table(table),
        .chart(ChartFigure(chart, note: "A point a network, those of one adaptation joined from left to right.")),
      ])
  }

  // MARK: pictures

  private var pictures: Section? {
    let all = finding.sources + finding.targets
    guard let grid = PNGImage.grid(all.map(image), columns: max(1, finding.sources.count)) else { return nil }
    return Section(
      "Source and target", id: "pictures",
      [
        .picture(
          Picture(
            "shift", grid, scale: max(1, 860 / max(1, grid.width)),
            words: "Test samples of the source above, of the target below",
            caption: "The first test samples of the source, and below them those of \(finding.target)"))
      ])
  }

  private func image(_ data: Data) -> PNGImage {
    let shape = finding.shape
    return .sample(channels: shape.channels, height: shape.height, width: shape.width, [UInt8](data))
  }
}
