import Analysis
import Basics
import Experiments
import Pages

/// The page of a moved ticket.
struct ElasticPage {
  let finding: ElasticFinding

  func document(_ word: String, _ record: Record<ElasticFinding>) -> Document {
    Document(
      title: "A ticket of \(finding.source) \(word) to \(finding.target), on \(record["data"])",
      subtitle: "blocks \(finding.map), \(record.spread)",
      notes: [
        """
        Densities of source and target differ a little, as fixed blocks and elastic ones have densities of their own; all \
        networks beside the ticket keep as many weights as it does.
        """
      ], sections: [accuracies, curves, blocks, work])
  }

  private var all: [ElasticFinding.Arm] { [finding.dense, finding.imp] + finding.arms }

  private var accuracies: Section {
    let rows = all.map { arm in
      Table.Row(
        [
          .text(arm.title), .percent(arm.accuracy),
          arm.name == finding.moved.name
            ? .missing : .points(finding.moved.accuracy.difference(to: arm.accuracy)),
        ], isMarked: arm.name == finding.moved.name)
    }
    let table = Table(
      "Test accuracy of networks that keep \(Format.density(finding.density.mean)) of the weights, and of the dense one",
      columns: [.text("Network"), .number("Test accuracy, %"), .number("Moved ticket's lead, points")], rows: rows)
    return Section("Beside a search on the target", id: "accuracy", isEssential: true, [.table(table)])
  }

  private var curves: Section {
    let chart = Chart(
      id: "curves", title: "Test accuracy in training", x: Axis("Step", decimals: 0), y: Axis("Test accuracy, %"),
      series: all.enumerated().map { i, arm in
        Chart.Series(
          arm.title, style: .numbered(i),
          points: arm.curve.map { Chart.Point(Double($0.step), 100 * $0.testAccuracy) })
      })
    return Section("Training", id: "training", [.chart(ChartFigure(chart))])
  }

  private var blocks: Section {
    let rows = finding.stages.enumerated().map { i, stage in
      Table.Row([
        .count(i + 1), .text(stage.shape), .count(stage.sourceBlocks), .count(stage.targetBlocks),
        .percent(stage.sourceDensity), .percent(stage.targetDensity),
      ])
    }
    let table = Table(
      "Blocks of each stage, the fixed one among them",
      columns: [
        .number("Stage"), .text("Shape"), .number("Blocks of \(finding.source)"), .number("Of \(finding.target)"),
        .number("Kept in the source, %"), .number("In the target, %"),
      ], rows: rows)
    return Section(
      "Where the weights are", id: "blocks",
      [
        .table(table),
        .note(
          "In all the source keeps \(Format.percentInterval(finding.sourceDensity)) %, the target \(Format.percentInterval(finding.density)) % (\(Format.interval(finding.kept, decimals: 0)) weights)."
        ),
      ])
  }

  private var work: Section {
    var rows: [(String, Interval)] = [
      ("Search on the target", finding.searchWork), ("Moved ticket alone", finding.movedWork),
    ]
    // What a ticket that was given has cost is not known.
    if finding.wholeWork != finding.movedWork {
      rows.append(("Moved ticket with the search on its source", finding.wholeWork))
    }
    let table = Table(
      "Multiply-adds of weights over all trainings, in units of a dense training of the target",
      columns: [.text("A ticket by"), .number("Work")],
      rows: rows.map { Table.Row([.text($0.0), .interval($0.1, decimals: 2)]) })
    return Section("What is saved", id: "work", isEssential: true, [.table(table)])
  }
}
