import Analysis
import Basics
public import Experiments
import Foundation
public import Pages
import Tickets

extension SelfEnsemble {
  public static func document(_ record: Record<SelfEnsembleFinding>) -> Document {
    let finding = record.finding
    return Document(
      title: "Training \(record["model"]) on \(record["data"]) under label noise",
      subtitle: "\(finding.noise), \(record.spread)",
      notes: [
        "The temporal self-ensemble keeps the losses of \(Format.count(finding.snapshotFloats)) samples and snapshots; its \(record["snapshots"]) snapshots as weights would be \(Format.count(finding.snapshotWeights)) numbers. Test labels are right; sparse networks have random masks with the densities of Erdős–Rényi kernels, one a seed."
      ], sections: SelfEnsemblePage(finding: finding).sections)
  }

  public static func verdict(_ record: Record<SelfEnsembleFinding>) -> [String] {
    let finding = record.finding
    guard let plain = finding[.plain, 0], let own = finding[.selfEnsemble, 0] else { return [] }
    if let sentence = record.learning(own.best)?.sentence() { return ["\(sentence) Nothing is compared."] }
    return [lead("The temporal self-ensemble", own, "plain training", plain)]
      + [NoisyArm.smallLoss, .coTeaching].compactMap { finding[$0, 0] }.map {
        lead("The temporal self-ensemble", own, $0.title.lowercased(), $0)
      } + precision(finding, own) + memorised(finding, plain)
      + [TicketClaim.doubt(seeds: record.seeds.count)].compactMap(\.self)
  }

  private static func lead(
    _ name: String, _ arm: SelfEnsembleFinding.Arm, _ other: String, _ rival: SelfEnsembleFinding.Arm
  ) -> String {
    let lead = Standing.lead(arm.last, over: rival.last)
    let word = lead.isShown ? "ahead of" : lead.isRefuted ? "behind" : "not told apart from"
    return """
      \(name) ends at \(percent(arm.last)) % test accuracy, \(word) \(other) (\(percent(rival.last)) %): \(lead.text).
      """
  }

  private static func precision(_ finding: SelfEnsembleFinding, _ own: SelfEnsembleFinding.Arm) -> [String] {
    guard finding.rate > 0 else { return [] }
    let single = finding[.smallLoss, 0].map { Standing.lead(own.precision, over: $0.precision) }
    return [
      """
      Of the samples that it keeps, \(percent(own.precision)) % have the right label (\(String(format: "%.1f", 100 * (1 - finding.rate))) % of all do)\
      \(single.map { "; against a single snapshot's choice \($0.text)" } ?? "").
      """
    ]
  }

  private static func memorised(_ finding: SelfEnsembleFinding, _ dense: SelfEnsembleFinding.Arm) -> [String] {
    guard finding.rate > 0 else { return [] }
    return finding.levels.filter { $0 > 0 }.compactMap { finding[.plain, $0] }.map { arm in
      let less = Standing.lead(dense.memorised, over: arm.memorised)
      let word = less.isShown ? "memorises less" : less.isRefuted ? "memorises more" : "is not shown to memorise less"
      return """
        Trained plainly, a network with \(String(format: "%g", 100 * arm.sparsity)) % of its weights left out \(word) than the dense \
        one: it says \(percent(arm.memorised)) % of the wrong labels that it was given, the dense one \(percent(dense.memorised)) %; test \
        accuracy \(percent(arm.last)) against \(percent(dense.last)) %.
        """
    }
  }

  private static func percent(_ value: Interval) -> String { String(format: "%.1f", 100 * value.mean) }
}

private struct SelfEnsemblePage {
  let finding: SelfEnsembleFinding

  var sections: [Section] { [accuracy] + finding.levels.map(curves) }

  private var accuracy: Section {
    let rows = finding.arms.map { arm in
      Table.Row(
        [
          .text(arm.title), .significant(100 * (1 - arm.sparsity)), .percent(arm.last), .percent(arm.best),
          .percent(arm.precision), .percent(arm.recall), .percent(arm.memorised),
        ], isMarked: arm.arm == .selfEnsemble)
    }
    let table = Table(
      "Test accuracy, and what was kept of the training samples",
      columns: [
        .text("Training"), .number("Weights, %"), .number("Last epoch, %"), .number("Best epoch, %"),
        .number("Kept: right labels, %"), .number("Right labels: kept, %"), .number("Wrong labels memorised, %"),
      ], rows: rows)
    return Section("Accuracy under label noise", id: "accuracy", isEssential: true, [.table(table)])
  }

  private func curves(_ level: Double) -> Section {
    let arms = finding.arms.filter { $0.sparsity == level }
    func chart(_ id: String, _ title: String, _ value: (SelfEnsembleFinding.Epoch) -> Interval) -> Block {
      .chart(
        ChartFigure(
          Chart(
            id: "\(id)-\(level)", title: title, x: Axis("Epoch", decimals: 0), y: Axis("%", unit: "%", decimals: 2),
            series: arms.enumerated().map { i, arm in
              Chart.Series(
                arm.title, style: .numbered(i),
                points: arm.epochs.enumerated().map { Chart.Point(Double($0 + 1), 100 * value($1).mean) })
            })))
    }
    let name = level == 0 ? "Dense" : "\(Format.significant(100 * level))\(Format.space)% of the weights left out"
    return Section(
      "\(name): epoch by epoch", id: "curves-\(level)",
      [
        .beside([
          chart("test", "Test accuracy") { $0.testAccuracy },
          chart("precision", "Right labels among the kept") { $0.precision },
        ]),
        .beside([
          chart("recall", "Kept among the right labels") { $0.recall },
          chart("memorised", "Wrong labels memorised") { $0.memorised },
        ]),
      ])
  }
}
