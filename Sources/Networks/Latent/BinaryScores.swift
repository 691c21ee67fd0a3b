/// Biprop (Diffenderfer & Kailkhura 2021, arXiv:2103.09377): as edge-popup, but the kept weights of a layer are its gain
/// times their sign; the gain is the mean of |w| over the kept, which is nearest to them in squares.
///
/// The gain counts as a constant in the backward pass. `sign(0)` is +1.
public struct BinaryScores: ScoredWeights {
  public let frozen: Parameters
  public let selection: ScoreSelection
  public let learnsNorm: Bool
  /// Whether gains have so few digits that sums of signs times a gain are exact: networks whose activations are signs then
  /// have the same results in any order, and in bits (`PackedNetwork`). At a fan-in of 576 a gain moves by at most 2^-14 of
  /// itself, at 8,192 by 2^-10.
  public let sumsAreExact: Bool

  public init(frozen: Parameters, selection: ScoreSelection, learnsNorm: Bool = false, sumsAreExact: Bool = false) {
    (self.frozen, self.selection, self.learnsNorm) = (frozen, selection, learnsNorm)
    self.sumsAreExact = sumsAreExact
  }

  public func fill(
    _ scores: UnsafeBufferPointer<Float>, _ weights: UnsafeMutableBufferPointer<Float>, of entry: ParameterLayout.Entry,
    _ frozen: UnsafePointer<Float>, _ threshold: inout ScoreThreshold
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
    var gain = count > 0 ? Float(sum / Double(count)) : 0
    if sumsAreExact {
      let digits = Int.bitWidth - entry.shape.fanIn.leadingZeroBitCount, unit = gain.ulp * Float(1 << digits)
      gain = (gain / unit).rounded() * unit
    }
    for i in weights.indices { weights[i] *= gain }
  }
}
