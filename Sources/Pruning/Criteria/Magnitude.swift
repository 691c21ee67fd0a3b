import Networks

/// |w| after training (Han et al. 2015; Frankle & Carbin 2019, arXiv:1803.03635).
public struct Magnitude: Criterion {
  public static let name = "magnitude"
  public static let summary = "|w| after training"
  public let needs = ScoringNeeds.trained

  public init() {}

  public func scores(_ context: ScoringContext) -> [Float] { context.trained.values.map(\.magnitude) }
}
