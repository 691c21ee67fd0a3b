import Lanes

/// Biprop (Diffenderfer & Kailkhura 2021, arXiv:2103.09377): as edge-popup, but the kept weights of a layer are its gain
/// times their sign; the gain is the mean of |w| over the kept, which is nearest to them in squares.
///
/// The gain counts as a constant in the backward pass: ds = sign(s) w dL/dweight. `sign(0)` is +1.
public struct BinaryScores: Materialisation {
  public let frozen: Parameters
  public let selection: ScoreSelection
  /// Whether batch norm's scale and shift are trained too.
  public let learnsNorm: Bool

  public init(frozen: Parameters, selection: ScoreSelection, learnsNorm: Bool = false) {
    (self.frozen, self.selection, self.learnsNorm) = (frozen, selection, learnsNorm)
  }

  public var summary: String {
    "gain times sign of frozen weights, the largest \(selection.keep) of trained scores kept"
  }

  public func isTrained(_ entry: ParameterLayout.Entry) -> Bool {
    entry.isPrunable || learnsNorm && entry.shape.isNorm
  }

  public func materialiser(for layout: ParameterLayout) -> any Materialiser { BinaryMaterialiser(self) }
}

private final class BinaryMaterialiser: Materialiser {
  private let selector: ScoreSelector
  private let frozen: FrozenWeights

  init(_ scores: BinaryScores) {
    selector = ScoreSelector(scores.selection)
    frozen = FrozenWeights(scores.frozen)
  }

  func materialise(_ tensors: LatentTensors, step: Int, on pool: ThreadPool) {
    selector.select(tensors, step: step) { _, tensor, threshold in
      let values = frozen.values(tensor)
      var sum = 0.0, count = 0
      for i in 0..<tensor.count {
        let isKept = threshold.keeps(tensor.latent[i])
        tensor.weights[i] = isKept ? (values[i] < 0 ? -1 : 1) : 0
        if isKept {
          sum += Double(abs(values[i]))
          count += 1
        }
      }
      let gain = count > 0 ? Float(sum / Double(count)) : 0
      for i in 0..<tensor.count { tensor.weights[i] *= gain }
    }
    for tensor in tensors.others where tensor.entry.isTrained { tensor.copy() }
  }

  func pullBack(_ tensors: LatentTensors, on pool: ThreadPool) { frozen.pullBack(tensors) }
}
