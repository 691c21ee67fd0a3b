import Networks

/// SNIP in many small steps, each on the network that the step before left (de Jorge et al. 2021, arXiv:2006.09081).
///
/// Their code takes 10 steps unless told; the share that is left falls by the same factor in each.
public struct IterativeSNIP: Criterion {
  public static let name = "iterative-snip"
  public static let summary = "snip in 10 steps, each on what the step before left"
  public let needs = ScoringNeeds.probe
  public let passes = 10

  public init() {}

  public func scores(_ context: ScoringContext) throws -> [Float] { try SNIP().scores(context) }
}
