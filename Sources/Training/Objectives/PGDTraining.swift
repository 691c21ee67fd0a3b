import Lanes
import Networks

/// Projected gradient descent (Madry et al. 2018, arXiv:1706.06083) in so many steps, by default of 2.5 epsilon together.
public struct PGDTraining: TrainingObjective {
  public static let name = "pgd"
  public static let summary = "perturbed by so many projected steps, 2.5 epsilon together, from a random start"
  public static let paper: String? = "Madry et al. 2018, arXiv:1706.06083"
  public static let form = "pgd:STEPS"
  public let attackSteps: Int

  public init?(argument: String?) {
    guard let steps = argument.flatMap({ Int($0) }), (1...1000).contains(steps) else { return nil }
    attackSteps = steps
  }
  init(steps: Int) { attackSteps = steps }

  public var argument: String? { "\(attackSteps)" }
  public var usualStep: Double { min(1.25, 2.5 / Double(attackSteps)) }

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
  public static func pgd(steps: Int) -> Objective { Objective(PGDTraining(steps: steps)) }
}
