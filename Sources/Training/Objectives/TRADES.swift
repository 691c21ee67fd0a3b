public import Lanes
import Networks

/// Loss on the sample plus beta KL(p || q), p of the sample and q of the perturbed one, which ten steps from a start of
/// standard deviation 0.001 of the range have raised (Zhang et al. 2019, arXiv:1901.08573).
public struct TRADES: TrainingObjective {
  public static let name = "trades"
  public static let summary = "loss on the samples plus beta times the divergence that ten steps have raised"
  public static let paper: String? = "Zhang et al. 2019, arXiv:1901.08573"
  public static let form = "trades:BETA"
  public let attackSteps = 10
  public let keepsGradients = true
  public let beta: Double

  public init?(argument: String?) {
    guard let beta = argument.flatMap({ Double($0) }), 0 < beta, beta <= 1000 else { return nil }
    self.beta = beta
  }
  init(beta: Double) { self.beta = beta }

  public var argument: String? { "\(beta)" }
  public var usualStep: Double { 2.5 / Double(attackSteps) }
  public func startRadius(_ epsilon: Double, _ scale: PixelScale) -> Double { 0.001 * scale.width }

  public func emitAttack(_ calls: StepCalls) {
    let emit = calls.emit, p = calls.perturbation
    calls.loadClean()
    calls.loadBatch()
    emit.attacking.forward()
    emit.keepOutputs(p, labels: calls.samples.labels)
    emit.start(p, .normal)
    calls.attack(steps: attackSteps, raising: .divergence)
  }

  /// The gradient of the divergence flows through both outputs. The samples themselves pass twice: their outputs are needed
  /// before those of the perturbed ones can be compared, and their activations after; the second time leaves the running
  /// statistics as they are.
  public func emitGradients(_ calls: StepCalls) {
    let emit = calls.emit, p = calls.perturbation, labels = calls.samples.labels, weight = Float(beta)
    calls.loadBatch()
    emit.forward()
    emit.keepOutputs(p, labels: labels)
    emit.show(p)
    emit.forward()
    emit.divergenceGradient(p, byFirst: false, weight: weight, labels: labels, classWeights: calls.classWeights)
    emit.keepOutputs(p, labels: labels)
    emit.backward()
    emit.saveGradients(in: calls.saved)
    calls.loadBatch()
    let again = emit.during(.measuring)
    calls.forwardWithLoss(again)
    again.divergenceGradient(p, byFirst: true, weight: weight, labels: labels, classWeights: calls.classWeights)
    again.backward()
    emit.addGradients(calls.saved)
  }
}

extension Objective {
  public static func trades(beta: Double) -> Objective { Objective(TRADES(beta: beta)) }
}
