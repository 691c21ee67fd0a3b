import Lanes
import Networks

/// Every batch is trained on so many times, and the gradient of each training step moves the perturbation too (Shafahi et
/// al. 2019, arXiv:1904.12843). Steps are optimiser steps: as many epochs see the data 1/replays as often.
public struct FreeTraining: TrainingObjective {
  public static let name = "free"
  public static let summary = "every batch so many times, each step's gradient moving the perturbation by epsilon too"
  public static let paper: String? = "Shafahi et al. 2019, arXiv:1904.12843"
  public static let form = "free:REPLAYS"
  public let keepsPixels = true
  public let replays: Int

  public init?(argument: String?) {
    guard let replays = argument.flatMap({ Int($0) }), (1...100).contains(replays) else { return nil }
    self.replays = replays
  }
  init(replays: Int) { self.replays = replays }

  public var argument: String? { "\(replays)" }

  public func emitGradients(_ calls: StepCalls) {
    let attack = calls.emit.attackingInTraining
    calls.emit.show(calls.perturbation)
    calls.forwardWithLoss(attack)
    attack.backward()
    attack.step(calls.perturbation, .sign, .maximum)
  }
}

extension Objective {
  public static func free(replays: Int) -> Objective { Objective(FreeTraining(replays: replays)) }
}
