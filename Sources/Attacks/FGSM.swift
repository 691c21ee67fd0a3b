public import Lanes

/// One step of length epsilon along the gradient of the cross-entropy: its sign for l-infinity, its direction for l2.
///
/// Goodfellow et al. 2015 (arXiv:1412.6572).
public struct FGSM: Attack {
  public static let name = "fgsm"
  public static let summary = "one step of epsilon along the gradient"

  public init() {}

  public static func named(_ name: String, _ first: Int?, restarts: Int) -> FGSM? { FGSM() }

  public var balls: [Ball] { Ball.allCases }

  public func perturb(_ batch: AttackedBatch, _ threat: Threat, streams: RandomStream) {
    let p = batch.perturbation
    p.radius.fill(p.scale.stored(threat.epsilon))
    p.stepSize.fill(p.scale.stored(threat.epsilon))
    batch.evaluate(.crossEntropy, needsGradient: true)
    batch.step(threat.ball == .maximum ? .sign : .gradient, threat.ball)
  }
}
