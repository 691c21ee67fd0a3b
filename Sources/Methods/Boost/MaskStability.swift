import Basics
import Networks
import Tickets
import Training

/// Ends a mask phase once the mask that it would give hardly changes any more: at the end of an epoch that has exchanged at
/// most a share of the weights that stay.
///
/// After the early-bird tickets of You et al. 2020 (arXiv:1909.11957), who compare masks of channels by Hamming distance. The
/// mask of every epoch is kept until the phase ends, so that one that was cut off ends where it would have.
struct MaskStability: Sendable {
  let store: StageStore
  let stage: String
  let perEpoch: Int
  let limit: Double
  let pruning: BoostPruning

  private func name(_ epoch: Int) -> String { "\(stage).epoch-\(epoch)" }
  private func kept(_ epoch: Int) -> Mask? { store.mask(name(epoch), pruning.initial.layout)?.mask }

  /// Ends of epochs.
  func places(of steps: Int) -> Set<Int> { Set(stride(from: perEpoch, through: steps, by: perEpoch)) }

  func isStable(_ run: Run) throws -> Bool {
    let epoch = run.iteration / perEpoch
    guard epoch > 0, run.iteration % perEpoch == 0 else { return false }
    let mask = try pruning.mask(of: run.parameters, allowsEmptyLayers: true)
    try store.save(mask, name(epoch), seconds: 0)
    store.removeMask(name(epoch - 3))
    return kept(epoch - 1).map { mask.exchanged(since: $0) <= limit } ?? false
  }

  /// Lets a training that was cut off go on only where the mask that it will compare with is there.
  func checkCheckpoint(pixels: Int) {
    guard let (state, curve) = store.checkpoint(stage, pruning.initial.layout, pixels: pixels) else { return }
    let isPending = state.iteration % perEpoch == 0 && curve.last?.step ?? 0 < state.iteration
    let epoch = state.iteration / perEpoch - (isPending ? 1 : 0)
    if epoch > 0 && kept(epoch) == nil { store.removeCheckpoint(stage) }
  }

  func removeMasks(of steps: Int) {
    for epoch in 0...max(0, steps / perEpoch) { store.removeMask(name(epoch)) }
  }
}

extension Mask {
  /// The share of its weights that the other mask has not.
  func exchanged(since other: Mask) -> Double {
    let new = layout.prunable.reduce(0) { sum, entry in
      sum + entry.range.count { keeps[$0] && !other.keeps[$0] }
    }
    return Double(new) / Double(max(1, remaining))
  }
}
