import Networks

/// |w g| at initialisation: the slope of the loss by a weight's own switch, |dL/dc| at c = 1 (Lee et al. 2019,
/// arXiv:1810.02340). The same as `magnitude-at-init:grad@init`.
///
/// Their code scores biases with the weights and trains other weights than it scored; neither is done here.
public struct SNIP: Criterion {
  public static let name = "snip"
  public static let summary = "|w g| at initialisation: connection sensitivity"
  public let needs = ScoringNeeds.probe

  public init() {}

  public func scores(_ context: ScoringContext) throws -> [Float] {
    var scores = try context.requireProbe().statistic(
      .gradient, of: context.initial, mask: context.mask, pass: context.pass)
    scores.withUnsafeMutableBufferPointer { scores in
      context.initial.values.withUnsafeBufferPointer { weights in
        for i in scores.indices { scores[i] *= weights[i].magnitude }
      }
    }
    return scores
  }
}
