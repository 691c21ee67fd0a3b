import Basics
import Foundation
import Pages

/// The table that ends a sweep.
struct StudyTable {
  let result: StudyResult

  init(_ result: StudyResult) { self.result = result }

  var text: String {
    let caption = "\(result.name): test accuracy in %, mean ± half of the 95 % interval over the seeds"
    return [caption, arms, comparisons, result.verdict.joined(separator: "\n"), closing]
      .filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private var arms: String {
    var table = TextTable(
      header: ["arm", "seeds", "dense", "density", "ticket", "re-init", "shuffled", "random", "ticket - dense"])
    for arm in result.arms {
      let round = arm.chosen
      table.rows.append([
        arm.label, "\(arm.seeds.count)", Figure.interval(arm.dense), Figure.percent(round?.density),
        Figure.interval(round?.ticket), Figure.interval(round?.reinit), Figure.interval(round?.shuffled),
        Figure.interval(round?.random), Figure.difference(round?.leads["dense"]),
      ])
    }
    return table.text
  }

  /// At the sparsest number of weights that each arm shares with the baseline.
  private var comparisons: String {
    guard !result.comparisons.isEmpty else { return "" }
    var table = TextTable(header: ["arm", "density", "against \(result.baseline)", "p", "p adjusted"])
    for arm in result.arms {
      guard let row = result.comparisons.last(where: { $0.arm == arm.label }) else { continue }
      table.rows.append([
        row.arm, Figure.percent(row.density), Figure.difference(row.difference), String(format: "%.3g", row.chance),
        String(format: "%.3g", row.adjusted),
      ])
    }
    return table.text
  }

  private var closing: String {
    "runs: \(result.done) done, \(result.failed) failed, \(result.missing) missing; core time \(Terminal.duration(result.seconds))"
  }
}
