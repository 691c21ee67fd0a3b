import Lanes
package import Networks
import Pruning
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
      let share = 0.3 * Deterministic.cosineFall(step, of: end)
      try result.change(exchanged(result, dense.nextGradient(), share))
      result.skipStep()
    }
    try result.train()
    return result
  }

  /// Weights of each tensor: density in proportion to (inputs + outputs) / (inputs * outputs), at most 1; whole numbers by
  /// largest remainder.
  package static func erdosRenyi(_ entries: [ParameterLayout.Entry], weights: Int) -> [Int] {
    Apportionment.counts(
      shares: entries.map { Double($0.shape.dimensions.reduce(0, +)) }, limits: entries.map(\.count), total: weights)
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
  /// dense stays. New weights start at zero. A share of the weights is cut to a whole number.
  private func exchanged(_ run: FusedRun, _ gradient: Parameters, _ share: Double) -> Mask {
    var mask = run.mask
    for entry in layout.prunable {
      let keeps = Array(mask.keeps[entry.range]), alive = Double(mask.remaining(in: entry))
      let moved = DropAndGrow.moved(
        keeps, weights: run.parameters.values[entry.range].map(\.magnitude),
        growing: gradient.values[entry.range].map(\.magnitude), share: (alive * share).rounded(.down) / max(1, alive))
      // Weights that are no numbers have no order.
      if let moved { mask.keeps.replaceSubrange(entry.range, with: moved) }
    }
    return mask.withoutIdleBiases()
  }
}
