import Lanes
import Networks

/// One step along the gradient's sign from a uniform random start (Wong et al. 2020, arXiv:2001.03994).
public struct FGSMTraining: TrainingObjective {
  public static let name = "fgsm"
  public static let summary = "perturbed by one step of 1.25 epsilon from a random start"
  public static let paper: String? = "Wong et al. 2020, arXiv:2001.03994"
  public let attackSteps = 1
  public let usualStep = 1.25

  public init?(argument: String?) { if argument != nil { return nil } }
  init() {}

  public func emitAttack(_ calls: StepCalls) {
    calls.startAttack()
    calls.attack(steps: attackSteps, raising: .crossEntropy)
  }

  public func emitGradients(_ calls: StepCalls) {
    calls.forwardWithLoss()
    calls.emit.backward()
  }
}

extension Objective {
  public static let fgsm = Objective(FGSMTraining())
}
