/// How many samples an evaluation took of each split.
public struct SampleCounts: Codable, Equatable, Sendable {
  public var validation: Int
  public var test: Int

  public init(validation: Int, test: Int) {
    self.validation = validation
    self.test = test
  }
}

/// What the last evaluation of a training found on the samples of the evaluations before it.
public struct SubsetScore: Codable, Equatable, Sendable {
  public var samples: SampleCounts
  public var validationLoss: Double
  public var validationAccuracy: Double
  public var testAccuracy: Double

  public init(samples: SampleCounts, validationLoss: Double, validationAccuracy: Double, testAccuracy: Double) {
    self.samples = samples
    self.validationLoss = validationLoss
    self.validationAccuracy = validationAccuracy
    self.testAccuracy = testAccuracy
  }
}

extension CurvePoint {
  /// The evaluation on the samples that all evaluations of its training share: itself, unless it is the last of a training
  /// whose other evaluations are partial.
  public var onSharedSamples: CurvePoint {
    guard let subset else { return self }
    return CurvePoint(
      step: step, validationLoss: subset.validationLoss, validationAccuracy: subset.validationAccuracy,
      testAccuracy: subset.testAccuracy, validationFGSM: validationFGSM, validationPGD: validationPGD,
      samples: subset.samples)
  }
}

extension [CurvePoint] {
  /// What a training says in figures, by the keys of metrics: its last evaluation and that of least validation loss.
  ///
  /// - Parameters:
  ///   - confusion: Of the last evaluation, where it is known.
  ///   - plannedSteps: Where patience could end the training before.
  public func metrics(_ confusion: Confusion?, plannedSteps: Int?) -> [String: Double] {
    let last = last!, earlyStop = earlyStop
    var metrics = [
      "testAccuracy": last.testAccuracy, "validationAccuracy": last.validationAccuracy,
      "earlyStopStep": Double(earlyStop.step), "earlyStopTestAccuracy": earlyStop.testAccuracy,
    ]
    if plannedSteps != nil { metrics["trainedSteps"] = Double(last.step) }
    metrics["balancedAccuracy"] = confusion?.balancedAccuracy
    return metrics
  }

  /// The curve with every point on the same samples.
  public var onSharedSamples: [CurvePoint] { map(\.onSharedSamples) }

  /// The evaluation of least validation loss, the earliest of equals; all on the same samples. The curve must not be empty.
  public var earlyStop: CurvePoint { onSharedSamples.min { $0.validationLoss < $1.validationLoss }! }
}
