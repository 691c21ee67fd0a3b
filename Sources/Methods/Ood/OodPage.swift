import Analysis
import Basics
public import Experiments
import Foundation
public import Pages
import Tickets

extension Ood {
  public static func document(_ record: Record<OodFinding>) -> Document {
    let finding = record.finding
    let centres: HTMLText =
      finding.dimension > 0 ? " Centres stand evenly among \(finding.dimension) numbers and are not trained." : ""
    return Document(
      title: "Samples from elsewhere: \(record["model"]) on \(record["data"])",
      subtitle: "\(finding.sets.joined(separator: ", ")), \(record.spread)",
      notes: [
        "Areas are from 50 % (chance) to 100 %: AUROC, and average precision (AUPR) with the test samples, or the others, as what is looked for. FPR95 is the share of the others that pass where 95 % of the test samples do; lower is better.\(centres) Sparsity is that of the trained weights."
      ], sections: OodPage(finding: finding).sections)
  }
}

private struct OodPage {
  let finding: OodFinding

  var sections: [Section] { [dense, curves, tickets, scores, histograms, pictures].compactMap(\.self) }

  // MARK: tables

  private var dense: Section {
    let rows = finding.sets.flatMap { set in
      finding.losses.flatMap { loss in
        (finding.dense(loss)?.measures ?? []).filter { $0.set == set }.map { measure in
          Table.Row(
            [.text(set), .text(loss.title), .text(measure.score.title)] + cells(measure),
            isMarked: measure.score == OodScore.main(of: loss))
        }
      }
    }
    return Section(
      "Dense networks", id: "dense", isEssential: true,
      [
        .table(
          Table(
            "Dense networks: test samples against others, by score",
            columns: [.text("Others"), .text("Loss"), .text("Score")] + Self.columns, rows: rows))
      ])
  }

  private static let columns: [Table.Column] = [
    .number("AUROC, %"), .number("AUPR, test samples, %"), .number("AUPR, others, %"), .number("FPR95, %"),
  ]

  private func cells(_ measure: OodFinding.Measure?) -> [Cell] {
    [
      .percent(measure?.rocArea), .percent(measure?.precisionArea), .percent(measure?.outsidePrecisionArea),
      .percent(measure?.falseAccepts),
    ]
  }

  private var tickets: Section? {
    guard finding.arms.contains(where: { $0.sparsity > 0 }) else { return nil }
    let rows = finding.arms.map { arm in
      Table.Row(
        [.text(arm.loss.title), .text(arm.title), .percent(arm.density), .percent(arm.testAccuracy)]
          + finding.sets.map { .percent(arm[$0, OodScore.main(of: arm.loss)]?.rocArea) },
        isMarked: arm.arm == OodStage.ticket)
    }
    let table = Table(
      "Test accuracy, and AUROC by the largest probability or cosine",
      columns: [.text("Loss"), .text("Network"), .number("Weights, %"), .number("Test accuracy, %")]
        + finding.sets.map { .number("\($0), %") }, rows: rows)
    return Section(
      "Tickets and their controls", id: "tickets", isEssential: true, [.table(table)])
  }

  private var scores: Section? {
    guard finding.arms.contains(where: { $0.sparsity > 0 }) else { return nil }
    let all = Table(
      "All scores of all networks",
      columns: [.text("Loss"), .text("Network"), .number("Weights, %"), .text("Others"), .text("Score")] + Self.columns,
      rows: finding.arms.flatMap { arm in
        arm.measures.map { measure in
          Table.Row(
            [
              .text(arm.loss.title), .text(arm.title), .percent(arm.density), .text(measure.set),
              .text(measure.score.title),
            ] + cells(measure))
        }
      })
    return Section("Scores of all networks", id: "all", [.folded("All scores of all networks", all)])
  }

  // MARK: charts

  private var curves: Section? {
    guard finding.arms.contains(where: { $0.sparsity > 0 }) else { return nil }
    let charts = finding.sets.enumerated().map { i, set in
      chart("roc-\(i)", "AUROC against \(set)") { $0[set, OodScore.main(of: $0.loss)]?.rocArea }
    }
    let all = [chart("accuracy", "Test accuracy") { $0.testAccuracy }] + charts
    let rows = stride(from: 0, to: all.count, by: 2).map {
      Block.beside(all[$0..<min($0 + 2, all.count)].map { .chart(ChartFigure($0)) })
    }
    return Section("Against sparsity", id: "sparsity", rows)
  }

  private func chart(_ id: String, _ title: String, _ value: (OodFinding.Arm) -> Interval?) -> Chart {
    let kinds = [OodStage.ticket] + ControlCatalog.all.map { $0.name }
    let series = finding.losses.enumerated().flatMap { place, loss -> [Chart.Series] in
      let dense = finding.dense(loss).flatMap { value($0) }.map { Chart.Point(0, $0, scale: 100) }
      return kinds.enumerated().compactMap { i, kind -> Chart.Series? in
        let arms = finding.arms(loss, kind)
        guard let first = arms.first else { return nil }
        let points = arms.compactMap { arm in value(arm).map { Chart.Point(100 * arm.sparsity, $0, scale: 100) } }
        return Chart.Series(
          "\(loss == .ce ? "CE" : "PEDCC"): \(first.title.lowercased())", style: .numbered(place + 6 * i),
          points: [dense].compactMap(\.self) + points)
      }
    }
    var x = Axis("Sparsity, %", decimals: 0), y = Axis("%", unit: "%", decimals: 2)
    x.range = Axis.Range(low: 0, high: 100)
    y.range = Axis.roundRange(series.flatMap { $0.points.compactMap(\.y) })
    return Chart(id: id, title: title, x: x, y: y, series: series)
  }

  private var histograms: Section? {
    let charts = finding.losses.compactMap { loss -> Block? in
      let own = finding.histograms.filter { $0.loss == loss }
      guard !own.isEmpty else { return nil }
      let series = own.enumerated().map { i, histogram -> Chart.Series in
        let width = (histogram.high - histogram.low) / Double(histogram.shares.count)
        return Chart.Series(
          histogram.set, style: .numbered(i),
          points: histogram.shares.enumerated().map {
            Chart.Point(histogram.low + (Double($0) + 0.5) * width, 100 * $1)
          })
      }
      return .chart(
        ChartFigure(
          Chart(
            id: "scores-\(loss.rawValue)", title: "\(loss.title): \(OodScore.main(of: loss).title.lowercased())",
            x: Axis(OodScore.main(of: loss).title, decimals: 2), y: Axis("Samples, %", unit: "%", decimals: 1),
            series: series)))
    }
    return charts.isEmpty
      ? nil
      : Section(
        "Where scores lie", id: "scores",
        [.note("Shares of the samples by score, dense networks of the first seed.")] + [.beside(charts)])
  }

  // MARK: pictures

  private var pictures: Section? {
    let shown = finding.sets.enumerated().flatMap { i, set in
      finding.losses.compactMap { loss -> Picture? in
        let examples = finding.examples.filter { $0.set == set && $0.loss == loss }
        guard let image = PNGImage.grid(examples.map(image), columns: OodMeasurement.shown) else { return nil }
        let list = examples.map { "\($0.predicted) (\(String(format: "%.3f", $0.score)))" }.joined(separator: ", ")
        return Picture(
          "\(loss.rawValue)-outside-\(i + 1)", image, scale: max(1, 860 / max(1, image.width)),
          words: "Samples of \(set) with the highest scores, \(loss.title.lowercased())",
          caption: "\(set), \(loss.title): taken for \(list)")
      }
    }
    guard !shown.isEmpty else { return nil }
    return Section(
      "Most like the data", id: "examples",
      [
        .note(
          "Samples from elsewhere with the highest scores in the dense networks of the first seed, and what they are taken for."
        )
      ]
        + shown.map { .picture($0) })
  }

  private func image(_ example: OodFinding.Example) -> PNGImage {
    let shape = finding.shape
    return .sample(channels: shape.channels, height: shape.height, width: shape.width, [UInt8](example.pixels))
  }
}
