import Analysis
import Basics
public import Experiments
public import Pages

extension Grow {
  public static func document(_ record: Record<GrowFinding>) -> Document {
    let finding = record.finding, rounds = finding.growth.rounds.count
    let flag: [HTMLText] =
      finding.preservesFunction
      ? [] : ["insert=\(finding.insert) is not function-preserving: rounds do not begin where the last one ended."]
    return Document(
      title: "Growing a ticket of \(record["model"]) on \(record["data"])",
      subtitle: """
        \(Format.plural(rounds, "round")) of \(Format.count(finding.stepsPerRound)) steps, \(finding.insert) inserted between \
        them, sparsity \(record["sparsity"]) of hidden layers, \(record.spread)
        """,
      notes: [
        """
        A round trains, prunes hidden layers by magnitude, and hands on: growth to a network with a new block that starts as it \
        was, resetting to the survivors' initial weights. All arms take equally many steps on the same batches, and begin every \
        round with an empty optimiser. \(Format.plural(finding.fineTuningSteps, "step")) of fine-tuning follow the last pruning.
        """
      ] + flag, sections: GrowPage(finding: finding).sections)
  }
}

/// The page of a growth.
struct GrowPage {
  let finding: GrowFinding

  var sections: [Section] { [curve, arms, rounds, diagonals].compactMap { $0 } }

  // MARK: the curve

  private var curve: Section {
    let series = finding.arms.enumerated().map { i, arm in
      Chart.Series(
        arm.title, style: .numbered(i),
        points: arm.curve.map { Chart.Point(Double($0.step), $0.accuracy, scale: 100) })
    }
    var y = Axis("Test accuracy, %", decimals: 2)
    // The first steps and resets would flatten all others.
    let late = finding.arms.flatMap {
      $0.curve.filter { $0.step >= finding.stepsPerRound }.map { 100 * $0.accuracy.mean }
    }
    y.focus = late.max().flatMap { best in Axis.roundRange(late.filter { $0 > 0.8 * best }) }
    let marks = finding.growth.rounds.map { Chart.Mark(Double($0.totalSteps), label: "end of round \($0.round)") }
    let chart = Chart(
      id: "steps", title: "Test accuracy against steps of all rounds", x: Axis("Steps", decimals: 0), y: y,
      series: series, marks: marks)
    return Section("Accuracy against steps", id: "curve", isEssential: true, [.chart(ChartFigure(chart))])
  }

  // MARK: tables

  private var arms: Section {
    let growth = finding.growth
    let rows = finding.arms.enumerated().map { i, arm in
      let kept = [Cell.count(arm.remaining), .significant(100 * Double(arm.remaining) / Double(max(1, arm.weights)))]
      let beyond = [
        i == 0 ? Cell.missing : .points(growth.areaAccuracy.difference(to: arm.areaAccuracy)),
        .percent(arm.trainedAccuracy), i == 0 ? .missing : .points(gain(arm)), .percent(arm.accuracy),
        i == 0 ? .missing : .points(growth.accuracy.difference(to: arm.accuracy)),
      ]
      return Table.Row([.text(arm.title)] + kept + [.percent(arm.areaAccuracy)] + beyond, isMarked: i == 0)
    }
    let table = Table(
      "Test accuracy, %, and growth beyond each in points",
      columns: [
        .text("Arm"), .number("Weights kept"), .number("Kept, %"), .number("Along rounds 2 on"),
        .number("Growth beyond it"), .number("After them"), .number("Growth beyond it"), .number("At the end"),
        .number("Growth beyond it"),
      ], rows: rows)
    return Section(
      "Growth and what stands beside it", id: "arms", isEssential: true,
      [
        .table(table),
        .note(
          "Along rounds 2 on: the area under the curve by its steps, before each pruning. After them: the mean of what training reached in these rounds. Differences are paired by seed. Kept weights are those of all kernels, input and output layer among them."
        ),
      ])
  }

  /// What growth is ahead of another arm after the rounds' trainings.
  private func gain(_ arm: GrowFinding.Arm) -> Interval? {
    guard let own = finding.growth.trainedAccuracy, let other = arm.trainedAccuracy else { return nil }
    return own.difference(to: other)
  }

  private var rounds: Section {
    let rows = finding.arms.flatMap { arm in
      arm.rounds.map { round in
        Table.Row(
          [
            .text(arm.title), .count(round.round), .count(round.blocks), .count(round.totalSteps), .count(round.kept),
            .count(round.hidden), .percent(round.beforeAccuracy), .percent(round.startAccuracy),
            .interval(round.differenceLoss, decimals: 4), .percent(round.trainedAccuracy),
            .percent(round.prunedAccuracy),
            .percent(round.offDiagonalShare),
          ], isMarked: arm.arm == finding.growth.arm)
      }
    }
    let table = Table(
      "Test accuracy, %, round by round",
      columns: [
        .text("Arm"), .number("Round"), .number("Blocks"), .number("Steps so far"), .number("Hidden weights kept"),
        .number("Of"), .number("Before"), .number("At the start"), .number("Jump of the loss"), .number("Trained"),
        .number("Pruned"), .number("Off the diagonal, %"),
      ], rows: rows)
    return Section(
      "Round by round", id: "rounds", isEssential: true,
      [
        .table(table),
        .note(
          "Before: what the last round left. At the start: the same after insertion or reset. Off the diagonal: the share of the survivors in inserted square layers that are not the identity's."
        ),
      ])
  }

  private var diagonals: Section? {
    let series = finding.arms.enumerated().compactMap { i, arm -> Chart.Series? in
      let points = arm.rounds.compactMap { round in
        round.offDiagonalShare.map { Chart.Point(Double(round.round), $0, scale: 100) }
      }
      return points.isEmpty ? nil : Chart.Series(arm.title, style: .numbered(i), points: points)
    }
    guard !series.isEmpty else { return nil }
    let chart = Chart(
      id: "diagonal", title: "Survivors off the diagonal", x: Axis("Round", decimals: 0),
      y: Axis("Off the diagonal, %", decimals: 1), series: series)
    return Section("Do the blocks stay identities", id: "diagonal", [.chart(ChartFigure(chart))])
  }
}
