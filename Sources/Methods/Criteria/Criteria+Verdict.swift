import Analysis
import Basics
public import Experiments
import Foundation

/// What the numbers say, in sentences.
extension Criteria {
  /// Layers without weights, networks most of whose weights are on no path, and networks no better than guessing.
  static func warnings(_ finding: CriteriaFinding, classes: Int) -> [String] {
    let seeds = finding.dense.values.count, guessing = 1 / Double(max(1, classes))
    return finding.cells.flatMap { cell -> [String] in
      let place = "\(cell.criterion) at \(percent(cell.density)) %"
      let emptied = cell.emptied.sorted { $0.key < $1.key }.map { layer, count in
        "\(place): \(layer) lost all its weights in \(count) of \(seeds) seeds."
      }
      let dead = cell.remaining - cell.effective
      let unused =
        emptied.isEmpty && 2 * dead > cell.remaining
        ? ["\(place): \(dead) of \(cell.remaining) weights lie on no path (first seed)."] : []
      let chance =
        cell.testAccuracy.mean < 1.5 * guessing
        ? ["\(place): test accuracy \(percent(cell.testAccuracy.mean)) % is near guessing."] : []
      return emptied + unused + chance
    }
  }

  public static func verdict(_ record: Record<CriteriaFinding>) -> [String] {
    let finding = record.finding
    if let sentence = record.learning(finding.dense)?.sentence() {
      return ["\(sentence) Criteria cannot be compared on it."]
    }
    let best = finding.densities.compactMap { density in
      finding.best(density).map { best in
        """
        At \(percent(density)) % \(best.criterion) has the best validation accuracy; its test accuracy is \
        \(percent(best.testAccuracy.mean)) % (dense \(percent(finding.dense.mean)) %).
        """
      }
    }
    return best + [effects(finding)].compactMap { $0 }
  }

  private static func effects(_ finding: CriteriaFinding) -> String? {
    let effects = finding.effects, seeds = finding.dense.values.count
    if effects.isEmpty { return nil }
    if seeds == 1 { return "One seed gives no interval for what a data factor adds: run several (--seeds 5)." }
    let helps = effects.count { $0.isBeyondChance && $0.difference.mean > 0 }
    let hurts = effects.count { $0.isBeyondChance && $0.difference.mean < 0 }
    return """
      Of \(effects.count) comparisons of a static factor with and without data, the data help in \(helps) and hurt in \
      \(hurts) beyond chance (5 % level after Holm's correction, \(seeds) seeds); the other \
      \(effects.count - helps - hurts) are open.
      """
  }

  private static func percent(_ share: Double) -> String {
    let text = String(format: "%.2f", 100 * share)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }
}
