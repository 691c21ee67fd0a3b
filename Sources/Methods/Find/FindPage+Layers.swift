import Basics
import Experiments
import Pages

/// Where the weights went: densities of the layers, and the inputs that the first layer still looks at.
extension FindPage {
  var layers: Section? {
    guard let names = finding.rounds.first(where: { !$0.layers.isEmpty })?.layers.map(\.name) else { return nil }
    let note: HTMLText = "Surviving share of each layer’s weights in the first seed’s mask. Both axes are logarithmic."
    let figure = ChartFigure(layerChart(names), note: note, tableReference: "The table below holds all numbers.")
    return Section(
      "Layers", id: "layers", [.chart(figure), .table(densities(names)), arithmetic(names)].compactMap { $0 })
  }

  private func layerChart(_ names: [String]) -> Chart {
    let series = names.enumerated().map { index, name in
      Chart.Series(name, style: .numbered(index), points: layerPoints(index))
    }
    var axis = Axis("Density of the layer, %", scale: .logarithmic, unit: "%")
    let values = series.flatMap { $0.points.compactMap(\.y) }.filter { $0 > 0 }
    let range = Axis.Range(low: (values.min() ?? 1) * 0.9, high: 105)
    axis.range = range
    axis.ticks = Axis.logarithmicTicks(range.low, range.high)
    return Chart(id: "layers", title: "Density of each layer", x: densityAxis, y: axis, series: series)
  }

  private func layerPoints(_ index: Int) -> [Chart.Point] {
    finding.rounds.compactMap { round in
      guard round.layers.indices.contains(index) else { return nil }
      let density = round.layers[index].density
      // A logarithmic axis has no place for an emptied layer: a gap.
      return Chart.Point(100 * round.density, density > 0 ? 100 * density : .nan)
    }
  }

  private func densities(_ names: [String]) -> Table {
    let sizes = finding.rounds.first { !$0.layers.isEmpty }?.layers.map { Format.count($0.weights) } ?? []
    let heads = zip(names, sizes).map { name, size -> HTMLText in
      "\(name) <br><span class=\"note\">\(size) weights</span>"
    }
    return layerTable("Density of each layer, %, and its surviving weights", heads) { $0.map(cell) }
  }

  /// Multiply-adds of the surviving weights; absent in results of older versions.
  private func arithmetic(_ names: [String]) -> Block? {
    guard let first = finding.rounds.first(where: { !$0.layers.isEmpty }), let dense = first.denseMultiplyAdds else {
      return nil
    }
    let sizes = first.layers.map { $0.denseMultiplyAdds ?? 0 } + [dense]
    let heads = zip(names + ["All layers"], sizes).map { name, size -> HTMLText in
      "\(name) <br><span class=\"note\">dense \(Format.count(size))</span>"
    }
    let caption: HTMLText = """
      Multiply-adds of the surviving weights for one sample, forward: every weight once at each place of its layer’s output
      """
    return .table(
      layerTable(caption, heads) { layers in
        let counts = layers.map { $0.multiplyAdds ?? 0 }
        return (counts + [counts.reduce(0, +)]).map { .count($0) }
      })
  }

  /// Rounds go down and layers across while there are few layers; else the other way round.
  ///
  /// - Parameter row: Cells of a round's layers, one a heading.
  private func layerTable(_ caption: HTMLText, _ heads: [HTMLText], row: ([LayerCount]) -> [Cell]) -> Table {
    let rounds = finding.rounds.filter { !$0.layers.isEmpty }
    let cells = rounds.map { round in
      let cells = row(round.layers)
      return heads.indices.map { cells.indices.contains($0) ? cells[$0] : .missing }
    }
    guard heads.count > 9 else {
      return Table(
        caption, columns: [.number("Remaining weights")] + heads.map { .number($0) },
        rows: zip(rounds, cells).map { Table.Row([.density($0.density)] + $1) })
    }
    return Table(
      caption, columns: [.text("Layer")] + rounds.map { .number("\(Format.density($0.density))") },
      rows: heads.enumerated().map { index, head in Table.Row([Cell(head)] + cells.map { $0[index] }) })
  }

  private func cell(_ layer: LayerCount) -> Cell {
    Cell(
      "\(Format.significant(100 * layer.density)) <span class=\"note\">(\(Format.count(layer.remaining)))</span>",
      values: [100 * layer.density])
  }

  var inputs: Section? {
    let rounds = finding.rounds.filter { $0.inputConnections != nil }
    guard !rounds.isEmpty else { return nil }
    let maps = selection(of: rounds).compactMap { round in
      HeatMap(
        id: "round-\(round.round)", title: "Round \(round.round), \(Format.density(round.density))",
        shape: record.dataset?.shape ?? [], values: round.inputConnections ?? [])
    }
    guard !maps.isEmpty else { return nil }
    let note: HTMLText = """
      How many connections of each input the first layer keeps, in the first seed’s mask. Each picture has a scale of its \
      own, from no connection to the most that an input of that round has; it stands below the picture.
      """
    return Section("First layer’s mask", id: "inputs", [.paragraph(note), .maps(maps)])
  }

  /// At most eight rounds, evenly chosen with the first and the last; the recommended one takes its neighbour's place.
  private func selection(of rounds: [FindFinding.Round]) -> [FindFinding.Round] {
    let count = min(8, rounds.count)
    guard rounds.count > count else { return rounds }
    var places = (0..<count).map { $0 * (rounds.count - 1) / (count - 1) }
    if let wanted = rounds.firstIndex(where: { $0.round == recommended?.round }), !places.contains(wanted) {
      let inner = places.indices.dropFirst().dropLast()
      let nearest = inner.min { abs(places[$0] - wanted) < abs(places[$1] - wanted) }
      if let nearest { places[nearest] = wanted }
    }
    return places.sorted().map { rounds[$0] }
  }
}
