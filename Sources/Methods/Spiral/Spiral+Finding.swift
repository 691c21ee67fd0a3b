import Basics
import Database
public import Experiments
import Foundation
import Tickets

extension Spiral {
  public func finding(_ records: Records<Material>) throws -> SpiralFinding {
    let tables = SpiralTables(records.folder.url), trainer = records.material.trainer
    var finding = SpiralFinding(
      try tables.records(), data: settings.data, targets: settings.targets.values)
    if settings.plan.algorithm == .descent { finding.descent = try descended(tables) }
    finding.networks = try finding.chosen.compactMap { try SpiralNetwork($0, by: trainer) }
    finding.points = SpiralNetwork.points(trainer)
    for table in try tables.tables() {
      finding.tables.append(.init(file: "\(table.name).sqlite", runs: try table.count(), digest: try table.digest()))
    }
    return finding
  }

  /// The descent once more, from its records.
  private func descended(_ tables: SpiralTables) throws -> SpiralFinding.Descent {
    let descent = try descent(tables), known = try tables.descended(), result = try descent.search { _ in known }
    return SpiralFinding.Descent(
      structure: descent.structure.description, target: descent.target, cost: result.cost, whole: result.whole,
      found: result.best.map { .init($0, runs: 1) })
  }

  public static func verdict(_ record: Record<SpiralFinding>) -> [String] {
    let finding = record.finding
    return finding.targets.map { sentence($0, finding) } + [finding.descent.map(sentence)].compactMap { $0 }
  }

  static func percent(_ target: Double) -> String { String(format: "%g %%", 100 * target) }

  private static func sentence(_ target: Double, _ finding: SpiralFinding) -> String {
    guard let optimum = finding.optimum(reaching: target) else {
      let method = finding.sparsestMethod(reaching: target)
      let rest = method.map { "; of the pruning methods, \($0.arm.name) took fewest weights: \($0.best.weights)" } ?? ""
      return "No search reached \(percent(target))\(rest)."
    }
    let method =
      finding.sparsestMethod(reaching: target).map {
        "of the pruning methods, \($0.arm.name) took fewest: \($0.best.weights) at width \($0.arm.width ?? 0)"
      } ?? (finding.methods.isEmpty ? nil : "no pruning method reached it")
    let dense = finding.smallestStructure(reaching: target).map {
      "of dense networks, \($0.structure) did: \($0.weights) (\($0.parameters) with biases)"
    }
    let rest = [method, dense].compactMap { $0.map { "; \($0)" } }.joined()
    return "\(percent(target)) accuracy takes \(optimum.weights) weights by search\(rest)."
  }

  private static func sentence(_ descent: SpiralFinding.Descent) -> String {
    let found = descent.found.map { "\($0.weights) weights: \($0.run)" } ?? "none"
    return """
      The descent from \(descent.structure) cost \(String(format: "%.0f", descent.cost)) whole trainings, \
      \(descent.whole) of them to the end; sparsest at \(percent(descent.target)): \(found).
      """
  }

  /// Fewest weights at the first target, and the best accuracy of all.
  public static func figures(_ record: Record<SpiralFinding>) -> [String: Double] {
    let finding = record.finding
    var figures = ["runs": Double(finding.runs)]
    figures["fewestWeights"] = finding.optimum(reaching: finding.targets[0]).map { Double($0.weights) }
    figures["accuracy"] = (finding.arms.map(\.best) + finding.structures.map(\.accuracy)).max()
    return figures
  }
}
