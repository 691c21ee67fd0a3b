import Lanes
package import Networks
import Training

/// RigL: densities by Erdos and Renyi, every 100 steps until 75 % of the training a share of each layer's weights is
/// replaced, 0.3 at first and annealed by a cosine.
extension SpiralPruning {
  func rigl() throws -> FusedRun {
    let mask = randomMask(Self.erdosRenyi(layout.prunable, weights: weights))
    let result = try trainer.start(run, mask: mask), dense = try trainer.start(run, mask: full)
    let end = result.totalSteps * 3 / 4
    for step in stride(from: 100, to: end, by: 100) {
      // The step of an exchange moves no weight.
      try result.train(until: step - 1)
      dense.move(to: result.parameters, iteration: step - 1)
      let share = 0.15 * (1 + Deterministic.cosine(3.141592653589793 * Double(step) / Double(end)))
      try result.change(exchanged(result, dense.nextGradient(), share))
      result.skipStep()
    }
    try result.train()
    return result
  }

  /// Weights of each tensor: density in proportion to (inputs + outputs) / (inputs * outputs), at most 1; whole numbers by
  /// largest remainder.
  package static func erdosRenyi(_ entries: [ParameterLayout.Entry], weights: Int) -> [Int] {
    let sums = entries.map { Double($0.shape.dimensions[0] + $0.shape.dimensions[1]) }
    var isDense = entries.map { _ in false }, shares = entries.map { Double($0.count) }
    while true {
      let free = entries.indices.filter { !isDense[$0] }
      let left = Double(weights) - entries.indices.filter { isDense[$0] }.reduce(0.0) { $0 + Double(entries[$1].count) }
      let scale = left / free.reduce(0.0) { $0 + sums[$1] }
      for i in free { shares[i] = scale * sums[i] }
      let over = free.filter { shares[$0] > Double(entries[$0].count) }
      guard
        let densest = over.max(by: { shares[$0] / Double(entries[$0].count) < shares[$1] / Double(entries[$1].count) })
      else { break }
      isDense[densest] = true
      shares[densest] = Double(entries[densest].count)
    }
    var counts = shares.map { Int($0) }
    let order = shares.indices.sorted {
      let (a, b) = (shares[$0] - Double(counts[$0]), shares[$1] - Double(counts[$1]))
      return a != b ? a > b : $0 < $1
    }
    var missing = weights - counts.reduce(0, +)
    for i in order where missing > 0 && counts[i] < entries[i].count {
      counts[i] += 1
      missing -= 1
    }
    return counts
  }

  private func randomMask(_ counts: [Int]) -> Mask {
    var mask = Mask(fullFor: layout)
    for (entry, count) in zip(layout.prunable, counts) {
      var random = RandomStream(seed: trainer.settings.seed, "spiral-mask/\(run.name)/\(entry.name)")
      for i in random.permutation(of: entry.count).dropFirst(count) { mask.keeps[entry.offset + Int(i)] = false }
    }
    return mask.withoutIdleBiases()
  }

  /// In each tensor the smallest weights go and as many of largest gradient come, which may be the same; a layer that is
  /// dense stays. New weights start at zero.
  private func exchanged(_ run: FusedRun, _ gradient: Parameters, _ share: Double) -> Mask {
    var mask = run.mask
    let values = run.parameters.values
    func first(_ count: Int, of indices: [Int], by size: (Int) -> Float) -> ArraySlice<Int> {
      indices.sorted { size($0) != size($1) ? size($0) > size($1) : $0 < $1 }.prefix(count)
    }
    for entry in layout.prunable {
      let alive = entry.range.filter { mask.keeps[$0] }, count = Int(Double(alive.count) * share)
      guard count > 0, alive.count < entry.count else { continue }
      let kept = Set(first(alive.count - count, of: alive) { values[$0].magnitude })
      let grown = first(count, of: entry.range.filter { !kept.contains($0) }) { gradient.values[$0].magnitude }
      for i in entry.range { mask.keeps[i] = false }
      for i in kept { mask.keeps[i] = true }
      for i in grown { mask.keeps[i] = true }
    }
    return mask.withoutIdleBiases()
  }
}
