import Basics
public import Experiments
import Foundation
public import Pages

extension Certify {
  public static func document(_ record: Record<CertifyFinding>) -> Document { CertifyPage(record).document }
}

/// What was decided about each density, by which numbers, and how to check it.
private struct CertifyPage {
  let record: Record<CertifyFinding>

  init(_ record: Record<CertifyFinding>) { self.record = record }

  var finding: CertifyFinding { record.finding }
  var terms: CertificateTerms { finding.terms }
  var rates: String { terms.learningRates.map { "\($0)" }.joined(separator: ", ") }

  var document: Document {
    let ticket = finding.ticketDigest.map { digest -> HTMLText in
      "The ticket that was asked about has the digest <code>\(digest)</code>; the search found it again."
    }
    return Document(
      title: "Certificate: \(record["model"]) on \(record.dataset?.name ?? record["data"])",
      subtitle: """
        \(Format.plural(finding.densities.count, "ticket")), \(Format.plural(record.seeds.count, "seed")), learning rates \
        \(rates)
        """,
      notes: ["SHA-256 of the certificate’s content: <code>\(finding.digest)</code>"] + [ticket].compactMap { $0 },
      sections: [results] + finding.densities.map(section) + [method])
  }

  private func heading(_ density: CertifiedDensity) -> String {
    "\(Format.density(density.density)) of the weights: \(density.verdict.rawValue)"
  }

  // MARK: all densities

  private var results: Section {
    let tables = finding.densities.flatMap { density in
      [accuracies(density)] + (density.checks.isEmpty ? [] : [checks(density)])
    }
    return Section(
      "Results", id: "results", isEssential: true, finding.densities.isEmpty ? [] : ([states] + tables).map(Block.table)
    )
  }

  /// The state of every condition at every density.
  private var states: Table {
    let conditions = finding.densities[0].conditions
    return Table(
      "The five conditions of Ma et al. 2021: points, what is needed, state",
      columns: [.text("Condition")] + finding.densities.map { .text("\(Format.density($0.density))") },
      rows: conditions.indices.map { i in
        Table.Row(
          ["\(conditions[i].number). \(conditions[i].statement)"]
            + finding.densities.map { density in
              let condition = density.conditions[i]
              return """
                \(Format.points(condition.value.mean)) / \(Format.points(condition.threshold)) \(condition.state.rawValue)
                """
            })
      } + [Table.Row(["Verdict"] + finding.densities.map { .text($0.verdict.rawValue) }, isMarked: true)])
  }

  private func arms(_ density: CertifiedDensity) -> [(kind: CertifiedArm.Kind, arms: [CertifiedArm])] {
    let all = finding.dense + density.arms
    return CertifiedArm.Kind.allCases.compactMap { kind in
      let own = all.filter { $0.kind == kind }
      return own.isEmpty ? nil : (kind, own)
    }
  }

  private func accuracies(_ density: CertifiedDensity) -> Table {
    Table(
      "Test accuracy, %, mean (standard deviation), at \(heading(density))",
      columns: [.text("Network"), .number("Weights")] + terms.learningRates.map { .number("rate \("\($0)")") },
      rows: arms(density).map { kind, arms in
        Table.Row(
          [.text(kind.rawValue), .count(arms[0].weights)]
            + terms.learningRates.map { rate in arms.first { $0.learningRate == rate }.map(accuracy) ?? .missing },
          isMarked: kind == .ticket)
      })
  }

  private func accuracy(_ arm: CertifiedArm) -> Cell {
    let values = arm.testAccuracy, mean = values.mean
    var cell = Cell.decimal(100 * mean, 2)
    if values.count > 1 {
      let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
      cell.markup = cell.markup + " (\(Format.decimal(100 * square.squareRoot(), 2)))"
    }
    return cell
  }

  private func checks(_ density: CertifiedDensity) -> Table {
    Table(
      "The ticket’s lead over other networks, points, each at its best rate by validation",
      columns: [
        .text("Network"), .number("Lead"), .number("95 % by t"), .number("95 % by resampling"), .number("Chance"),
      ],
      rows: density.checks.map { check in
        Table.Row([
          "\(check.kind.rawValue): \(check.kind.summary)", points(check.lead), ends(check.lead), ends(check.bootstrap),
          .significant(check.chance),
        ])
      })
  }

  private func points(_ interval: Interval) -> Cell {
    Cell("\(Format.points(interval.mean))", values: [100 * interval.mean])
  }

  private func ends(_ interval: Interval) -> Cell {
    .text("\(Format.points(interval.low)) to \(Format.points(interval.high))")
  }

  // MARK: one density

  private func section(_ density: CertifiedDensity) -> Section {
    let figure = ChartFigure(
      chart(density), note: "Means over the seeds. The axis of learning rates is logarithmic.",
      tableReference: "The <a href=\"#results\">results</a> hold all numbers.")
    let values = everySeed(density)
    return Section(
      heading(density), id: "round-\(density.round)",
      density.sentences.map { .paragraph("\($0)") } + [
        .table(conditions(density)), .chart(figure), .folded("Every seed", values),
      ])
  }

  private func conditions(_ density: CertifiedDensity) -> Table {
    Table(
      "The five conditions of Ma et al. 2021 in full",
      columns: [
        .text("Condition"), .number("Points"), .number("95 % by t"), .number("95 % by resampling"), .number("Needs"),
        .number("Chance if false"), .text("State"),
      ],
      rows: density.conditions.map { condition in
        let isExact = condition.learningRates.isEmpty
        let rates = condition.learningRates.map { "\($0)" }.joined(separator: " and ")
        let place: HTMLText? = isExact ? nil : " <br><span class=\"note\">rate \(rates)</span>"
        return Table.Row(
          [
            "\(condition.number). \(condition.statement)\(place)", points(condition.value),
            isExact ? "exact" : ends(condition.value), isExact ? "exact" : ends(condition.bootstrap),
            Cell("\(Format.points(condition.threshold))", values: [100 * condition.threshold]),
            .significant(condition.chanceIfFalse), "\(condition.state.rawValue)\(needed(condition))",
          ], isMarked: condition.state != .holds)
      })
  }

  private func needed(_ condition: CertifiedCondition) -> HTMLText? {
    condition.seedsNeeded.map { " <br><span class=\"note\">about \(Format.count($0)) seeds would decide it</span>" }
  }

  private func everySeed(_ density: CertifiedDensity) -> Table {
    Table(
      "Test accuracy of every seed, %",
      columns: [.text("Network"), .number("Rate")] + record.seeds.map { .number("seed \(String($0))") },
      rows: arms(density).flatMap { kind, arms in
        arms.map { arm in
          Table.Row(
            [.text(kind.rawValue), Cell("\("\(arm.learningRate)")", values: [arm.learningRate])]
              + record.seeds.indices.map { seed in
                arm.testAccuracy.indices.contains(seed) ? .decimal(100 * arm.testAccuracy[seed], 2) : .missing
              })
        }
      })
  }

  private func chart(_ density: CertifiedDensity) -> Chart {
    var x = Axis("Learning rate", scale: .logarithmic), y = Axis("Test accuracy, %", unit: "%", decimals: 2)
    let rates = terms.learningRates
    x.range = Axis.Range(low: (rates.min() ?? 0.1) * 0.9, high: (rates.max() ?? 0.1) * 1.1)
    x.ticks = rates.sorted()
    let series = arms(density).enumerated().map { index, group in
      Chart.Series(
        group.kind.rawValue, style: .numbered(index),
        points: group.arms.map { Chart.Point($0.learningRate, 100 * $0.testAccuracy.mean) })
    }
    y.range = Axis.roundRange(series.flatMap { $0.points.compactMap(\.y) })
    return Chart(id: "rates-\(density.round)", title: "Test accuracy by learning rate", x: x, y: y, series: series)
  }

  // MARK: method

  private var method: Section {
    let rules: HTMLText = """
      Learning rates are chosen by mean validation accuracy, differences are of test accuracies, paired by seed. A \
      condition holds, or fails, where a one-sided t-test says so at the level \("\(terms.alpha)") after Holm’s correction \
      over the conditions; else it is undecided. All five conditions make a jackpot, the first four a secondary prize.
      """
    let facts: [(String, Cell)] = [
      ("Networks are alike within", "\(Format.decimal(100 * terms.tolerance, 2)) points"),
      ("Clearly better from", "\(Format.decimal(100 * terms.gap, 2)) points"),
      ("Least sparsity", "\(Format.percent(terms.minimumSparsity))"),
      (
        "Training is long enough if its last quarter adds at most", "\(Format.decimal(100 * terms.tolerance, 2)) points"
      ),
      ("Ratios of the random-ratio check", .code(terms.ratioAllocation)),
    ]
    return Section(
      "How it was decided", id: "method", [.paragraph(rules), .table(Provenance.facts("Terms", facts))])
  }
}
