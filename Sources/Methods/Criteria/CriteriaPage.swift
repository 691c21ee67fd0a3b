import Analysis
import Basics
public import Experiments
public import Pages

extension Criteria {
  public static func document(_ record: Record<CriteriaFinding>) -> Document { CriteriaPage(record).document }
}

/// Which criterion keeps what, and what data add.
private struct CriteriaPage {
  let record: Record<CriteriaFinding>

  init(_ record: Record<CriteriaFinding>) { self.record = record }

  var finding: CriteriaFinding { record.finding }

  var document: Document {
    Document(
      title: "Pruning criteria on \(record.dataset?.name ?? record["data"])",
      subtitle: """
        \(record["model"]), \(Format.count(finding.criteria.count)) criteria, \
        \(Format.plural(finding.densities.count, "density", "densities")), \(Format.plural(record.seeds.count, "seed"))
        """, warnings: finding.warnings,
      sections: [results, accuracy, effects, shuffled, layers, overlaps].compactMap { $0 })
  }

  // MARK: tables of criteria against densities

  /// A column for each density.
  private func grid(_ caption: HTMLText, _ first: HTMLText, _ rows: [Table.Row]) -> Table {
    Table(
      caption, columns: [.text(first)] + finding.densities.map { .number("\(Format.density($0))") }, rows: rows)
  }

  /// A row for each criterion.
  private func grid(_ caption: HTMLText, _ cell: (CriteriaFinding.Cell) -> Cell) -> Table {
    grid(
      caption, "Criterion",
      finding.criteria.map { name in
        Table.Row([.code(name)] + finding.densities.map { finding.cell(name, $0).map(cell) ?? .missing })
      })
  }

  private var results: Section {
    let dense = Format.percentInterval(finding.dense)
    let table = grid("Test accuracy, %, by criterion and share of weights remaining (dense \(dense))") {
      .percent($0.testAccuracy)
    }
    let more = record.seeds.count == 1 ? " Differences may be chance." : ""
    return Section(
      "Test accuracy", id: "results", isEssential: true,
      [.table(table), .note("\(Format.intervalNote(seeds: record.seeds.count))\(more)")])
  }

  private var shuffled: Section? {
    guard finding.cells.contains(where: { $0.shuffled != nil }) else { return nil }
    let table = grid("Shuffled less unshuffled, points of test accuracy") { cell in
      .points(cell.shuffled?.difference(to: cell.testAccuracy))
    }
    return Section(
      "Shuffled masks", id: "shuffled", isEssential: true,
      [
        .paragraph(
          """
          The same number of weights in every layer, at random places, with the same initial weights. Where the difference \
          is near 0 the criterion chose layers’ densities, not weights.
          """), .table(table),
      ])
  }

  private var effects: Section? {
    guard !finding.effects.isEmpty else { return nil }
    let names = finding.effects.reduce(into: [[String]]()) { names, effect in
      if !names.contains([effect.factor, effect.data]) { names.append([effect.factor, effect.data]) }
    }
    let table = grid(
      "With the data factor less without, points of test accuracy, paired by seed", "Factors",
      names.map { pair in
        let own = finding.effects.filter { [$0.factor, $0.data] == pair }
        return Table.Row(
          ["<code>\(pair[0])</code> with <code>\(pair[1])</code>"]
            + finding.densities.map { density in own.first { $0.density == density }.map(cell) ?? .missing })
      })
    return Section(
      "What data add", id: "effects", isEssential: true,
      [
        .paragraph(
          """
          Every static factor with and without each data factor. Marked are differences beyond chance at the \
          5\(Format.space)% level after Holm’s correction over all \(Format.count(finding.effects.count)) of them.
          """), .table(table),
      ])
  }

  private func cell(_ effect: CriteriaFinding.Effect) -> Cell {
    var cell = Cell.points(effect.difference)
    if effect.isBeyondChance { cell.markup = cell.markup + " <span class=\"tag\">beyond chance</span>" }
    return cell
  }

  // MARK: charts and masks

  private var accuracy: Section {
    var x = Axis("Remaining weights, %", scale: .logarithmic, unit: "%"),
      y = Axis("Test accuracy, %", unit: "%", decimals: 2)
    let shares = finding.densities.map { 100 * $0 }, least = shares.min() ?? 1
    x.isReversed = true
    x.range = Axis.Range(low: least * 0.96, high: max(shares.max() ?? 100, least * 1.2))
    x.ticks = shares.sorted(by: >)
    y.range = Axis.roundRange(finding.cells.flatMap { [100 * $0.testAccuracy.low, 100 * $0.testAccuracy.high] })
    let series = finding.criteria.enumerated().map { index, name in
      Chart.Series(
        name, style: .numbered(index),
        points: finding.densities.sorted(by: >).compactMap { density in
          finding.cell(name, density).map { Chart.Point(100 * density, $0.testAccuracy, scale: 100) }
        })
    }
    let figure = ChartFigure(
      Chart(id: "accuracy", title: "Test accuracy after the last step", x: x, y: y, series: series),
      note: "Shaded: 95\(Format.space)% intervals. The axis is logarithmic and runs from dense to sparse.",
      tableReference: "All numbers stand in the <a href=\"#results\">table at the top of the page</a>.")
    return Section("Accuracy against density", id: "accuracy", [.chart(figure)])
  }

  /// A table for each density, that of the lowest open.
  private func byDensity(_ table: (Double) -> Table) -> [Block] {
    finding.densities.map { density in
      density == finding.densities.min()
        ? .table(table(density)) : .folded("\(Format.density(density)) of the weights", table(density))
    }
  }

  private var layers: Section {
    let note = "What each criterion leaves of each layer, and how many of the weights lie on a path."
    return Section("Layers", id: "layers", [.paragraph("\(note)")] + byDensity(layers))
  }

  private func layers(at density: Double) -> Table {
    let cells = finding.cells.filter { $0.density == density }
    return Table(
      "Density of each layer at \(Format.density(density)), %, first seed",
      columns: [.text("Criterion")] + (cells.first?.layers ?? []).map { .number("\($0.name)") }
        + [.number("on a path")],
      rows: cells.map { cell in
        Table.Row(
          [.code(cell.criterion)] + cell.layers.map { .significant(100 * $0.density) }
            + ["\(Format.count(cell.effective)) of \(Format.count(cell.remaining))"])
      })
  }

  private var overlaps: Section? {
    guard !finding.overlaps.isEmpty else { return nil }
    let note: HTMLText = """
      Weights that both criteria keep over weights that either keeps (Jaccard), mean over the seeds. Two random masks of \
      density d share d/(2 − d).
      """
    return Section("Overlap of masks", id: "overlap", [.paragraph(note)] + byDensity(overlaps))
  }

  private func overlaps(at density: Double) -> Table {
    let own = finding.overlaps.filter { $0.density == density }
    return Table(
      "Shared share of two criteria’s weights at \(Format.density(density)), %",
      columns: [.text("Criterion")] + finding.criteria.map { .number("<code>\($0)</code>") },
      rows: finding.criteria.map { a in
        Table.Row(
          [.code(a)]
            + finding.criteria.map { b in
              .significant(own.first { [$0.first, $0.second].sorted() == [a, b].sorted() }.map { 100 * $0.jaccard })
            })
      })
  }
}
