import Networks

/// |w g| in many steps, where g is the gradient of the network that the step before left, of pruned weights too: so these
/// may come back (foresight connection sensitivity, de Jorge et al. 2021, arXiv:2006.09081).
///
/// Their code takes 10 steps unless told; the share that is left falls by the same factor in each.
public struct FORCE: Criterion {
  public static let name = "force"
  public static let summary = "snip in 10 steps in which pruned weights may come back"
  public let needs = ScoringNeeds.probe
  public let passes = 10
  public let regrows = true

  public init() {}

  public func scores(_ context: ScoringContext) throws -> [Float] {
    let gradients = try context.requireProbe().statistic(
      .gradient, of: context.initial, mask: context.mask, seesPruned: true, pass: context.pass)
    return zip(context.initial.values, gradients).map { $0.magnitude * $1 }
  }
}
