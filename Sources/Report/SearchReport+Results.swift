import Basics
package import Pages

/// The complete tables, and every value of every seed as comma-separated text.
extension SearchReport {
  var results: Section {
    let percent = Format.percentInterval(_:)
    let step = { Format.interval($0, decimals: 0) }
    let accuracy = table("Test accuracy after the last step, %", \.testAccuracy, percent)
    let stops = table("Early-stop step: the step of least validation loss", \.earlyStopStep, step)
    let stopped = table("Test accuracy at the early-stop step, %", \.earlyStopTestAccuracy, percent)
    let validation = table("Validation accuracy after the last step, %", \.validationAccuracy, percent)
    return Section(
      "Results", id: "results",
      body: """
        <p>\(intervalNote) Networks are chosen by validation accuracy; the test images decide nothing.</p>
        \(accuracy.html)\(stops.html)\(stopped.folded("Test accuracy at the early-stop step", printed: true))\
        \(validation.folded("Validation accuracy", printed: true))\(values)
        """)
  }

  private func table(
    _ caption: HTMLText, _ value: KeyPath<ArmResult, Interval>, _ format: (Interval) -> String
  ) -> Table {
    let columns: [Table.Column] = [.number("Round"), .number("Remaining, %"), .number("Weights")]
    let rows = result.rounds.map { round in
      let isMarked = round.round == recommended?.round
      let tag: HTMLText? = isMarked ? "<span class=\"tag\">recommended</span>" : nil
      let start: [HTMLText] = [
        "\(round.round)\(tag)", HTMLText(Format.significant(100 * round.density)),
        HTMLText(Format.count(round.remaining)),
      ]
      return Table.Row(
        start + arms.map { cell($0.result(in: round, of: result)?[keyPath: value], format) }, isMarked: isMarked)
    }
    return Table(
      caption, columns: columns + arms.map { .number("\($0.title)") },
      rows: rows.isEmpty ? [denseRow(value, format)] : rows)
  }

  private func denseRow(_ value: KeyPath<ArmResult, Interval>, _ format: (Interval) -> String) -> Table.Row {
    let missing = HTMLText(Format.missing)
    return Table.Row(
      [missing, "100", missing] + arms.map { cell($0 == .dense ? result.dense[keyPath: value] : nil, format) })
  }

  private func cell(_ interval: Interval?, _ format: (Interval) -> String) -> HTMLText {
    HTMLText(interval.map(format) ?? Format.missing)
  }

  private var values: HTMLText {
    """
    <h3>Every seed</h3>
    <p>One line for each network, round and seed, at full precision, for your own statistics.</p>
    <button type="button" data-copy="seed-values">Copy as CSV</button>
    <details><summary>Show the lines</summary><pre id="seed-values" tabindex="0">\(seedLines.joined(separator: "\n"))
    </pre></details>

    """
  }

  /// A heading and one line of comma-separated values for each arm, round and seed; the dense network is round 0.
  var seedLines: [String] {
    let heading = """
      arm,round,remaining_weights,density,seed,\
      test_accuracy,early_stop_step,early_stop_test_accuracy,validation_accuracy
      """
    let weights = result.rounds.first?.layers.reduce(0) { $0 + $1.weights } ?? 0
    let dense = lines(for: result.dense, "dense,0,\(weights > 0 ? String(weights) : ""),1")
    let rest = result.rounds.flatMap { round in
      arms.filter { $0 != .dense }.flatMap { arm in
        let start = "\(arm.rawValue),\(round.round),\(round.remaining),\(round.density)"
        return arm.result(in: round, of: result).map { lines(for: $0, start) } ?? []
      }
    }
    return [heading] + dense + rest
  }

  private func lines(for arm: ArmResult, _ start: String) -> [String] {
    let columns = [arm.testAccuracy, arm.earlyStopStep, arm.earlyStopTestAccuracy, arm.validationAccuracy].map(\.values)
    return result.seeds.indices.map { seed in
      let numbers = columns.map { $0.indices.contains(seed) ? String($0[seed]) : "" }
      return "\(start),\(result.seeds[seed]),\(numbers.joined(separator: ","))"
    }
  }
}
