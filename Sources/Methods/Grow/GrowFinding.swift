import Analysis
public import Basics
import Tickets

/// What growth and the arms beside it reached, round by round. Accuracies are on the test set.
public struct GrowFinding: Codable, Equatable, Sendable {
  /// A way through the rounds, or a network that was trained at once.
  public struct Arm: Codable, Equatable, Sendable {
    /// `growth`, a control of it, `dense`, `reinit` or `shuffled`.
    package var arm: String
    package var title: String
    /// Empty for networks that were trained at once.
    package var rounds: [Round]
    package var curve: [Point]
    /// Mean accuracy along the steps of all rounds but the first: the area under the curve by their number.
    package var areaAccuracy: Interval
    /// After the last step, pruned.
    package var accuracy: Interval
    package var remaining: Int
    package var weights: Int

    /// Mean over all rounds but the first of what training reached in each, before it is pruned; `nil` without rounds.
    package var trainedAccuracy: Interval? {
      let rounds = rounds.dropFirst().map(\.trainedAccuracy.values)
      guard let seeds = rounds.first?.indices else { return nil }
      return Interval(of: seeds.map { seed in rounds.reduce(0) { $0 + $1[seed] } / Double(rounds.count) })
    }
  }

  public struct Round: Codable, Equatable, Sendable {
    package var round: Int
    /// At its end.
    package var totalSteps: Int
    package var blocks: Int
    /// Of the tensors that are pruned, at its end, and how many weights these have.
    package var kept: Int
    package var hidden: Int
    /// The network that the round before left, and the one that this round begins with.
    package var beforeAccuracy: Interval?
    package var startAccuracy: Interval
    /// The rise of the test loss from the one to the other, and the largest change of an output where one was grown from the other.
    package var differenceLoss: Interval?
    package var largestChange: Interval?
    package var trainedAccuracy: Interval
    package var prunedAccuracy: Interval
    /// Of the survivors in inserted square tensors those off the diagonal, where there are any.
    package var offDiagonalShare: Interval?
  }

  public struct Point: Codable, Equatable, Sendable {
    package var step: Int
    package var accuracy: Interval
  }

  /// The kind of what is inserted, and whether it is to change nothing.
  package var insert: String
  package var preservesFunction: Bool
  package var stepsPerRound: Int
  package var fineTuningSteps: Int
  /// Growth first.
  package var arms: [Arm]

  package subscript(_ name: String) -> Arm? { arms.first { $0.arm == name } }
  package var growth: Arm { arms[0] }
  package var dense: Arm { self[Grow.dense]! }
}

extension GrowFinding: Sound {
  public var isSound: Bool {
    arms.first?.arm == GrowArm.growth.rawValue && !growth.rounds.isEmpty && self[Grow.dense] != nil
      && arms.flatMap { arm in
        [arm.areaAccuracy, arm.accuracy] + arm.curve.map(\.accuracy)
          + arm.rounds.flatMap {
            [$0.startAccuracy, $0.trainedAccuracy, $0.prunedAccuracy]
              + [$0.beforeAccuracy, $0.differenceLoss, $0.largestChange, $0.offDiagonalShare].compactMap { $0 }
          }
      }.arePaired
  }
}
