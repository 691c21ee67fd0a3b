import Networks
import Pruning
import Tickets

/// The masks of one seed of a boost.
struct BoostPruning: Sendable {
  let settings: BoostSettings
  let initial: Parameters
  let seed: UInt64

  private var full: Mask { Mask(fullFor: initial.layout) }

  /// Exactly round(prune * N) of the N weights of all layers but the excluded ones go: those of smallest |w| over the mean of
  /// their layer, the output layer's among them.
  ///
  /// - Parameter allowsEmptyLayers: Whether a layer may lose its last weight.
  func mask(of trained: Parameters, allowsEmptyLayers: Bool = false) throws -> Mask {
    try mask(NormalisedMagnitude(), GlobalAllocation(), trained, allowsEmptyLayers: allowsEmptyLayers)
  }

  /// A random mask with a rule's rates of the layers, which needs no training.
  func randomMask(_ rates: RandomRates) throws -> Mask { try mask(RandomScore(), rates.allocation, initial) }

  private func mask(
    _ criterion: any Criterion, _ allocation: any Allocation, _ trained: Parameters, allowsEmptyLayers: Bool = false
  ) throws -> Mask {
    let context = ScoringContext(trained: trained, initial: initial, mask: full, seed: seed, round: 1)
    let excluded = try settings.search.excludedLayers(initial.layout)
    let open = initial.layout.prunable.filter { !excluded.contains($0.layer) }
    let request = AllocationRequest(mask: full, fraction: settings.prune, entries: open)
    return try Pruner.prune(
      full, scores: criterion.scores(context), quota: allocation.quota(request), allowsEmptyLayers: allowsEmptyLayers)
  }
}
