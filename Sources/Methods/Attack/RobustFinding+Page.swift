import Attacks
import Basics
import Foundation
public import Pages

extension RobustFinding {
  /// What every attack leaves, the curve over the radius, and whether gradients mislead.
  public var document: Document {
    Document(
      title: "Robustness of \(network) on \(data)",
      subtitle: """
        \(Format.density(density)) of the weights, \(radius)\(range.map { " (\($0))" } ?? ""), \
        \(Format.count(samples)) test samples of seed \(String(seed))
        """,
      verdict: verdict, sections: [attackSection, curveSection, maskingSection, provenance])
  }

  private var radius: String { "\(ball) radius \(Format.significant(epsilon))" }

  private var verdict: [String] {
    func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
    let proven = provenAccuracy.map { ", proven by interval bounds \(percent($0))" } ?? ""
    let raised = flags.filter(\.isRaised).map(\.name).joined(separator: ", ")
    return [
      "Right without attack \(percent(cleanAccuracy)), under every attack \(percent(worstCase))\(proven).",
      raised.isEmpty
        ? "No sign that gradients mislead the attacks."
        : "WARNING: gradients may mislead the attacks (\(raised)). Do not trust the worst case.",
    ]
  }

  private var attackSection: Section {
    func bare(_ name: Cell, _ sees: Cell, _ accuracy: Double, _ seconds: Double? = nil) -> [Cell] {
      [name, sees, .decimal(100 * accuracy, 2), "", "", "", seconds.map { .decimal($0, 2) } ?? ""]
    }
    var rows = [Table.Row(bare("none", "", cleanAccuracy))]
    rows += attacks.map { attack in
      Table.Row([
        .text(attack.name), attack.isBlackBox ? "outputs" : "gradients", .decimal(100 * attack.accuracy, 2),
        attack.medianDistance.map { .significant($0) } ?? "", .count(attack.forwardPasses),
        .count(attack.backwardPasses), .decimal(attack.seconds, 2),
      ])
    }
    rows.append(Table.Row(bare("worst case", "every attack, sample by sample", worstCase), isMarked: true))
    if let provenAccuracy, let provenSamples {
      let sees: Cell = "interval bounds on \(Format.count(provenSamples)) samples"
      rows.append(Table.Row(bare("proven", sees, provenAccuracy, provenSeconds ?? 0)))
    }
    let table = Table(
      "Accuracy under attack, \(radius)",
      columns: [
        .text("Attack"), .text("Sees"), .number("Right, %"), .number("Median distance"), .number("Forward passes"),
        .number("Backward passes"),
        .number("Seconds"),
      ], rows: rows)
    return Section(
      "Attacks", id: "attacks", isEssential: true,
      [
        .table(table),
        .note(
          """
          The worst case is an upper bound of the true robust accuracy; what interval bounds prove is a lower one.
          """),
      ])
  }

  private var curveSection: Section {
    var x = Axis("Radius", decimals: 4), y = Axis("Accuracy under PGD-20, %", unit: "%", decimals: 2)
    // The last radius is a check, far outside: the drawing stops at four times the radius.
    let points = curve.filter { $0.epsilon <= 4.001 * epsilon }
    x.range = points.last.map { Axis.Range(low: 0, high: max($0.epsilon, 1e-6)) }
    y.range = Axis.Range(low: 0, high: 100, step: 10)
    let chart = Chart(
      id: "radius", title: "Accuracy over the radius", x: x, y: y,
      series: [
        Chart.Series(
          "PGD-20", style: .numbered(0), points: points.map { Chart.Point($0.epsilon, 100 * $0.accuracy) })
      ], marks: [Chart.Mark(epsilon, label: "epsilon")])
    let table = Table(
      "Accuracy under PGD-20 over the radius", columns: [.number("Radius"), .number("Right, %")],
      rows: curve.map { Table.Row([.significant($0.epsilon), .decimal(100 * $0.accuracy, 2)]) })
    return Section(
      "Over the radius", id: "curve", isEssential: true,
      [.chart(ChartFigure(chart, tableReference: "The numbers stand in the table below.")), .table(table)])
  }

  private var maskingSection: Section {
    let rows = flags.map { flag in
      Table.Row(
        [.text(flag.name), flag.isRaised ? "raised" : "clear", .text(flag.finding)], isMarked: flag.isRaised)
    }
    let table = Table(
      "Signs of masked gradients", columns: [.text("Sign"), .text("State"), .text("Figures")], rows: rows)
    return Section("Gradient masking", id: "masking", isEssential: true, [.table(table)])
  }

  private var provenance: Section {
    let facts: [(String, Cell)] = [
      ("Ticket", .code(ticket)), ("Digest", .code(digest)), ("Network", .text(network)), ("Data", .text(data)),
      ("Ball", .text(ball)), ("Epsilon", .text("\(epsilon)")), ("Seed", .text("\(seed)")),
    ]
    return Section("Provenance", id: "provenance", [.table(Provenance.facts("What was attacked", facts))])
  }
}
