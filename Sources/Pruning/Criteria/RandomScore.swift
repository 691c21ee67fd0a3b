import Lanes
import Networks

/// A random number a weight, from a stream of the seed and the round.
public struct RandomScore: Criterion {
  public static let name = "random"
  public static let summary = "a random number"
  public let needs = ScoringNeeds.nothing

  public init() {}

  public func scores(_ context: ScoringContext) -> [Float] {
    let random = RandomStream(seed: context.seed, "mask/random-scores/round \(context.round)")
    return (0..<context.mask.layout.count).map { Float(random.word(at: UInt64($0)) >> 8) * 0x1p-24 }
  }
}
