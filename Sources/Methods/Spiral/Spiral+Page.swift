import Basics
public import Experiments
public import Pages

extension Spiral {
  public static func document(_ record: Record<SpiralFinding>) -> Document {
    let finding = record.finding
    return Document(
      title: "The sparsest network on \(finding.data)", subtitle: "\(Format.plural(finding.runs, "run"))",
      sections: [
        staircase(finding), needs(finding), steps(finding), structures(finding), portraits(finding), tables(finding),
      ].compactMap { $0 })
  }

  // MARK: charts

  private static func staircase(_ finding: SpiralFinding) -> Section? {
    guard !finding.arms.isEmpty else { return nil }
    let widths = Set(finding.arms.compactMap(\.width)).sorted()
    let variants =
      [Chart.Variant("all widths", series: series(finding.arms, nil))]
      + widths.map { Chart.Variant("width \($0)", series: series(finding.arms, $0)) }
    var x = Axis("Weights", decimals: 0), y = Axis("Best accuracy, %", unit: "%", decimals: 2)
    let points = variants[0].series.flatMap(\.points)
    x.range = Axis.roundRange(points.map(\.x))
    y.range = Axis.roundRange(points.compactMap(\.y))
    if let high = y.range?.high { y.range?.high = min(100, high) }
    let marks = finding.targets.compactMap { target in
      finding.optimum(reaching: target).map {
        Chart.Mark(Double($0.weights), label: "\(percent(target)) by search")
      }
    }
    let chart = Chart(
      id: "staircase", title: "Best accuracy by number of weights", x: x, y: y, variants: variants, marks: marks,
      group: "widths")
    let note: HTMLText =
      "The best of all learning rates, schedules and repetitions. Training and test points are the same: this is what a network can represent and learn."
    return Section(
      "Accuracy against weights", id: "staircase",
      [.charts([ChartFigure(chart, note: note)], group: "widths", label: "Networks pruned")])
  }

  /// The searches, and for each method the best at a width or at all of them.
  private static func series(_ arms: [SpiralFinding.Arm], _ width: Int?) -> [Chart.Series] {
    var names: [String] = []
    for arm in arms where !names.contains(arm.name) { names.append(arm.name) }
    return names.enumerated().compactMap { i, name in
      var best: [Int: Double] = [:]
      for arm in arms where arm.name == name && (arm.width == nil || width == nil || arm.width == width) {
        for step in arm.steps { best[step.weights] = max(best[step.weights] ?? 0, step.accuracy) }
      }
      guard !best.isEmpty else { return nil }
      let points = best.sorted { $0.key < $1.key }.map { Chart.Point(Double($0.key), 100 * $0.value) }
      return Chart.Series(name, style: .numbered(i), points: points)
    }
  }

  // MARK: tables

  private static func needs(_ finding: SpiralFinding) -> Section? {
    guard !finding.arms.isEmpty else { return nil }
    let heads = finding.targets.flatMap {
      [Table.Column.number("Weights at \(percent($0))"), .number("Times the search")]
    }
    let rows = finding.arms.map { arm in
      let reached = finding.targets.flatMap { target -> [Cell] in
        guard let weights = arm.smallest(reaching: target)?.weights else { return [.missing, .missing] }
        let least = finding.optimum(reaching: target)?.weights
        return [.count(weights), .decimal(least.map { Double(weights) / Double($0) }, 2)]
      }
      let start: [Cell] = [
        .text(arm.name), arm.width.map { .count($0) } ?? .missing, .count(arm.runs), .decimal(100 * arm.best, 2),
      ]
      return Table.Row(start + reached + [.decimal(100 * arm.effective, 1), .decimal(arm.disconnected, 1)])
    }
    let columns: [Table.Column] =
      [.text("Method"), .number("Width"), .number("Runs"), .number("Best, %")] + heads
      + [.number("Weights on a path, %"), .number("Disconnected units")]
    let intro: HTMLText = """
      Fewest weights with which any run of a method reached the accuracy. Weights on a path lead from an input to \
      the output; disconnected units hold weights but lie on no such path. Both are means over all runs.
      """
    return Section(
      "What each method needs", id: "needs", isEssential: true,
      [.paragraph(intro), .table(Table("Fewest weights by method and width", columns: columns, rows: rows))])
  }

  /// The best networks of every number of weights that a search trained.
  private static func steps(_ finding: SpiralFinding) -> Section? {
    guard !finding.searches.isEmpty else { return nil }
    return Section(
      "Searches by number of weights", id: "searches", isEssential: true,
      finding.searches.map { arm in
        let caption = "Best networks of the \(arm.name) by number of weights"
        return .folded(caption, table(arm.steps, caption), printed: true)
      })
  }

  private static func structures(_ finding: SpiralFinding) -> Section? {
    guard !finding.structures.isEmpty else { return nil }
    let rows = finding.structures.map {
      Table.Row([.text($0.structure), .count($0.weights), .count($0.parameters), .decimal(100 * $0.accuracy, 2)])
    }
    let columns: [Table.Column] = [
      .text("Hidden units"), .number("Weights"), .number("With biases"), .number("Best accuracy, %"),
    ]
    let caption: HTMLText =
      "Dense structures that are better than all with fewer weights, of \(Format.count(finding.structureCount))"
    return Section(
      "Dense structures", id: "structures", isEssential: true, [.table(Table(caption, columns: columns, rows: rows))])
  }

  private static func table(_ steps: [SpiralFinding.Best], _ caption: String) -> Table {
    Table(
      "\(caption)",
      columns: [
        .number("Weights"), .number("Runs"), .number("Best, %"), .number("With biases"), .number("On a path"),
        .text("Run"),
      ],
      rows: steps.map {
        Table.Row([
          .count($0.weights), .count($0.runs), .decimal(100 * $0.accuracy, 2), .count($0.parameters),
          .count($0.effective), .text($0.run),
        ])
      })
  }

  private static func tables(_ finding: SpiralFinding) -> Section? {
    guard !finding.tables.isEmpty else { return nil }
    let rows = finding.tables.map { Table.Row([.text($0.file), .count($0.runs), .code($0.digest)]) }
    let columns: [Table.Column] = [.text("File"), .number("Runs"), .text("SHA-256 of its rows")]
    return Section(
      "Tables", id: "tables", isEssential: true, [.table(Table("Tables of runs", columns: columns, rows: rows))])
  }
}
