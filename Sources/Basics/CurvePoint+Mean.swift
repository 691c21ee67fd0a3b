extension CurvePoint {
  /// Means over seeds, point by point, as far as the shortest curve goes.
  public static func mean(_ curves: [[CurvePoint]]) -> [CurvePoint] {
    let n = Double(curves.count)
    return (0..<(curves.map(\.count).min() ?? 0)).map { i in
      func mean(_ path: KeyPath<CurvePoint, Double>) -> Double { curves.reduce(0) { $0 + $1[i][keyPath: path] } / n }
      func mean(_ path: KeyPath<CurvePoint, Double?>) -> Double? {
        let values = curves.compactMap { $0[i][keyPath: path] }
        return values.count == curves.count ? values.reduce(0, +) / n : nil
      }
      return CurvePoint(
        step: curves[0][i].step, validationLoss: mean(\.validationLoss),
        validationAccuracy: mean(\.validationAccuracy), testAccuracy: mean(\.testAccuracy),
        validationFGSM: mean(\.validationFGSM), validationPGD: mean(\.validationPGD), samples: curves[0][i].samples,
        subset: curves[0][i].subset.map {
          SubsetScore(
            samples: $0.samples, validationLoss: mean(\.onSharedSamples.validationLoss),
            validationAccuracy: mean(\.onSharedSamples.validationAccuracy),
            testAccuracy: mean(\.onSharedSamples.testAccuracy))
        })
    }
  }
}
