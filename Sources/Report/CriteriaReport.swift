public import Basics
package import Pages

/// The page that `tombola criteria` ends with: which criterion keeps what, and what data add.
public struct CriteriaReport: Sendable {
  let result: CriteriaResult
  let chartScript: String?

  /// - Parameter chartScript: the source of Chart.js (`ChartLibrary.locate()`); without it the page has tables only.
  public init(_ result: CriteriaResult, chartScript: String?) {
    self.result = result
    self.chartScript = chartScript
  }

  /// The whole page, to be written to one file; it loads nothing else.
  public func html() -> String { page.html.markup }

  package var page: Page {
    Page(
      title: "Pruning criteria on \(result.dataset.name)", subtitle: subtitle, lead: verdict + matrix,
      sections: [accuracy, effects, shuffled, layers, overlaps, provenance].compactMap { $0 }, chartScript: chartScript)
  }

  private var subtitle: HTMLText {
    """
    \(result.settings["model"] ?? ""), \(Format.count(result.criteria.count)) criteria, \
    \(result.densities.count == 1 ? "1 density" : "\(result.densities.count) densities"), \
    \(plural(result.seeds.count, "seed"))
    """
  }

  private var verdict: HTMLText {
    let sentences = result.verdict.isEmpty ? ["No verdict was recorded."] : result.verdict
    let warnings = result.warnings.map { warning -> HTMLText in "<p class=\"notice\">\(warning)</p>\n" }
    return """
      <div class="verdict">\(sentences.map { sentence -> HTMLText in "<p>\(sentence)</p>\n" })</div>
      \(warnings)
      """
  }

  // MARK: tables of criteria against densities

  private func grid(_ caption: HTMLText, _ cell: (CriterionCell) -> String?) -> Table {
    Table(
      caption, columns: [.text("Criterion")] + result.densities.map { .number("\(Format.density($0))") },
      rows: result.criteria.map { name in
        Table.Row(
          ["<code>\(name)</code>"]
            + result.densities.map { density in
              HTMLText(result.cell(name, density).flatMap(cell) ?? Format.missing)
            })
      })
  }

  private var matrix: HTMLText {
    let table = grid("Test accuracy, %, by criterion and share of weights remaining") {
      Format.percentInterval($0.testAccuracy)
    }
    let interval: HTMLText =
      result.seeds.count > 1
      ? "Mean over \(plural(result.seeds.count, "seed")) ± half of the 95\(Format.space)% interval by Student’s t."
      : "One seed was run, so no interval can be given: differences may be chance."
    return """
      \(table.html)<p class="note">\(interval) The dense network reaches \(Format.percentInterval(result.dense)).</p>

      """
  }

  private var shuffled: Section? {
    guard result.cells.contains(where: { $0.shuffled != nil }) else { return nil }
    let table = grid("Shuffled less unshuffled, points of test accuracy") { cell in
      cell.shuffled.map { difference($0, cell.testAccuracy) }
    }
    return Section(
      "Shuffled masks", id: "shuffled",
      body: """
        <p>The same number of weights in every layer, at random places, with the same initial weights. Where the \
        difference is near 0 the criterion chose layers’ densities, not weights.</p>
        \(table.html)
        """)
  }

  private func difference(_ a: Interval, _ b: Interval) -> String {
    let differences = zip(a.values, b.values).map { $0 - $1 }
    return Format.points(differences.reduce(0, +) / Double(max(1, differences.count)))
  }

  private var effects: Section? {
    guard !result.effects.isEmpty else { return nil }
    let names = result.effects.map { [$0.factor, $0.data] }.reduce(into: [[String]]()) { list, pair in
      if !list.contains(pair) { list.append(pair) }
    }
    let rows = names.map { pair -> Table.Row in
      let cells = result.densities.map { density -> HTMLText in
        guard let effect = result.effects.first(where: { [$0.factor, $0.data] == pair && $0.density == density }) else {
          return HTMLText(Format.missing)
        }
        let mark: HTMLText? = effect.chance < 0.05 ? "<span class=\"tag\">beyond chance</span>" : nil
        return "\(Format.interval(effect.difference, scale: 100, decimals: 2))\(mark)"
      }
      return Table.Row(["<code>\(pair[0])</code> with <code>\(pair[1])</code>"] + cells)
    }
    let table = Table(
      "With the data factor less without, points of test accuracy, paired by seed",
      columns: [.text("Factors")] + result.densities.map { .number("\(Format.density($0))") }, rows: rows)
    return Section(
      "What data add", id: "effects",
      body: """
        <p>Every static factor with and without each data factor. Marked are differences beyond chance at the \
        5\(Format.space)% level after Holm’s correction over all \(Format.count(result.effects.count)) of them.</p>
        \(table.html)
        """)
  }

  // MARK: charts and masks

  private var accuracy: Section {
    var x = Axis("Remaining weights, %", scale: .logarithmic, unit: "%"),
      y = Axis("Test accuracy, %", unit: "%", decimals: 2)
    let shares = result.densities.map { 100 * $0 }
    x.isReversed = true
    x.range = Axis.Range(low: (shares.min() ?? 1) * 0.96, high: max(shares.max() ?? 100, (shares.min() ?? 1) * 1.2))
    x.ticks = shares.sorted(by: >)
    y.range = Axis.roundRange(result.cells.flatMap { [100 * $0.testAccuracy.low, 100 * $0.testAccuracy.high] })
    let series = result.criteria.enumerated().map { index, name in
      Chart.Series(
        name, style: .numbered(index),
        points: result.densities.sorted(by: >).compactMap { density in
          result.cell(name, density).map {
            Chart.Point(
              100 * density, 100 * $0.testAccuracy.mean, low: 100 * $0.testAccuracy.low,
              high: 100 * $0.testAccuracy.high)
          }
        })
    }
    let chart = Chart(id: "accuracy", title: "Test accuracy after the last step", x: x, y: y, series: series)
    let note: HTMLText = "Shaded: 95\(Format.space)% intervals. The axis is logarithmic and runs from dense to sparse."
    let figure = ChartFigure(
      chart, note: note, tableReference: "All numbers stand in the table at the top of the page.")
    return Section(
      "Accuracy against density", id: "accuracy", body: figure.html(drawn: chartScript != nil), charts: [chart])
  }

  private var layers: Section {
    let tables = result.densities.map { density -> HTMLText in
      let names = result.cells.first { $0.density == density }?.layers.map(\.name) ?? []
      let table = Table(
        "Density of each layer at \(Format.density(density)), %, first seed",
        columns: [.text("Criterion")] + names.map { .number("\($0)") } + [.number("on a path")],
        rows: result.criteria.compactMap { name in
          result.cell(name, density).map { cell in
            let shares = cell.layers.map { Double($0.remaining) / Double(max(1, $0.weights)) }
            return Table.Row(
              ["<code>\(name)</code>"] + shares.map { HTMLText(Format.significant(100 * $0)) }
                + ["\(Format.count(cell.effective)) of \(Format.count(cell.remaining))"])
          }
        })
      return table.folded("\(Format.density(density)) of the weights", open: density == result.densities.min())
    }
    return Section(
      "Layers", id: "layers",
      body: "<p>What each criterion leaves of each layer, and how many of the weights lie on a path.</p>\n\(tables)")
  }

  private var overlaps: Section? {
    guard !result.overlaps.isEmpty else { return nil }
    let tables = result.densities.map { density -> HTMLText in
      let table = Table(
        "Shared share of two criteria’s weights at \(Format.density(density)), %",
        columns: [.text("Criterion")] + result.criteria.map { .number("<code>\($0)</code>") },
        rows: result.criteria.map { a in
          Table.Row(["<code>\(a)</code>"] + result.criteria.map { b in HTMLText(overlap(a, b, density)) })
        })
      return table.folded("\(Format.density(density)) of the weights", open: density == result.densities.min())
    }
    return Section(
      "Overlap of masks", id: "overlap",
      body: """
        <p>Weights that both criteria keep over weights that either keeps (Jaccard), mean over the seeds. Two random \
        masks of density d share d/(2 − d).</p>
        \(tables)
        """)
  }

  private func overlap(_ a: String, _ b: String, _ density: Double) -> String {
    let match = result.overlaps.first {
      $0.density == density && (($0.first == a && $0.second == b) || ($0.first == b && $0.second == a))
    }
    return match.map { Format.significant(100 * $0.jaccard) } ?? Format.missing
  }

  private var provenance: Section {
    Provenance(
      command: result.command, reproduce: result.reproduce, settings: result.settings, seeds: result.seeds,
      dataset: result.dataset, seconds: result.seconds, residentBytes: result.residentBytes
    ).section
  }
}
