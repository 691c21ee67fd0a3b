import Analysis
import Basics
public import Experiments
public import Pages
import Tickets

extension Critics {
  public static func document(_ record: Record<CriticsFinding>) -> Document {
    let counts = record.finding.cuts.map { "\($0.groups)" }.joined(separator: ", ")
    return Document(
      title: "Local critics for \(record["model"]) on \(record["data"])",
      subtitle: "in \(counts) groups of layers, \(record.spread)",
      notes: [
        """
        Multiply-adds are those of a sample's forward pass. Sub-networks are the first groups with the critic behind them; \
        “alone” are the same networks trained by back-propagation with the same recipe from the same weights. What is chosen \
        is chosen on the validation set; accuracies are on the test set. Groups give the same bits on one thread and on several; \
        “tombola bench critics” measures what several save.
        """
      ], sections: CriticsPage(finding: record.finding).sections)
  }
}

private struct CriticsPage {
  let finding: CriticsFinding

  var sections: [Section] { [subnetworks, early, losses] + tickets }

  private func name(_ cut: CriticsFinding.Cut) -> String { "\(cut.groups) groups" }

  private var subnetworks: Section {
    let rows = finding.cuts.flatMap { cut in
      cut.exits.enumerated().map { i, exit in
        let isWhole = i + 1 == cut.exits.count
        return Table.Row(
          [
            .text("\(cut.groups) groups, \(isWhole ? "all" : "first \(i + 1)")"), .text(exit.end), .count(exit.weights),
            .count(exit.multiplyAdds), .percent(exit.accuracy), .percent(exit.alone), .points(exit.difference),
            .significant(100 * cut.workShares[i]),
          ], isMarked: isWhole)
      }
    }
    let table = Table(
      "Sub-networks, test accuracy, %",
      columns: [
        .text("Network"), .text("Up to"), .number("Weights"), .number("Multiply-adds"), .number("By critics"),
        .number("Alone"), .number("Difference, points"), .number("Share of a step, %"),
      ], rows: rows)
    let series = finding.cuts.flatMap { cut -> [(String, [Chart.Point])] in
      func points(_ value: (CriticsFinding.Exit) -> Interval) -> [Chart.Point] {
        cut.exits.map { Chart.Point(Double($0.multiplyAdds) / 1e6, value($0), scale: 100) }
      }
      let size = Double(cut.network.multiplyAdds) / 1e6
      let sure = cut.early.map { Chart.Point(size * $0.work.mean, $0.accuracy, scale: 100) }.sorted { $0.x < $1.x }
      return [
        ("\(name(cut)), by critics", points(\.accuracy)), ("\(name(cut)), each alone", points(\.alone)),
      ] + (sure.isEmpty ? [] : [("\(name(cut)), leaving early", sure)])
    }
    let chart = Chart(
      id: "subnetworks", title: "Test accuracy against multiply-adds", x: Axis("Multiply-adds of a sample, millions"),
      y: Axis("Test accuracy, %", unit: "%", decimals: 2),
      series: series.enumerated().map { Chart.Series($1.0, style: .numbered($0), points: $1.1) })
    return Section(
      "Sub-networks", id: "subnetworks", isEssential: true, [.table(table), .chart(ChartFigure(chart))])
  }

  private var early: Section {
    let rows = finding.cuts.flatMap { cut in
      cut.early.map { early in
        Table.Row([
          .text("\(name(cut)), above \(Format.significant(early.threshold))"), .percent(early.accuracy),
          .points(early.difference), .percent(early.work),
          .text(early.shares.map { Format.decimal(100 * $0.mean, 1) }.joined(separator: " / ")),
        ])
      } + [
        Table.Row([
          .text("\(name(cut)), sum of all outputs"), .percent(cut.ensemble),
          .points(cut.ensemble.difference(to: cut.network.accuracy)), .text(Format.missing), .text(Format.missing),
        ])
      ]
    }
    let table = Table(
      "Leaving early, and the sum of all outputs",
      columns: [
        .text("Inference"), .number("Test accuracy, %"), .number("Against the network, points"),
        .number("Multiply-adds, % of the network's"), .text("Samples by exit, %"),
      ], rows: rows)
    let choices = Table(
      "Smallest networks within \(Format.significant(100 * finding.allowance)) points of validation accuracy",
      columns: [.text("Cut"), .text("Groups, by seed"), .number("Test accuracy, %"), .number("Multiply-adds, %")],
      rows: finding.cuts.map { cut in
        Table.Row([
          .text(name(cut)), .text(cut.chosen.map(String.init).joined(separator: ", ")), .percent(cut.chosenAccuracy),
          .percent(cut.chosenWork),
        ])
      })
    return Section("What sub-networks are for", id: "early", isEssential: true, [.table(table), .table(choices)])
  }

  private var losses: Section {
    func chart(_ id: String, _ title: String, _ series: [(String, [Interval])]) -> Block {
      .chart(
        ChartFigure(
          Chart(
            id: id, title: title, x: Axis("Epoch", decimals: 0), y: Axis("Mean difference of losses", decimals: 4),
            series: series.enumerated().map { i, line in
              Chart.Series(
                line.0, style: .numbered(i), points: line.1.enumerated().map { Chart.Point(Double($0 + 1), $1) })
            })))
    }
    let lines = finding.cuts.map { (name($0), $0.mismatch) }
    let all = chart("mismatch", "Mean |L_1 - L_N| over the training samples", lines)
    let each = finding.cuts.flatMap { cut in
      cut.gaps.enumerated().map { i, gaps in ("\(name(cut)), critic \(i + 1)", gaps) }
    }
    return Section(
      "Losses that critics stand for", id: "losses",
      [.beside([all, chart("gaps", "Mean |L_i - L_(i+1)|, by critic", each)])])
  }

  private var tickets: [Section] {
    guard !finding.tickets.isEmpty else { return [] }
    let controls = ControlCatalog.all.filter { finding.tickets[0][control: $0.name] != nil }
    let rows = finding.tickets.map { ticket in
      Table.Row(
        [
          .significant(100 * (1 - ticket.sparsity)), .interval(ticket.remaining, decimals: 0),
          .percent(ticket.accuracy),
        ] + controls.map { .percent(ticket[control: $0.name]) } + [.percent(finding.chosenDense)])
    }
    let table = Table(
      "Tickets inside of the sub-network chosen of \(finding.cuts.last!.groups) groups, test accuracy, %",
      columns: [.number("Weights, %"), .number("Weights"), .number("Ticket")]
        + controls.map { .number("\($0.title)") } + [.number("Dense, alone")], rows: rows)
    return [Section("Tickets", id: "tickets", isEssential: true, [.table(table)])]
  }
}
