import Networks

/// |wT| - |w0|: how much a weight grew in training (Zhou et al. 2019, arXiv:1905.01067).
public struct MagnitudeIncrease: Criterion {
  public static let name = "magnitude-increase"
  public static let summary = "|w| after training less |w| at initialisation"
  public let needs = ScoringNeeds.trained
  public let isSigned = true

  public init() {}

  public func scores(_ context: ScoringContext) -> [Float] {
    zip(context.trained.values, context.initial.values).map { $0.magnitude - $1.magnitude }
  }
}
