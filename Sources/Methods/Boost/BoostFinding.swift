public import Basics

/// What one kind of network reached in a boost, over the seeds.
package struct BoostArm: Codable, Equatable, Sendable {
  /// `ticket`, `winning`, `reinit`, `shuffled`, `random-erk`, `dense 0.1` or `dense 0.1 warm`.
  package var name: String
  package var density: Double
  package var learningRate: Double
  /// Validation accuracy at early steps, by step.
  package var early: [EarlyPoint]
  /// After the last step; those under attack where training is adversarial.
  package var validationAccuracy: Interval
  package var testAccuracy: Interval
  package var fgsmAccuracy: Interval?
  package var pgdAccuracy: Interval?
  /// Mean height of the validation curve, by step.
  package var area: Interval
  /// Epochs until an evaluation first finds the target reached; `nil` where a seed never reached it.
  package var epochsToTarget: Interval?
  /// Seeds that reached it.
  package var seedsAtTarget: Int
  /// Mean seconds of mask phase and training until then; `nil` where a seed never reached it.
  package var secondsToTarget: Double?
  /// These over what the best dense network of the same seed takes; `nil` likewise, and in older results.
  package var timeRatio: Interval?
  /// Mean seconds of the mask phase, zero for dense networks; of all steps, of the attacks among them, and of evaluations.
  package var maskSeconds: Double
  package var trainingSeconds: Double
  package var attackSeconds: Double
  package var evaluationSeconds: Double
  /// Steps of the first evaluation that found one step of attack withstood and twenty not, by seed; -1 for never.
  package var overfitsSingleStepAt: [Int]
  /// Means over the seeds.
  package var curve: [CurvePoint]

  package struct EarlyPoint: Codable, Equatable, Sendable {
    package var step: Int
    package var accuracy: Interval
  }
}

/// How a mask came about, and how close the sparse network's path stays to the dense one's.
package struct MaskPhase: Codable, Equatable, Sendable {
  /// `ticket` or `winning`.
  package var name: String
  package var learningRate: Double
  package var objective: String
  /// How long it was, where it could end early.
  package var steps: Interval?
  /// Mean seconds of the phase's steps, and of the attacks among them.
  package var seconds: Double
  package var attackSeconds: Double
  /// Share of the largest tenth of the initial magnitudes among the largest tenth of the trained ones; 0.1 by chance
  /// (R_0.1 of Ma et al. 2021, arXiv:2107.00166).
  package var correlation: Interval
  /// |dense - sparse| / |dense| after each epoch at this rate, over all prunable weights and over those of the mask.
  package var distance: [Interval]
  package var maskedDistance: [Interval]
  package var overfitsSingleStepAt: [Int]
}

/// What a boost found.
public struct BoostFinding: Codable, Equatable, Sendable {
  package var masks: [MaskPhase]
  package var arms: [BoostArm]
  /// The dense network of the best rate, by the accuracy that counts on the validation split.
  package var bestDense: String
  /// `validationAccuracy`, or `validationPGD` where training is adversarial.
  package var measure: String
  /// What the best dense network reaches after the last step, in the mean; the target of a seed is what its own reaches.
  package var target: Double
  /// Mean time of mask phase and ticket until the target over that of the best dense network; `nil` if a ticket never got
  /// there.
  package var timeRatio: Double?
}

extension BoostFinding: Sound {
  /// The networks that the verdict speaks of are there, and differences are of the same seeds.
  public var isSound: Bool {
    let named = ["ticket", "winning", "reinit", bestDense].map { name in arms.first { $0.name == name } }
    guard !named.contains(nil) else { return false }
    let isRobust = measure == "validationPGD"
    return arms.flatMap { [$0.validationAccuracy, $0.testAccuracy, $0.area] + $0.early.map(\.accuracy) }.arePaired
      && arms.compactMap(\.pgdAccuracy).arePaired && (!isRobust || named.allSatisfy { $0?.pgdAccuracy != nil })
  }
}
