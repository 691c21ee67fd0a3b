import Networks

/// |wT - w0|: how far a weight went in training (Zhou et al. 2019, arXiv:1905.01067). With a data factor it is the first-order
/// change of the loss if the weight goes back to its start.
public struct Movement: Criterion {
  public static let name = "movement"
  public static let summary = "|w after training - w at initialisation|"
  public let needs = ScoringNeeds.trained

  public init() {}

  public func scores(_ context: ScoringContext) -> [Float] {
    zip(context.trained.values, context.initial.values).map { ($0 - $1).magnitude }
  }
}
