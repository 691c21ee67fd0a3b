import Basics
public import Experiments
public import Pages

extension Prove {
  public static func document(_ record: Record<ProveFinding>) -> Document {
    let finding = record.finding
    return Document(
      title: "A pruned random network for \(record["model"]) on \(record.dataset?.name ?? record["data"])",
      subtitle: """
        \(finding.widths.map(String.init).joined(separator: "-")), \(Format.plural(finding.candidates, "candidate")) for each \
        half of a weight, error \(Format.significant(finding.error)), \(finding.method.rawValue)
        """,
      notes: [
        """
        Each layer of the target becomes two random ones with weights U[-1, 1] (Malach et al. 2020, Pensia et al. 2020). \
        An inner unit keeps one weight, on one input; an output keeps those of the inner units whose products with it add up \
        nearest to the target’s weight. Nothing is trained. \(Format.intervalNote(seeds: record.seeds.count))
        """
      ], sections: [facts(finding), layers(finding), resolution(finding), needs(finding)])
  }

  private static func facts(_ finding: ProveFinding) -> Section {
    func row(_ name: String, _ value: Interval, _ scale: Double = 1, decimals: Int = 2) -> (String, Cell) {
      (name, .interval(value, scale: scale, decimals: decimals))
    }
    let signs =
      finding.isNonNegative
      ? "The network’s inputs run from 0, at the data set’s smallest number, to 1 at its largest; the first layer takes up the normalisation, and its weights are those meant by errors. Only positive halves are served, and the unit ball is the part of it without negative coordinates."
      : "Inputs can be negative: the first layer serves both halves, x = max(x, 0) - max(-x, 0)."
    let table = Provenance.facts(
      "Target and pruned random network",
      [
        row("Target, test accuracy %", finding.targetAccuracy, 100),
        row("Pruned random network, test accuracy %", finding.prunedAccuracy, 100),
        row("Test samples with the same class, %", finding.agreement, 100),
        ("Target weights and biases", .count(finding.targetWeights)),
        row("Random weights that could be kept, for each", finding.drawnPerTarget),
        row("Random weights kept, for each", finding.keptPerTarget),
        row("Width factor", finding.widthFactor),
        row("Target weights missed", finding.missed, decimals: 0),
        row("Largest error of a weight", finding.largestWeightError, decimals: 6),
        row("Certified bound, data’s box", finding.certifiedBound, decimals: 4),
        row("Largest difference found, box and test samples", finding.measuredError, decimals: 4),
        row("Largest difference found, test samples", finding.testSetError, decimals: 4),
        row("Certified bound, unit ball", finding.ballBound, decimals: 4),
        row("Largest difference found, unit ball", finding.ballError, decimals: 4),
      ])
    return Section(
      "What was proven", id: "proven", isEssential: true,
      [
        .table(table),
        .note("\(signs)"),
        .note(
          """
          Bounds hold for every input of the domain, by intervals and spectral norms carried from layer to layer in double \
          precision. Points are random ones; every other is a corner of the box or lies on the sphere.
          """),
      ])
  }

  private static func layers(_ finding: ProveFinding) -> Section {
    let rows = finding.layers.map { layer in
      Table.Row([
        .text(layer.name), .count(layer.targetWeights), .count(layer.randomWeights), .count(layer.drawn),
        .count(layer.kept), .decimal(Double(layer.kept) / Double(max(1, layer.targetWeights)), 2), .count(layer.width),
        .decimal(layer.widthFactor, 2), .significant(layer.constant), .count(layer.zeroed), .count(layer.missed),
        .significant(layer.largestError), .significant(layer.largestMadeError), .significant(layer.boxBound),
        .significant(layer.ballBound),
      ])
    }
    let table = Table(
      "Layers, first seed",
      columns: [
        .text("Layer"), .number("Target"), .number("Random weights"), .number("Could be kept"), .number("Kept"),
        .number("Kept / target"), .number("Inner width"), .number("Width factor"), .number("Constant"),
        .number("Made zero"), .number("Missed"), .number("Largest error"), .number("Of those made"),
        .number("Bound, box"), .number("Bound, ball"),
      ], rows: rows)
    return Section(
      "Layers", id: "layers", isEssential: true,
      [
        .table(table),
        .note(
          """
          Could be kept: a weight to each inner unit from its input, and all from these units to the outputs. Biases are \
          weights on a constant input, a power of two that none exceeds. Bounds are of the values behind the layer.
          """),
      ])
  }

  private static func resolution(_ finding: ProveFinding) -> Section {
    let found = finding.resolution
    let kinds: [(String, KeyPath<Resolution.Point, Double>)] = [
      ("Subset sum", \.subsetSum), ("Single pick", \.singlePick),
    ]
    let series = kinds.enumerated().map { i, kind in
      Chart.Series(
        kind.0, style: .numbered(i),
        points: found.points.map { .init(Double($0.candidates), Resolution.log2($0[keyPath: kind.1])) })
    }
    var x = Axis("Candidates", decimals: 0), y = Axis("log2 of the median distance", decimals: 2)
    x.range = Axis.Range(low: 4, high: 20, step: 2)
    y.range = Axis.roundRange(series.flatMap { $0.points.compactMap(\.y) } + [0])
    let chart = Chart(id: "resolution", title: "Distance from a random target", x: x, y: y, series: series)
    let table = Table(
      "Distance from a target U[-1/2, 1/2] of candidates U[-1, 1]",
      columns: [
        .number("Candidates"), .number("Subset sum, median"), .number("Single pick, median"),
        .number("Subset sum within the error, %"), .number("Single pick within the error, %"),
      ],
      rows: found.points.map { point in
        Table.Row([
          .count(point.candidates), .significant(point.subsetSum), .significant(point.singlePick),
          .decimal(100 * point.subsetSumWithin, 1), .decimal(100 * point.singlePickWithin, 1),
        ])
      })
    let note: HTMLText = """
      \(Format.count(found.trials)) targets. With each candidate the median distance of subset sums falls by \
      \(Format.decimal(found.bitsPerCandidate, 2)) bits.
      """
    return Section(
      "Resolution", id: "resolution",
      [
        .chart(ChartFigure(chart, note: note, tableReference: "The numbers stand in the table below.")), .table(table),
      ])
  }

  private static func needs(_ finding: ProveFinding) -> Section {
    let found = finding.resolution
    let table = Table(
      "Candidates with which 95 % of the targets are met",
      columns: [.number("Error"), .number("Subset sum"), .number("Single pick")],
      rows: found.needs.map { Table.Row([.significant($0.error), .count($0.subsetSum), .count($0.singlePick)]) })
    return Section(
      "Candidates needed", id: "needs",
      [
        .table(table),
        .note(
          """
          Single picks need about the power \(Format.decimal(found.singlePickPower, 2)) of 1/error; subset sums \
          \(Format.decimal(found.candidatesPerBit, 2)) candidates more for each halving. These are targets of single numbers; \
          a weight of a network is made of products, and its negative half once more where inputs can be negative.
          """),
      ])
  }
}
