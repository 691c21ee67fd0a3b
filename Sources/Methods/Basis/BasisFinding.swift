public import Basics
import Tickets

/// What tickets of several bases reached, keep, take and cost.
public struct BasisFinding: Codable, Equatable, Sendable {
  /// One basis. Accuracies are on the test set.
  public struct Arm: Codable, Equatable, Sendable {
    package var basis: String
    package var summary: String
    /// The dense network, its coefficients trained.
    package var dense: Interval
    /// Layers that the basis does not fit, whose weights are pruned as they are.
    package var canonicalLayers: [String]
    /// Seconds of a step of dense training, and of evaluating a sample with the dense network.
    package var denseSecondsPerStep: Interval
    package var rounds: [Round]
  }

  /// A basis at one density.
  public struct Round: Codable, Equatable, Sendable {
    package var round: Int
    /// Coefficients kept, and their share.
    package var kept: Interval
    package var density: Double
    package var accuracy: Interval
    package var validationAccuracy: Interval
    package var reinit: Interval
    package var shuffled: Interval
    package var random: Interval
    /// The share of the weights that are exactly zero.
    package var zeros: Interval
    /// The share of the dense network's energy that the mask keeps at the end of dense training.
    package var energy: Interval
    package var valueBytes: Interval
    package var maskBytes: Interval
    package var basisBytes: Interval
    /// Of one sample's forward pass in the cheapest way.
    package var multiplyAdds: Interval
    /// Layers that run as transforms and a sparse product, in every seed.
    package var factoredLayers: [String]
    /// Test accuracy in that way.
    package var runAccuracy: Interval
    package var secondsPerStep: Interval
    package var secondsPerSample: Interval
    package var denseSecondsPerSample: Interval

    /// Of the stored ticket.
    package var bytes: Double { valueBytes.mean + maskBytes.mean + basisBytes.mean }
  }

  /// Bytes of the dense network, and multiply-adds of its forward pass for a sample.
  package var denseBytes: Int
  package var denseMultiplyAdds: Int
  /// The first is the canonical one.
  package var bases: [Arm]

  package var canonical: Arm { bases[0] }
}

extension BasisFinding: Sound {
  public var isSound: Bool {
    !bases.isEmpty
      && bases.flatMap { arm in
        [arm.dense] + arm.rounds.flatMap { [$0.accuracy, $0.reinit, $0.shuffled, $0.random, $0.validationAccuracy] }
      }.arePaired
  }
}

// MARK: - At equal cost

/// What bases are compared at.
enum BasisBudget: CaseIterable {
  case coefficients, bytes, arithmetic

  /// After "At equal".
  var title: String {
    switch self {
    case .coefficients: "coefficients"
    case .bytes: "bytes"
    case .arithmetic: "arithmetic"
    }
  }

  func cost(_ round: BasisFinding.Round) -> Double {
    switch self {
    case .coefficients: round.kept.mean
    case .bytes: round.bytes
    case .arithmetic: round.multiplyAdds.mean
    }
  }

  /// By how much a ticket may cost more and count as equal: masks of the same size differ in their code.
  static let slack = 1.02

  /// The densest ticket of a basis that costs no more than another; `nil` if all cost more.
  func match(_ arm: BasisFinding.Arm, _ other: BasisFinding.Round) -> BasisFinding.Round? {
    arm.rounds.first { cost($0) <= Self.slack * cost(other) }
  }
}
