import Basics
import Lanes
import Networks

/// FGSM training for a share of all steps, then PGD: the strength of the attack grows with training, as in curriculum
/// adversarial training (Cai et al. 2018, arXiv:1805.04807), of which only two strengths are left here. A step of FGSM costs
/// a fraction of one of PGD, and what a network learns first depends little on the attack.
public struct FGSMThenPGD: TrainingObjective {
  public static let name = "fgsm-pgd"
  public static let summary = "fgsm for a share of training, then pgd of so many steps"
  public static let paper: String? = "after Cai et al. 2018, arXiv:1805.04807"
  public static let form = "fgsm-pgd:STEPS@SHARE"
  /// Share of all steps that train by FGSM.
  public let share: Double
  private let last: PGDTraining

  public init?(argument: String?) {
    let parts = argument?.split(separator: "@", omittingEmptySubsequences: false).map(String.init) ?? []
    guard parts.count == 2, let last = PGDTraining(argument: parts[0]), let share = Double(parts[1]),
      0 < share && share < 1
    else { return nil }
    (self.last, self.share) = (last, share)
  }

  public var argument: String? { "\(last.attackSteps)@\(share.settingText)" }
  public var stages: [AttackStage] {
    [AttackStage(until: share, rule: FGSMTraining()), AttackStage(until: 1, rule: last)]
  }

  public func emitGradients(_ calls: StepCalls) { last.emitGradients(calls) }
}
