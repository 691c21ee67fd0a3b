import Analysis
import Basics
import Datasets
public import Experiments
import Foundation
import Networks
import Pruning
import Tickets
import Training

extension Criteria {
  public func finding(_ records: Records<TrainingMaterial>) throws -> CriteriaFinding {
    let architecture = records.material.architecture
    var words: [String: [BitSet]] = [:]
    let cells = try finished(records).map { cell in
      let masks = try masks(of: cell, records).map(\.mask)
      words[cell.stage] = masks.map { BitSet($0, architecture.layout.prunable) }
      return try measured(cell, masks, records)
    }
    var finding = CriteriaFinding(
      criteria: settings.criteria.filter { name in cells.contains { $0.criterion == name } },
      densities: settings.densities.values, dense: try testAccuracy("dense", records),
      cells: cells, effects: [], overlaps: overlaps(words))
    finding.effects = effects(finding)
    finding.warnings = Self.warnings(finding, classes: records.material.data.dataset.classCount)
    return finding
  }

  private func testAccuracy(_ stage: String, _ records: Records<TrainingMaterial>) throws -> Interval {
    Interval(of: try records.records(stage).map(\.last.testAccuracy))
  }

  /// - Parameter masks: One a seed.
  private func measured(
    _ cell: Cell, _ masks: [Mask], _ records: Records<TrainingMaterial>
  ) throws -> CriteriaFinding.Cell {
    let architecture = records.material.architecture, full = Mask(fullFor: architecture.layout), first = masks[0]
    let emptied = masks.flatMap { $0.emptiedLayers(since: full).map(\.layer) }
    return CriteriaFinding.Cell(
      criterion: cell.criterion, density: cell.density, remaining: first.remaining,
      testAccuracy: try testAccuracy(cell.stage, records),
      validationAccuracy: Interval(of: try records.records(cell.stage).map(\.last.validationAccuracy)),
      shuffled: settings.isShuffled ? try testAccuracy(cell.shuffledStage, records) : nil,
      layers: first.layout.prunable.map {
        LayerCount(name: $0.layer, weights: $0.count, remaining: first.remaining(in: $0))
      }, effective: MaskStructure(first, architecture).effective,
      emptied: Dictionary(emptied.map { ($0, 1) }, uniquingKeysWith: +))
  }

  /// Every criterion of the form STATIC:DATA@TIME against its static factor alone, where that is in the grid too.
  private func effects(_ finding: CriteriaFinding) -> [CriteriaFinding.Effect] {
    let pairs = finding.criteria.compactMap { name -> (name: String, factor: String, data: String)? in
      let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
      guard parts.count == 2, parts[1] != "none" else { return nil }
      return [parts[0], "\(parts[0]):none"].first(where: finding.criteria.contains).map { (name, $0, parts[1]) }
    }
    var effects = pairs.flatMap { pair in
      finding.densities.map { density in
        let with = finding.cell(pair.name, density)!, without = finding.cell(pair.factor, density)!
        return CriteriaFinding.Effect(
          factor: pair.factor, data: pair.data, density: density,
          difference: with.testAccuracy.difference(to: without.testAccuracy), chance: 1)
      }
    }
    let chances = effects.map { PairedTest($0.difference.values).twoSidedChance }
    for (i, chance) in Holm.adjusted(chances).enumerated() { effects[i].chance = chance }
    return effects
  }

  /// Of every pair of criteria at every density.
  ///
  /// - Parameter masks: Of every stage, one a seed.
  private func overlaps(_ masks: [String: [BitSet]]) -> [CriteriaFinding.Overlap] {
    settings.densities.values.flatMap { density in
      let cells = cells.filter { $0.density == density && masks[$0.stage] != nil }
      return cells.indices.flatMap { i in
        cells[(i + 1)...].map { other in
          let values = zip(masks[cells[i].stage]!, masks[other.stage]!).map { $0.jaccard($1) }
          return CriteriaFinding.Overlap(
            first: cells[i].criterion, second: other.criterion, density: density,
            jaccard: values.reduce(0, +) / Double(values.count))
        }
      }
    }
  }

  /// Of the best criterion at the lowest density.
  public static func figures(_ record: Record<CriteriaFinding>) -> [String: Double] {
    let finding = record.finding, dense = finding.dense.mean
    guard let density = finding.densities.min(), let best = finding.best(density) else { return ["dense": dense] }
    return [
      "density": density, "accuracy": best.testAccuracy.mean, "dense": dense, "gap": best.testAccuracy.mean - dense,
    ]
  }
}

/// The prunable weights of a mask as bits, for fast comparison.
private struct BitSet {
  private var words: [UInt64]

  init(_ mask: Mask, _ entries: [ParameterLayout.Entry]) {
    words = [UInt64](repeating: 0, count: (entries.reduce(0) { $0 + $1.count } + 63) / 64)
    for (place, i) in entries.map(\.range).joined().enumerated() where mask.keeps[i] {
      words[place / 64] |= 1 << UInt64(place % 64)
    }
  }

  /// 1 where both are empty.
  func jaccard(_ other: BitSet) -> Double {
    var both = 0, either = 0
    for (a, b) in zip(words, other.words) {
      both += (a & b).nonzeroBitCount
      either += (a | b).nonzeroBitCount
    }
    return either == 0 ? 1 : Double(both) / Double(either)
  }
}
