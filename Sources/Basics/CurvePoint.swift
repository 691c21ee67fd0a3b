/// One evaluation during training.
public struct CurvePoint: Codable, Equatable, Sendable {
  public var step: Int
  public var validationLoss: Double
  public var validationAccuracy: Double
  public var testAccuracy: Double
  /// Accuracy under one step and under twenty steps of attack on some validation samples, where training is adversarial.
  public var validationFGSM: Double?
  public var validationPGD: Double?
  /// How many samples loss and accuracy are of, where not all: a partial evaluation, before the end of training.
  public var samples: SampleCounts?
  /// The same on the samples of the partial evaluations, at the end of a training that has them.
  public var subset: SubsetScore?

  public init(
    step: Int, validationLoss: Double, validationAccuracy: Double, testAccuracy: Double, validationFGSM: Double? = nil,
    validationPGD: Double? = nil, samples: SampleCounts? = nil, subset: SubsetScore? = nil
  ) {
    self.step = step
    self.validationLoss = validationLoss
    self.validationAccuracy = validationAccuracy
    self.testAccuracy = testAccuracy
    self.validationFGSM = validationFGSM
    self.validationPGD = validationPGD
    self.samples = samples
    self.subset = subset
  }

  /// Whether one step of attack is withstood and twenty are not: catastrophic overfitting to the single step (Wong et al.
  /// 2020, arXiv:2001.03994).
  public var overfitsSingleStep: Bool {
    guard let validationFGSM, let validationPGD else { return false }
    return validationFGSM >= 0.3 && validationPGD < 0.25 * validationFGSM
  }

  /// The mean of several curves at the points that all of them have.
  public static func mean(_ curves: [[CurvePoint]]) -> [CurvePoint] {
    let n = Double(curves.count)
    // Where one training ended before others, its last evaluation is taken on the samples of theirs.
    let curves = curves.contains { $0.count != curves[0].count } ? curves.map(\.onSharedSamples) : curves
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
