public import Lanes
import Networks

/// Projected gradient descent: steps along the gradient of the cross-entropy, each projected back into the ball.
///
/// Madry et al. 2018 (arXiv:1706.06083). A sample stops moving once it is wrong, and keeps its strongest perturbation over
/// the restarts otherwise. The first start is the sample itself unless `startsAtRandom`; further ones are random.
public struct PGD: Attack {
  public static let name = "pgd"
  public static let summary = "projected gradient descent: pgd:STEPS or pgd:STEPSxRESTARTS"

  public var steps: Int
  public var restarts: Int
  /// Length of a step; 2.5 epsilon over the steps, at most epsilon, if `nil`. (epsilon / 4 for ten and 20 steps in the
  /// papers on adversarial training.)
  public var stepSize: Double?
  public var startsAtRandom: Bool
  public var stopsEarly: Bool
  /// Drives every sample to its runner-up class instead of away from its own.
  public var isTargeted: Bool

  public init(
    steps: Int = 20, restarts: Int = 1, stepSize: Double? = nil, startsAtRandom: Bool = false, stopsEarly: Bool = true,
    isTargeted: Bool = false
  ) {
    self.steps = steps
    self.restarts = restarts
    self.stepSize = stepSize
    self.startsAtRandom = startsAtRandom
    self.stopsEarly = stopsEarly
    self.isTargeted = isTargeted
  }

  public static let names = [name, "random-\(name)", "targeted-\(name)"]
  public static let examples = ["pgd:5", "random-pgd:4x2", "targeted-pgd:5"]
  public static func named(_ name: String, _ first: Int?, restarts: Int) -> PGD? {
    PGD(
      steps: first ?? 20, restarts: restarts, startsAtRandom: name.hasPrefix("random-"),
      isTargeted: name.hasPrefix("targeted-"))
  }

  public var text: String {
    (isTargeted ? "targeted-" : startsAtRandom ? "random-" : "") + "pgd:\(steps)"
      + (restarts == 1 ? "" : "x\(restarts)")
  }
  public var balls: [Ball] { Ball.allCases }

  public func perturb(_ batch: AttackedBatch, _ threat: Threat, streams: RandomStream) {
    let p = batch.perturbation, loss = isTargeted ? AttackLoss.targetedCrossEntropy : .crossEntropy
    p.radius.fill(p.scale.stored(threat.epsilon))
    p.stepSize.fill(p.scale.stored(stepSize ?? min(threat.epsilon, threat.epsilon * 2.5 / Double(steps))))
    if isTargeted { batch.aim(batch.rivals(1), rank: 0) }
    var best = StrongestSamples(batch)
    for restart in 0..<restarts {
      p.active.fill(1)
      batch.reset()
      if restart > 0 || startsAtRandom {
        let kind = threat.ball == .maximum ? PerturbationStart.uniform : .sphere
        batch.start(kind, radius: threat.epsilon, stream: streams.numbered(restart))
      }
      for _ in 0..<steps {
        batch.evaluate(loss, needsGradient: true)
        best.keep()
        if stopsEarly && best.stopWrong() { break }
        batch.step(threat.ball == .maximum ? .sign : .gradient, threat.ball)
      }
      batch.evaluate(loss, needsGradient: false)
      best.keep()
    }
    batch.useBest()
  }
}

/// Keeps, for every sample, the pixels that were worst for the network: wrong before right, then the larger loss.
struct StrongestSamples {
  private let batch: AttackedBatch
  private(set) var loss: [Float]
  private(set) var isWrong: [Bool]

  init(_ batch: AttackedBatch) {
    self.batch = batch
    loss = [Float](repeating: -.infinity, count: batch.count)
    isWrong = [Bool](repeating: false, count: batch.count)
  }

  /// Compares the pixels evaluated last with the best so far.
  /// - Returns: Which samples are better than before.
  mutating func keep() {
    let p = batch.perturbation
    batch.keepBest { sample in
      let wrong = !p.isRight(sample)
      return wrong != isWrong[sample] ? wrong : p.loss(sample) > loss[sample] || loss[sample] == -.infinity
    }
    for sample in 0..<batch.count where p.chosen.pointer[sample] > 0 {
      loss[sample] = p.loss(sample)
      isWrong[sample] = !p.isRight(sample)
    }
  }

  /// Forgets how strong the samples are that are right: another target's losses are not to be compared with theirs.
  mutating func forgetRight() {
    for sample in loss.indices where !isWrong[sample] { loss[sample] = -.infinity }
  }

  /// Stops the samples that are wrong; true if none is left.
  func stopWrong() -> Bool {
    let p = batch.perturbation
    for sample in 0..<batch.count { p.active.pointer[sample] = isWrong[sample] ? 0 : 1 }
    return !isWrong.contains(false)
  }
}
