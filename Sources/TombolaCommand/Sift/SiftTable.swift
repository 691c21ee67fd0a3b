import Analysis
import Basics
import Foundation
import Pages
import Tickets

/// The tables that end a sifting study.
struct SiftTable {
  let result: SiftResult
  let report: String

  init(_ result: SiftResult, report: String) {
    self.result = result
    self.report = report
  }

  var text: String {
    let seeds = result.seeds.count
    let spread = seeds == 1 ? "one seed" : "mean ± half of the 95 % interval over \(seeds) seeds"
    let caption = """
      \(result.settings["model"] ?? "") on \(result.dataset.name): \(spread); pairs of pixels within 2, z beside \
      \(result.draws) random masks
      """
    return ([caption] + result.arms.map(table) + [closing]).joined(separator: "\n\n")
  }

  private func table(_ arm: SiftArmResult) -> String {
    var table = TextTable(header: [
      "round", "density", "accuracy %", "within 2 %", "z degrees", "z uniform", "gyration", "live units %",
    ])
    for round in arm.rounds {
      table.rows.append([
        "\(round.round)", String(format: "%.2f %%", 100 * round.density), Self.cell(round.testAccuracy, 100, 2),
        Self.cell(round.measures[.within2], 100, 2), Self.cell(round.score(.within2, .degreePreserving), 1, 1),
        Self.cell(round.score(.within2, .uniform), 1, 1), Self.cell(round.measures[.gyration], 1, 2),
        round.liveShares.map { String(format: "%.0f", 100 * $0) }.joined(separator: " "),
      ])
    }
    return "\(arm.arm.rawValue): \(arm.arm.summary)\n\(table.text)"
  }

  private var closing: String {
    func time(_ phase: String) -> String { Terminal.duration(result.seconds[phase] ?? 0) }
    var lines = result.agreement.map {
      "round \($0.round): \(Self.cell($0.overlap, 100, 2)) % of the permuted network's first layer agree"
    }
    lines.append(
      "time: \(time("total")) in all; core time of training \(time("training")), of evaluation \(time("evaluation")); analysis \(time("analysis"))"
    )
    lines.append("report: \(report)")
    return lines.joined(separator: "\n")
  }

  private static func cell(_ interval: Interval?, _ scale: Double, _ decimals: Int) -> String {
    guard let interval else { return "-" }
    let mean = String(format: "%.\(decimals)f", scale * interval.mean)
    guard interval.values.count > 1 else { return mean }
    return mean + String(format: " ± %.\(decimals)f", scale * (interval.high - interval.low) / 2)
  }
}
