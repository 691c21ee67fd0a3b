import Networks

/// |w| after training over the mean |w| of its layer's survivors, so that one threshold treats layers of different scale
/// alike.
///
/// Li et al. 2020 (Boosting Tickets): in their code, not in their text.
public struct NormalisedMagnitude: Criterion {
  public static let name = "normalised-magnitude"
  public static let summary = "|w| after training over the mean of its layer"
  public let needs = ScoringNeeds.trained
  public let seesMask = true

  public init() {}

  public func scores(_ context: ScoringContext) -> [Float] {
    var scores = context.trained.values.map(\.magnitude)
    for entry in context.mask.layout.prunable {
      let sum = entry.range.reduce(0.0) { $0 + (context.mask.keeps[$1] ? Double(scores[$1]) : 0) }
      guard sum > 0 else { continue }
      let mean = Float(sum / Double(context.mask.remaining(in: entry)))
      for i in entry.range { scores[i] /= mean }
    }
    return scores
  }
}
