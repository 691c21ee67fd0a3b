public import Lanes

/// Auto-PGD: gradient steps with momentum, whose length halves wherever a sample stops getting worse.
///
/// Croce & Hein 2020 (arXiv:2003.01690), algorithm 1: steps of 2 epsilon at first, momentum 0.75; at checkpoints
/// w_0 = 0, w_1 = 0.22 N, distances shrinking by 0.03 N to at least 0.06 N, a sample's step halves, and it goes back to its
/// best point, if fewer than 75 % of its steps raised the loss or if neither step nor best loss changed since the last
/// checkpoint. Samples that are wrong stop, which the paper does between attacks.
/// Targeted, it aims at as many of the highest other classes in turn as it has runs, the first run at the runner-up.
public struct APGD: Attack {
  public static let name = "apgd"
  public static let summary =
    "auto-PGD with cross-entropy (apgd-ce:STEPS), DLR (apgd-dlr) or targeted DLR (apgd-t:STEPSxCLASSES)"

  public enum Kind: String, CaseIterable, Sendable {
    case crossEntropy = "ce"
    case logitRatio = "dlr"
    case targeted = "t"
  }

  public var kind: Kind
  public var steps: Int
  /// Runs, the first from the sample and the others from random points; each of a targeted attack has a class of its own.
  public var restarts: Int

  public init(_ kind: Kind = .crossEntropy, steps: Int = 50, restarts: Int = 1) {
    self.kind = kind
    self.steps = steps
    self.restarts = restarts
  }

  public static let names = Kind.allCases.map { "\(name)-\($0.rawValue)" }
  public static let examples = ["apgd-ce:12", "apgd-dlr:12x2", "apgd-t:12", "apgd-t:5x4"]
  public static func named(_ name: String, _ first: Int?, restarts: Int) -> APGD? {
    Kind.allCases.first { "\(Self.name)-\($0.rawValue)" == name }.map {
      APGD($0, steps: first ?? 50, restarts: restarts)
    }
  }

  public var text: String { "\(Self.name)-\(kind.rawValue):\(steps)" + (restarts == 1 ? "" : "x\(restarts)") }
  public var balls: [Ball] { Ball.allCases }
  public var fewestClasses: Int { kind == .crossEntropy ? 2 : kind == .logitRatio ? 3 : 4 }

  private var loss: AttackLoss {
    switch kind {
    case .crossEntropy: .crossEntropy
    case .logitRatio: .logitRatio
    case .targeted: .targetedLogitRatio
    }
  }

  /// The steps at which step lengths are looked at again.
  static func checkpoints(_ steps: Int) -> [Int] {
    var places = [0.0, 0.22]
    while places.last! < 1 { places.append(places.last! + max(places.last! - places[places.count - 2] - 0.03, 0.06)) }
    return places.map { Int(($0 * Double(steps)).rounded(.up)) }.filter { $0 <= steps }
  }

  public func perturb(_ batch: AttackedBatch, _ threat: Threat, streams: RandomStream) {
    let p = batch.perturbation
    p.radius.fill(p.scale.stored(threat.epsilon))
    let rivals = kind == .targeted ? batch.rivals(restarts) : []
    var strongest = StrongestSamples(batch)
    for restart in 0..<restarts {
      p.active.fill(1)
      batch.reset()
      if kind == .targeted {
        batch.aim(rivals, rank: restart)
        strongest.forgetRight()
      }
      if restart > 0 {
        let start = threat.ball == .maximum ? PerturbationStart.uniform : .sphere
        batch.start(start, radius: threat.epsilon, stream: streams.numbered(restart))
      }
      run(batch, threat, &strongest)
    }
    batch.useBest()
  }

  /// `best` keeps the strongest pixels over restarts as well, so a sample goes back to the best point of all.
  private func run(_ batch: AttackedBatch, _ threat: Threat, _ strongest: inout StrongestSamples) {
    let p = batch.perturbation, direction = threat.ball == .maximum ? StepDirection.sign : .gradient
    p.stepSize.fill(2 * p.scale.stored(threat.epsilon))
    batch.forgetMomentum()
    batch.evaluate(loss, needsGradient: true)
    strongest.keep()
    var progress = Progress(batch, p, strongest)
    let checkpoints = Self.checkpoints(steps)
    for step in 0..<steps {
      if strongest.stopWrong() { return }
      // The first step has no way before it.
      batch.step(direction, threat.ball, momentum: step == 0 ? 1 : 0.75)
      batch.evaluate(loss, needsGradient: true)
      strongest.keep()
      progress.count(p)
      guard let k = checkpoints.firstIndex(of: step + 1), k > 0 else { continue }
      let halved = progress.halve(p, strongest, since: checkpoints[k - 1], now: step + 1)
      guard halved.contains(true) else { continue }
      batch.useBest { halved[$0] && !strongest.isWrong[$0] }
      batch.forgetMomentum { halved[$0] }
      batch.evaluate(loss, needsGradient: true)
      progress.restart(p)
    }
  }

  /// What decides about every sample's step.
  private struct Progress {
    private var lastLoss: [Float]
    private var raised: [Int]
    private var hasHalved: [Bool]
    private var bestAtCheckpoint: [Float]

    init(_ batch: AttackedBatch, _ p: Perturbation, _ strongest: StrongestSamples) {
      lastLoss = (0..<batch.count).map { p.loss($0) }
      raised = lastLoss.map { _ in 0 }
      hasHalved = lastLoss.map { _ in true }
      bestAtCheckpoint = lastLoss
    }

    mutating func count(_ p: Perturbation) {
      for sample in lastLoss.indices {
        if p.loss(sample) > lastLoss[sample] { raised[sample] += 1 }
        lastLoss[sample] = p.loss(sample)
      }
    }

    mutating func restart(_ p: Perturbation) { for sample in lastLoss.indices { lastLoss[sample] = p.loss(sample) } }

    /// Halves the steps of samples that no longer get anywhere and says which.
    mutating func halve(_ p: Perturbation, _ strongest: StrongestSamples, since last: Int, now: Int) -> [Bool] {
      for sample in lastLoss.indices {
        let best = strongest.loss[sample]
        let isSlow = Double(raised[sample]) < 0.75 * Double(now - last)
        let isStuck = !hasHalved[sample] && best <= bestAtCheckpoint[sample]
        hasHalved[sample] = isSlow || isStuck
        if hasHalved[sample] { p.stepSize.pointer[sample] /= 2 }
        bestAtCheckpoint[sample] = best
        raised[sample] = 0
      }
      return hasHalved
    }
  }
}
