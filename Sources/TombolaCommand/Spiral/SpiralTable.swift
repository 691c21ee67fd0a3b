import Foundation
import Pages
import Studies

/// What a spiral study has found so far, as text.
struct SpiralTable {
  let summary: SpiralSummary
  let targets: [Double]

  init(_ records: [SpiralRecord], targets: [Double]) {
    summary = SpiralSummary(records)
    self.targets = targets.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  var text: String {
    let blocks = [structures, summary.search.map(steps), summary.descent.map(steps), methods].compactMap { $0 }
    return ([header] + blocks).joined(separator: "\n\n")
  }

  private var header: String { "\(summary.runs) runs" }

  private static func percent(_ value: Double) -> String { String(format: "%.2f", 100 * value) }
  private static func percent(target: Double) -> String { String(format: "%g %%", 100 * target) }

  private var structures: String? {
    guard let best = summary.structures.max(by: { $0.best.correct < $1.best.correct })?.best else { return nil }
    let lines = targets.map { target in
      let reach = summary.smallestStructure(reaching: target)
      let text = reach.map { "\($0.structure) (\($0.weights) weights, \($0.parameters) parameters)" } ?? "none"
      return "smallest dense structure at \(Self.percent(target: target)): \(text)"
    }
    return
      (["structures: \(summary.structures.count), best \(best.structure) at \(Self.percent(best.accuracy)) %"] + lines)
      .joined(separator: "\n")
  }

  /// The best of every number of weights that a search trained.
  private func steps(_ search: SpiralSummary.Arm) -> String {
    var table = TextTable(header: ["weights", "runs", "best %", "parameters", "effective"])
    for step in search.steps {
      table.rows.append([
        "\(step.weights)", "\(step.runs)", Self.percent(step.best.accuracy), "\(step.best.parameters)",
        "\(step.best.effective)",
      ])
    }
    let lines = targets.map { target in
      let found = search.smallest(reaching: target).map { "\($0.weights) weights: \($0.run)" } ?? "none"
      return "sparsest mask at \(Self.percent(target: target)): \(found)"
    }
    return "\(search.name)\n" + table.text + "\n" + lines.joined(separator: "\n")
  }

  private var methods: String? {
    guard !summary.arms.isEmpty else { return nil }
    let heads = targets.flatMap { ["weights at \(Self.percent(target: $0))", "factor"] }
    var table = TextTable(header: ["method", "width", "runs", "best %"] + heads + ["effective", "disconnected"])
    for arm in summary.arms {
      let best = arm.steps.map(\.best.accuracy).max() ?? 0
      let cells = targets.flatMap { target -> [String] in
        guard let found = arm.smallest(reaching: target) else { return ["-", "-"] }
        let factor = summary.optimum(reaching: target).map { Double(found.weights) / Double($0.weights) }
        return ["\(found.weights)", factor.map { String(format: "%.2f", $0) } ?? "-"]
      }
      table.rows.append(
        [arm.name, "\(arm.width ?? 0)", "\(arm.runs)", Self.percent(best)] + cells
          + [Self.percent(arm.meanEffective) + " %", String(format: "%.1f", arm.meanDisconnected)])
    }
    return table.text
  }
}
