/// A search for the sparsest mask within a structure that trains few networks: successive halving over starts, then one
/// weight or one unit less at a time from the best.
///
/// What a network of this size reaches hangs on its initial weights more than on its mask. So starts are searched first:
/// many dense networks, all combinations of rate and schedule, are trained for a tenth of their length, the best third of
/// them to three tenths, the best third of those to the end (successive halving, Jamieson & Talwalkar 2016,
/// arXiv:1502.07943). From the best, a beam descends: every mask with one weight less, or with one unit less and all its
/// weights, is trained from the same initial weights, by the same halving, until sizes in a row do not reach the target. As
/// in phase 2, no unit is left without input or output, and the classifier reads all units. Masks are not sorted, because
/// units with given weights differ.
package struct SpiralDescent: Sendable {
  package var structure: SpiralStructure
  package var target: Double
  package var combinations: [SpiralCombination]
  /// Initial networks that are tried.
  package var starts: Int
  /// Networks that each size passes on.
  package var beam: Int
  /// Shares of the training after which the best third goes on.
  package var rungs = [0.1, 0.3, 1]
  /// Sizes in a row without a network that reaches the target before the search ends.
  package var patience = 3

  package init(structure: SpiralStructure, target: Double, plan: SpiralPlan = SpiralPlan()) {
    self.structure = structure
    self.target = target
    (combinations, starts, beam) = (plan.combinations, plan.starts, plan.beam)
  }

  package struct Result: Sendable {
    /// The sparsest network that reached the target; of equal size the best.
    package var best: SpiralRecord?
    /// The best of every number of weights.
    package var levels: [SpiralRecord]
    /// Trainings in whole ones: the sum of the shares that were trained.
    package var cost: Double
    /// Whole trainings among them.
    package var whole: Int
  }

  /// - Parameter evaluate: Trains runs and gives their records by name.
  package func search(_ evaluate: ([SpiralRun]) throws -> [String: SpiralRecord]) throws -> Result {
    var result = Result(best: nil, levels: [], cost: 0, whole: 0), failures = 0
    let dense = MaskEnumeration.dense(structure)
    let first = (0..<starts).flatMap { start in
      combinations.map { SpiralRun(.masked(structure, dense), $0, start: start) }
    }
    var pools = [structure.weights: first]
    while let size = pools.keys.max(), let pool = pools.removeValue(forKey: size) {
      let survivors = try halved(pool, evaluate, &result), best = survivors[0].record
      result.levels.append(best)
      if best.accuracy >= target { result.best = best }
      failures = best.accuracy >= target || size == structure.weights ? 0 : failures + 1
      guard failures < patience else { break }
      for child in Self.children(survivors.prefix(beam).map(\.run)) { pools[child.weights, default: []].append(child) }
      pools = pools.mapValues(Self.unique)
    }
    return result
  }

  private static func unique(_ runs: [SpiralRun]) -> [SpiralRun] {
    var seen: Set<SpiralRun> = []
    return runs.filter { seen.insert($0).inserted }
  }

  /// The runs that reached the last rung, best first.
  private func halved(
    _ runs: [SpiralRun], _ evaluate: ([SpiralRun]) throws -> [String: SpiralRecord], _ result: inout Result
  ) throws -> [(run: SpiralRun, record: SpiralRecord)] {
    var runs = runs, before = 0.0, ranked: [(run: SpiralRun, record: SpiralRecord)] = []
    for stop in rungs {
      let stopped = runs.map { run in
        var run = run
        run.stop = stop
        return run
      }
      let records = try evaluate(stopped)
      result.cost += (stop - before) * Double(runs.count)
      if stop == 1 { result.whole += runs.count }
      ranked = stopped.map { run in
        guard let record = records[run.name] else { preconditionFailure("\(run.name) was not trained") }
        return (run, record)
      }
      ranked.sort { ($0.record.correct, $1.record.run) > ($1.record.correct, $0.record.run) }
      runs = ranked.prefix(max(beam, (ranked.count + 2) / 3)).map(\.run)
      before = stop
    }
    return ranked
  }

  /// All masks with one weight or one unit less than a parent's, each once.
  package static func children(_ parents: [SpiralRun]) -> [SpiralRun] {
    unique(
      parents.flatMap { parent -> [SpiralRun] in
        guard case .masked(let structure, let masks) = parent.network else { return [] }
        return (withoutWeight(masks, structure) + withoutUnit(masks, structure)).map {
          var child = parent
          child.network = .masked(structure, $0)
          child.stop = 1
          return child
        }
      })
  }

  private static func withoutWeight(_ masks: [MaskEnumeration.Rows], _ structure: SpiralStructure) -> [[MaskEnumeration
    .Rows]]
  {
    masks.indices.flatMap { layer in
      masks[layer].indices.flatMap { row in
        (0..<16).compactMap { bit in
          var smaller = masks
          smaller[layer][row] &= ~(1 << UInt32(bit))
          guard smaller[layer][row] != 0, smaller[layer][row] != masks[layer][row] else { return nil }
          return isConnected(smaller, structure) ? smaller : nil
        }
      }
    }
  }

  private static func withoutUnit(_ masks: [MaskEnumeration.Rows], _ structure: SpiralStructure) -> [[MaskEnumeration
    .Rows]]
  {
    masks.indices.flatMap { layer in
      masks[layer].indices.compactMap { unit in
        guard masks[layer][unit] != 0 else { return nil }
        var smaller = masks
        smaller[layer][unit] = 0
        if layer < 2 {
          let column = column(unit, of: structure.units[layer])
          smaller[layer + 1] = smaller[layer + 1].map { $0 & ~column }
          // A unit of the next layer that read this one alone would be a constant.
          guard zip(smaller[layer + 1], masks[layer + 1]).allSatisfy({ ($0 == 0) == ($1 == 0) }) else { return nil }
        }
        return isConnected(smaller, structure) ? smaller : nil
      }
    }
  }

  private static func column(_ unit: Int, of units: Int) -> UInt32 { 1 << UInt32(units - 1 - unit) }

  /// Whether both inputs and exactly the units that have an input are read.
  private static func isConnected(_ masks: [MaskEnumeration.Rows], _ structure: SpiralStructure) -> Bool {
    var wanted: UInt32 = 3
    for (layer, rows) in masks.enumerated() {
      guard rows.reduce(0, |) == wanted else { return false }
      wanted = rows.indices.filter { rows[$0] != 0 }.reduce(0) { $0 | column($1, of: structure.units[layer]) }
    }
    return wanted != 0
  }
}

extension MaskEnumeration {
  /// All weights between the units of a structure.
  static func dense(_ structure: SpiralStructure) -> [Rows] {
    let sizes = [2] + structure.units
    return (0..<3).map { [UInt32](repeating: (1 << UInt32(sizes[$0])) - 1, count: sizes[$0 + 1]) }
  }
}
