public import Lanes

/// Random points of the ball, for l2 of its surface: what a network loses without an adversary.
public struct RandomNoise: Attack {
  public static let name = "noise"
  public static let summary = "random perturbations, the control: noise:TRIES"

  public var tries: Int

  public init(tries: Int = 1) { self.tries = tries }

  public static let examples = ["noise:3"]
  public static func named(_ name: String, _ first: Int?, restarts: Int) -> RandomNoise? {
    RandomNoise(tries: first ?? 1)
  }

  public var text: String { tries == 1 ? Self.name : "\(Self.name):\(tries)" }
  public var isBlackBox: Bool { true }
  public var balls: [Ball] { Ball.allCases }

  public func perturb(_ batch: AttackedBatch, _ threat: Threat, streams: RandomStream) {
    var best = StrongestSamples(batch)
    let kind = threat.ball == .maximum ? PerturbationStart.uniform : .sphere
    for number in 0..<tries {
      batch.start(kind, radius: threat.epsilon, stream: streams.numbered(number))
      batch.evaluate(.crossEntropy, needsGradient: false)
      best.keep()
    }
    batch.useBest()
  }
}
