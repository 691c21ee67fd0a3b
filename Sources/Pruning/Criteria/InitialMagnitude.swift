import Networks

/// |w| at initialisation: what can be known without any training (a baseline of Frankle et al. 2021, arXiv:2009.08576;
/// "large init" of Zhou et al. 2019, arXiv:1905.01067).
public struct InitialMagnitude: Criterion {
  public static let name = "magnitude-at-init"
  public static let summary = "|w| at initialisation"
  public let needs = ScoringNeeds.nothing

  public init() {}

  public func scores(_ context: ScoringContext) -> [Float] { context.initial.values.map(\.magnitude) }
}
