/// Biprop (Diffenderfer & Kailkhura 2021, arXiv:2103.09377): as edge-popup, but the kept weights of a layer are its gain
/// times their sign; the gain is the mean of |w| over the kept, which is nearest to them in squares.
///
/// The gain counts as a constant in the backward pass. `sign(0)` is +1.
public struct BinaryScores: ScoredWeights {
  public let frozen: Parameters
  public let selection: ScoreSelection
  public let learnsNorm: Bool

  public init(frozen: Parameters, selection: ScoreSelection, learnsNorm: Bool = false) {
    (self.frozen, self.selection, self.learnsNorm) = (frozen, selection, learnsNorm)
  }

  public static func fill(
    _ scores: UnsafeBufferPointer<Float>, _ weights: UnsafeMutableBufferPointer<Float>, _ frozen: UnsafePointer<Float>,
    _ threshold: inout ScoreThreshold
  ) {
    var sum = 0.0, count = 0
    for i in scores.indices {
      let isKept = threshold.keeps(scores[i])
      weights[i] = isKept ? (frozen[i] < 0 ? -1 : 1) : 0
      if isKept {
        sum += Double(abs(frozen[i]))
        count += 1
      }
    }
    let gain = count > 0 ? Float(sum / Double(count)) : 0
    for i in weights.indices { weights[i] *= gain }
  }
}
