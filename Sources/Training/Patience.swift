import Basics

extension Recipe {
  /// Whether training ends here because validation accuracy no longer grows: `patience` has passed since the last evaluation
  /// that was better than every one before it that counted, by more than `minDelta` (Prechelt 1998). It depends on the curve
  /// alone, so that a training that was cut off ends where it would have.
  ///
  /// - Parameter curve: Evaluations from the start of this training on; the schedule stays that of the whole length.
  func isPatienceOver(_ curve: [CurvePoint], perEpoch: Int) -> Bool {
    let limit = patience.iterations(perEpoch: perEpoch), curve = curve.onSharedSamples
    guard limit > 0, var best = curve.first, let last = curve.last else { return false }
    for point in curve where point.validationAccuracy > best.validationAccuracy + minDelta { best = point }
    return last.step - best.step >= limit
  }
}
