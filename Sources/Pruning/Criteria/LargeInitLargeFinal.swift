import Networks

/// min(a |w0|, |wT|), where a brings the survivors' mean magnitudes at both times to the same size: large before and after
/// training (Zhou et al. 2019, arXiv:1905.01067; they choose a by hand).
public struct LargeInitLargeFinal: Criterion {
  public static let name = "large-init-large-final"
  public static let summary = "the smaller of |w| at initialisation, rescaled, and |w| after training"
  public let needs = ScoringNeeds.trained
  public let seesMask = true

  public init() {}

  public func scores(_ context: ScoringContext) -> [Float] {
    let initial = context.initial.masked(by: context.mask)
    let scale = Float(sum(context.trained, context.mask) / max(sum(initial, context.mask), .leastNormalMagnitude))
    return zip(initial.values, context.trained.values).map { min(scale * $0.magnitude, $1.magnitude) }
  }

  private func sum(_ parameters: Parameters, _ mask: Mask) -> Double {
    mask.layout.prunable.reduce(0) { sum, entry in
      parameters.values[entry.range].reduce(sum) { $0 + Double($1.magnitude) }
    }
  }
}
