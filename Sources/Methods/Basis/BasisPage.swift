import Analysis
import Basics
public import Experiments
public import Pages

extension BasisSearch {
  public static func document(_ record: Record<BasisFinding>) -> Document {
    let finding = record.finding
    return Document(
      title:
        "Tickets in \(Format.plural(finding.bases.count, "basis", "bases")) of \(record["model"]) on \(record["data"])",
      subtitle: "\(Format.plural(finding.canonical.rounds.count, "round")) of pruning coefficients, \(record.spread)",
      notes: notes(record), sections: BasisPage(finding: finding).sections)
  }

  private static func notes(_ record: Record<BasisFinding>) -> [HTMLText] {
    let partial = record.finding.bases.filter { !$0.canonicalLayers.isEmpty }.map { arm -> HTMLText in
      "\(arm.basis) does not fit \(arm.canonicalLayers.joined(separator: ", ")): these are pruned as they are."
    }
    let adam: [HTMLText] =
      record["optimizer"] == "sgd"
      ? [] : ["With \(record["optimizer"]) dense training in coefficients is another training than in weights."]
    return partial + adam
  }
}

/// The page of a search in several bases.
struct BasisPage {
  let finding: BasisFinding

  var sections: [Section] {
    guard !finding.canonical.rounds.isEmpty else { return [] }
    return [curve, equal, accuracies, keeps, speed]
  }

  private var rounds: [(arm: BasisFinding.Arm, round: BasisFinding.Round)] {
    finding.bases.flatMap { arm in arm.rounds.map { (arm, $0) } }
  }

  private func table(
    _ caption: HTMLText, _ columns: [Table.Column], _ cells: (BasisFinding.Arm, BasisFinding.Round) -> [Cell]
  ) -> Block {
    .table(
      Table(
        caption, columns: [.text("Basis"), .number("Kept, %")] + columns,
        rows: rounds.map {
          Table.Row([.text($0.arm.basis), .significant(100 * $0.round.density)] + cells($0.arm, $0.round))
        }))
  }

  private var curve: Section {
    let chart = Chart(
      id: "bases", title: "Test accuracy against the share of coefficients that is kept",
      x: Axis("Kept coefficients, %", scale: .logarithmic), y: Axis("Test accuracy, %"),
      series: finding.bases.enumerated().map { i, arm in
        Chart.Series(
          arm.basis, style: .numbered(i),
          points: arm.rounds.map { Chart.Point(100 * $0.density, $0.accuracy, scale: 100) })
      })
    return Section("Which basis is best", id: "curve", isEssential: true, [.chart(ChartFigure(chart))])
  }

  /// Of every density of the canonical tickets, a line a basis.
  private var equal: Section {
    let tables = BasisBudget.allCases.map { budget in
      let rows = finding.canonical.rounds.flatMap { reference in
        finding.bases.map { arm -> Table.Row in
          let round = budget.match(arm, reference)
          return Table.Row(
            [
              .significant(100 * reference.density), .text(arm.basis), .percent(round?.accuracy),
              .points(round?.accuracy.difference(to: reference.accuracy)),
              round.map { .significant(100 * $0.density) } ?? .missing, .interval(round?.kept, decimals: 0),
              round.map { .count(Int($0.bytes)) } ?? .missing, .interval(round?.multiplyAdds, decimals: 0),
            ], isMarked: arm.basis == finding.canonical.basis)
        }
      }
      return Block.table(
        Table(
          "At equal \(budget.title)",
          columns: [
            .number("Canonical at, %"), .text("Basis"), .number("Test accuracy, %"),
            .number("Beyond canonical, points"), .number("Kept, %"), .number("Coefficients"), .number("Bytes"),
            .number("Multiply-adds"),
          ], rows: rows))
    }
    return Section(
      "At equal coefficients, bytes and arithmetic", id: "equal", isEssential: true,
      tables + [
        .note(
          "Of each basis the densest ticket that costs no more than the canonical one, within 2 %; none where all cost more. Differences are paired by seed."
        )
      ])
  }

  private var accuracies: Section {
    Section(
      "Tickets and their controls", id: "controls", isEssential: true,
      [
        table(
          "Test accuracy, %",
          ["Ticket", "Re-initialised", "Shuffled mask", "Random mask", "Dense"].map { .number("\($0)") }
        ) { arm, round in
          [round.accuracy, round.reinit, round.shuffled, round.random, arm.dense].map { .percent($0) }
        }
      ])
  }

  private var keeps: Section {
    Section(
      "What tickets keep and take", id: "size",
      [
        table(
          "Coefficients and bytes",
          [
            "Coefficients", "Energy kept, %", "Weights that are zero, %", "Bytes", "Values", "Mask", "Basis",
          ].map { .number("\($0)") }
        ) { _, round in
          [
            .interval(round.kept, decimals: 0), .percent(round.energy), .percent(round.zeros), .count(Int(round.bytes)),
            .count(Int(round.valueBytes.mean)), .count(Int(round.maskBytes.mean)), .count(Int(round.basisBytes.mean)),
          ]
        },
        .note(
          "The dense network takes \(Format.count(finding.denseBytes)) bytes. Values are the kept coefficients and all biases, four bytes each; masks are in gap code; a basis takes bytes where neither a formula nor a seed gives it."
        ),
      ])
  }

  private var speed: Section {
    Section(
      "Time", id: "time",
      [
        table(
          "Training and inference",
          [
            .number("Step, ms"), .number("Dense step, ms"), .number("Multiply-adds"), .text("Runs as"),
            .number("Sample, µs"), .number("Dense sample, µs"), .number("Accuracy so, %"),
          ]
        ) { arm, round in
          [
            .interval(round.secondsPerStep, scale: 1e3, decimals: 3),
            .interval(arm.denseSecondsPerStep, scale: 1e3, decimals: 3), .interval(round.multiplyAdds, decimals: 0),
            .text(way(arm, round)), .interval(round.secondsPerSample, scale: 1e6, decimals: 2),
            .interval(round.denseSecondsPerSample, scale: 1e6, decimals: 2), .percent(round.runAccuracy),
          ]
        },
        .note(
          "The dense network takes \(Format.count(finding.denseMultiplyAdds)) multiply-adds a sample. Tickets of other bases than the canonical one train as slowly as dense networks, and the change of basis comes on top. Times are of work that other work may have stood beside."
        ),
      ])
  }

  private func way(_ arm: BasisFinding.Arm, _ round: BasisFinding.Round) -> String {
    if !round.factoredLayers.isEmpty {
      return "transform and sparse product (\(round.factoredLayers.joined(separator: ", ")))"
    }
    return round.multiplyAdds.mean < Double(finding.denseMultiplyAdds)
      ? "sparse weights" : "dense weights: cannot be faster than dense"
  }
}
