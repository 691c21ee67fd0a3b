import Analysis
import Basics
import Foundation
import Networks
import Pruning
import Training

extension CriteriaStudy {
  /// Puts the records of all seeds together and writes `result.json`.
  func conclude(
    _ data: TrainingData, _ digest: String, _ architecture: Architecture, _ run: RunFolder, dataSeconds: Double,
    began: Date
  ) throws -> CriteriaResult {
    let grid = try CriteriaGrid(self, run, architecture)
    let cells = try criteria.flatMap { name in try densities.map { try grid.cell(name, $0) } }
    let effects = grid.effects(cells)
    var result = CriteriaResult(
      command: "criteria", settings: Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) }),
      criteria: criteria, densities: densities, seeds: seeds, dataset: data.summary(digest), dense: try grid.dense(),
      cells: cells, effects: effects, overlaps: grid.overlaps(), warnings: [], verdict: [],
      seconds: try grid.seconds(data: dataSeconds), reproduce: reproduce, residentBytes: ProcessMemory.largestResident)
    result.warnings = CriteriaVerdict.warnings(result)
    result.verdict = CriteriaVerdict.sentences(result)
    result.seconds["total"] = Date().timeIntervalSince(began)
    try run.write(result, to: "result.json")
    return result
  }
}

/// The records and masks of a study, read back from its folder.
struct CriteriaGrid {
  let study: CriteriaStudy
  let architecture: Architecture
  let stores: [StageStore]
  /// By stage, one mask a seed.
  private var masks: [String: [(mask: Mask, seconds: Double)]] = [:]

  init(_ study: CriteriaStudy, _ run: RunFolder, _ architecture: Architecture) throws {
    self.study = study
    self.architecture = architecture
    stores = try study.seeds.map { try run.store("seed-\($0)") }
    for name in study.criteria {
      for density in study.densities {
        let stage = CriteriaStudy.stage(name, density)
        masks[stage] = try stores.map { store in
          guard let kept = store.mask(stage, architecture.layout) else { throw store.missing(stage) }
          return kept
        }
      }
    }
  }

  private func records(_ stage: String) throws -> [StageRecord] {
    try stores.map { store in
      guard let record = store.record(stage) else { throw store.missing(stage) }
      return record
    }
  }

  private func testAccuracy(_ stage: String) throws -> Interval {
    Interval(of: try records(stage).map(\.last.testAccuracy))
  }

  func dense() throws -> Interval { try testAccuracy("dense") }

  func cell(_ criterion: String, _ density: Double) throws -> CriterionCell {
    let stage = CriteriaStudy.stage(criterion, density), masks = masks[stage]!.map(\.mask), first = masks[0]
    let full = Mask(fullFor: architecture.layout)
    let emptied = masks.flatMap { $0.emptiedLayers(since: full).map(\.layer) }
    return CriterionCell(
      criterion: criterion, density: density, remaining: first.remaining, testAccuracy: try testAccuracy(stage),
      validationAccuracy: Interval(of: try records(stage).map(\.last.validationAccuracy)),
      shuffled: study.hasShuffled ? try testAccuracy("\(stage).shuffled") : nil,
      layers: first.layout.prunable.map {
        LayerCount(name: $0.layer, weights: $0.count, remaining: first.remaining(in: $0))
      },
      effective: MaskStructure(first, architecture).effective,
      emptied: Dictionary(emptied.map { ($0, 1) }, uniquingKeysWith: +))
  }

  /// Every criterion of the form STATIC:DATA@TIME against its static factor alone, where that is in the grid too.
  func effects(_ cells: [CriterionCell]) -> [DataEffect] {
    let pairs = study.criteria.compactMap { name -> (name: String, factor: String, data: String)? in
      let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
      guard parts.count == 2, parts[1] != "none" else { return nil }
      return [parts[0], "\(parts[0]):none"].first { study.criteria.contains($0) }.map { (name, $0, parts[1]) }
    }
    func accuracy(_ name: String, _ density: Double) -> Interval {
      cells.first { $0.criterion == name && $0.density == density }!.testAccuracy
    }
    var effects = pairs.flatMap { pair in
      study.densities.map { density in
        DataEffect(
          factor: pair.factor, data: pair.data, density: density,
          difference: accuracy(pair.name, density).difference(to: accuracy(pair.factor, density)), chance: 1)
      }
    }
    let chances = effects.map { effect in
      let test = PairedTest(effect.difference.values)
      return min(1, 2 * min(test.chance(above: 0), test.chance(below: 0)))
    }
    for (i, chance) in Holm.adjusted(chances).enumerated() { effects[i].chance = chance }
    return effects
  }

  /// Of every pair of criteria at every density.
  func overlaps() -> [MaskOverlap] {
    let prunable = architecture.layout.prunable
    let words = masks.mapValues { $0.map { BitSet($0.mask, prunable) } }
    return study.densities.flatMap { density in
      study.criteria.indices.flatMap { i in
        study.criteria.indices.dropFirst(i + 1).map { j in
          let pair = [i, j].map { words[CriteriaStudy.stage(study.criteria[$0], density)]! }
          let values = zip(pair[0], pair[1]).map { $0.jaccard($1) }
          return MaskOverlap(
            first: study.criteria[i], second: study.criteria[j], density: density,
            jaccard: values.reduce(0, +) / Double(values.count))
        }
      }
    }
  }

  /// Seconds of training by arm, of scoring and of evaluation, added over what ran side by side.
  func seconds(data: Double) throws -> [String: Double] {
    var seconds = ["data": data, "dense": 0, "scoring": 0, "tickets": 0, "controls": 0, "evaluation": 0]
    func add(_ stage: String, to phase: String) throws {
      for record in try records(stage) {
        seconds[phase]! += record.trainingSeconds
        seconds["evaluation"]! += record.evaluationSeconds
      }
    }
    try add("dense", to: "dense")
    for (stage, kept) in masks {
      seconds["scoring"]! += kept.reduce(0) { $0 + $1.seconds }
      try add(stage, to: "tickets")
      if study.hasShuffled { try add("\(stage).shuffled", to: "controls") }
    }
    return seconds
  }
}

/// The prunable weights of a mask as bits, for fast comparison.
private struct BitSet {
  private var words: [UInt64]

  init(_ mask: Mask, _ entries: [ParameterLayout.Entry]) {
    words = [UInt64](repeating: 0, count: (entries.reduce(0) { $0 + $1.count } + 63) / 64)
    var place = 0
    for entry in entries {
      for i in entry.range {
        if mask.keeps[i] { words[place / 64] |= 1 << UInt64(place % 64) }
        place += 1
      }
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
