import Lanes

/// Edge-popup (Ramanujan et al. 2020, arXiv:1911.13299): weights are frozen, what is trained is a score for each, and the
/// network computes with those of the largest |score|.
///
/// Straight-through: ds = sign(s) w dL/dweight, for kept and dropped weights alike.
public struct MaskedScores: Materialisation {
  public let frozen: Parameters
  public let selection: ScoreSelection
  /// Whether batch norm's scale and shift are trained too.
  public let learnsNorm: Bool

  public init(frozen: Parameters, selection: ScoreSelection, learnsNorm: Bool = false) {
    (self.frozen, self.selection, self.learnsNorm) = (frozen, selection, learnsNorm)
  }

  public var summary: String { "frozen weights, the largest \(selection.keep) of trained scores kept" }

  public func isTrained(_ entry: ParameterLayout.Entry) -> Bool {
    entry.isPrunable || learnsNorm && entry.shape.isNorm
  }

  public func materialiser(for layout: ParameterLayout) -> any Materialiser { ScoreMaterialiser(self) }
}

private final class ScoreMaterialiser: Materialiser {
  private let selector: ScoreSelector
  private let frozen: FrozenWeights

  init(_ scores: MaskedScores) {
    selector = ScoreSelector(scores.selection)
    frozen = FrozenWeights(scores.frozen)
  }

  func materialise(_ tensors: LatentTensors, step: Int, on pool: ThreadPool) {
    selector.select(tensors, step: step) { _, tensor, threshold in
      let values = frozen.values(tensor)
      for i in 0..<tensor.count { tensor.weights[i] = threshold.keeps(tensor.latent[i]) ? values[i] : 0 }
    }
    for tensor in tensors.others where tensor.entry.isTrained { tensor.copy() }
  }

  func pullBack(_ tensors: LatentTensors, on pool: ThreadPool) { frozen.pullBack(tensors) }
}

/// Weights that no optimiser moves, at one address.
final class FrozenWeights {
  private let buffer: UnsafeMutableBufferPointer<Float>

  init(_ parameters: Parameters) {
    buffer = .allocate(capacity: parameters.values.count)
    _ = buffer.initialize(from: parameters.values)
  }

  deinit { buffer.deallocate() }

  func values(_ tensor: LatentTensors.Tensor) -> UnsafePointer<Float> {
    UnsafePointer(buffer.baseAddress! + tensor.entry.offset)
  }

  /// The straight-through gradients of scores; other tensors take those of the weights.
  func pullBack(_ tensors: LatentTensors) {
    for tensor in tensors.prunable {
      let values = values(tensor)
      for i in 0..<tensor.count {
        let flow = values[i] * tensor.weightGradient[i]
        tensor.latentGradient[i] = tensor.latent[i] < 0 ? -flow : flow
      }
    }
    for tensor in tensors.others where tensor.entry.isTrained { tensor.copyGradient() }
  }
}

extension ParameterShape {
  /// Whether it is batch norm's scale or shift.
  public var isNorm: Bool { role == .scale || role == .shift }
}
