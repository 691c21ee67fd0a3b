import Networks

/// The same for all weights, so that a data factor alone decides: `one:grad@init`. Alone it keeps the first weights of the
/// layout, by the rule for ties.
public struct One: Criterion {
  public static let name = "one"
  public static let summary = "1, so that the data factor alone decides: one:grad@init"
  public let needs = ScoringNeeds.nothing

  public init() {}

  public func scores(_ context: ScoringContext) -> [Float] { [Float](repeating: 1, count: context.mask.layout.count) }
}
