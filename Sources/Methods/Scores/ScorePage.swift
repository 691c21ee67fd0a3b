import Basics
import Experiments
import Pages

/// The page of a search over scores.
struct ScorePage {
  let finding: ScoreFinding

  var sections: [Section] {
    (finding.levels.count > 1 ? [curve] : []) + [accuracies, learning, layers] + (storage.map { [$0] } ?? [])
  }

  private var titles: [String] { finding.levels[0].arms.map(\.title) }

  private var accuracies: Section {
    let columns: [Table.Column] =
      [.number("Kept, %"), .text("Chosen by")]
      + [
        "Test accuracy", "Before the search", "Mask on fresh weights", "Shuffled mask", "Random mask, trained",
        "Dense, trained",
      ].map { .number("\($0)") }
    let rows: [Table.Row] = finding.levels.flatMap { level in
      level.arms.map { arm in
        Table.Row(
          [.significant(100 * level.keep), .text(arm.title), .percent(arm.accuracy), .percent(arm.unsearched)]
            + [arm.reinit, arm.shuffled, level.random, finding.dense].map { .percent($0) },
          isMarked: arm.way == finding.levels[0].arms[0].way)
      }
    }
    return Section(
      "Accuracy by the share that is kept", id: "accuracy", isEssential: true,
      [
        .table(Table("Test accuracy, %", columns: columns, rows: rows)),
        .note(
          "No weight is trained in the first four columns of accuracies: the search chooses which of the frozen weights stay. In the last two the weights are trained."
        ),
      ])
  }

  private var curve: Section {
    func series(_ title: String, _ style: Int, _ value: (ScoreFinding.Level) -> Interval) -> Chart.Series {
      Chart.Series(
        title, style: .numbered(style),
        points: finding.levels.map { Chart.Point(100 * $0.keep, value($0), scale: 100) })
    }
    let ways = titles.enumerated().map { i, title in series(title, i) { $0.arms[i].accuracy } }
    let beside = [
      series("Random mask, trained", titles.count) { $0.random },
      series("Before the search", titles.count + 1) { $0.arms[0].unsearched },
      series("Dense, trained", titles.count + 2) { _ in finding.dense },
    ]
    let chart = Chart(
      id: "keep", title: "Accuracy against the share that is kept", x: Axis("Kept weights, %"),
      y: Axis("Test accuracy, %"), series: ways + beside)
    return Section("Which share is best", id: "keep-curve", isEssential: true, [.chart(ChartFigure(chart))])
  }

  private var learning: Section {
    let series = finding.levels.flatMap { level in
      level.arms.map { arm in
        (name: "\(arm.title), \(Format.significant(100 * level.keep)) %", points: arm.curve)
      }
    }.enumerated().map { i, line in
      Chart.Series(
        line.name, style: .numbered(i),
        points: line.points.map { Chart.Point(Double($0.step), 100 * $0.validationAccuracy) })
    }
    let chart = Chart(
      id: "learning", title: "Validation accuracy while scores are trained", x: Axis("Step", decimals: 0),
      y: Axis("Validation accuracy, %"), series: series)
    return Section("The search", id: "learning-curves", [.chart(ChartFigure(chart))])
  }

  private var storage: Section? {
    let rows = finding.levels.flatMap { level in
      level.arms.compactMap { arm in
        arm.storage.map { storage in
          Table.Row([
            .significant(100 * level.keep), .text(arm.title), .count(storage.fileBytes), .count(storage.maskBytes),
            .count(Int(storage.entropyBytes.rounded(.up))),
            .significant(100 * (Double(storage.maskBytes) / storage.entropyBytes - 1)), .count(storage.denseBytes),
          ])
        }
      }
    }
    guard !rows.isEmpty else { return nil }
    let table = Table(
      "Bytes of the binary ticket",
      columns: [
        .number("Kept, %"), .text("Chosen by"), .number("File"), .number("Mask in it"), .number("Entropy of the mask"),
        .number("Mask above it, %"), .number("Dense weights, 32 bits"),
      ], rows: rows)
    return Section(
      "Storage", id: "storage",
      [
        .table(table),
        .note(
          "The file holds mask, gains and batch norm; signs come from the seed. The entropy is that of N weights of which k are kept, N H(k / N) bits, layer by layer."
        ),
      ])
  }

  private var layers: Section {
    let rows: [Table.Row] = finding.levels.flatMap { level in
      level.arms.flatMap { arm -> [Table.Row] in
        arm.layers.map { layer in
          Table.Row([
            .significant(100 * level.keep), .text(arm.title), .code(layer.layer), .count(layer.weights),
            .percent(layer.kept), .interval(layer.gain, decimals: 5),
          ])
        }
      }
    }
    let table = Table(
      "What each layer keeps",
      columns: [
        .number("Kept, %"), .text("Chosen by"), .text("Layer"), .number("Weights"), .number("Kept of them, %"),
        .number("Mean |w| of the kept"),
      ], rows: rows)
    let proof = Table(
      "The frozen weights",
      columns: [.number("Kept, %"), .text("Chosen by"), .text("Kept weights are the drawn ones"), .text("SHA-256")],
      rows: finding.levels.flatMap { level -> [Table.Row] in
        level.arms.map { arm in
          let drawn = arm.way == Biprop.name ? "yes, their signs" : "yes, bit for bit"
          return Table.Row([
            .significant(100 * level.keep), .text(arm.title), .text(arm.isUnmoved ? drawn : "no"),
            .text(arm.frozenDigests.map { String($0.prefix(12)) }.joined(separator: ", ")),
          ])
        }
      })
    return Section("Layers and frozen weights", id: "layers", [.table(table), .table(proof)])
  }
}
