import Basics
import Foundation

/// What the numbers of a study say, in sentences.
enum CriteriaVerdict {
  /// Layers without weights, networks most of whose weights are on no path, and networks no better than guessing.
  static func warnings(_ result: CriteriaResult) -> [String] {
    result.cells.flatMap { cell -> [String] in
      let place = "\(cell.criterion) at \(percent(cell.density)) %"
      let emptied = cell.emptied.sorted { $0.key < $1.key }.map { layer, count in
        "\(place): \(layer) lost all its weights in \(count) of \(result.seeds.count) seeds."
      }
      let dead = cell.remaining - cell.effective
      let unused =
        emptied.isEmpty && 2 * dead > cell.remaining
        ? ["\(place): \(dead) of \(cell.remaining) weights lie on no path (first seed)."] : []
      let guessing = 1 / Double(max(1, result.dataset.classes))
      let chance =
        cell.testAccuracy.mean < 1.5 * guessing
        ? ["\(place): test accuracy \(percent(cell.testAccuracy.mean)) % is near guessing."] : []
      return emptied + unused + chance
    }
  }

  static func sentences(_ result: CriteriaResult) -> [String] {
    let best = result.densities.compactMap { density -> String? in
      let cells = result.cells.filter { $0.density == density }
      guard let best = cells.max(by: { $0.validationAccuracy.mean < $1.validationAccuracy.mean }) else { return nil }
      return
        "At \(percent(density)) % \(best.criterion) has the best validation accuracy; its test accuracy is \(percent(best.testAccuracy.mean)) % (dense \(percent(result.dense.mean)) %)."
    }
    return best + effects(result)
  }

  private static func effects(_ result: CriteriaResult) -> [String] {
    guard !result.effects.isEmpty else { return [] }
    guard result.seeds.count > 1 else {
      return ["One seed gives no interval for what a data factor adds: run several (--seeds 5)."]
    }
    let helps = result.effects.count { $0.chance < 0.05 && $0.difference.mean > 0 }
    let hurts = result.effects.count { $0.chance < 0.05 && $0.difference.mean < 0 }
    let total = result.effects.count
    return [
      "Of \(total) comparisons of a static factor with and without data, the data help in \(helps) and hurt in \(hurts) beyond chance (5 % level after Holm's correction, \(result.seeds.count) seeds); the other \(total - helps - hurts) are open."
    ]
  }

  private static func percent(_ share: Double) -> String {
    let text = String(format: "%.2f", 100 * share)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }
}
