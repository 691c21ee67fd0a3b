package import Attacks

/// Everything that `tombola attack` finds out about a ticket.
public struct RobustFinding: Codable, Equatable, Sendable {
  package var command = "attack"
  package var ticket: String
  package var digest: String
  package var network: String
  package var data: String
  package var density: Double
  /// `linf` or `l2`, and the ball's radius in the data's values.
  package var ball: String
  package var epsilon: Double
  /// The data's range and the radius in it, in words.
  package var range: String?
  package var seed: UInt64
  /// Test samples attacked, chosen by the seed.
  package var samples: Int
  package var cleanAccuracy: Double
  package var attacks: [AttackResult]
  /// Share of the samples that stay right under every attack.
  package var worstCase: Double
  /// Accuracy under PGD over the radius.
  package var curve: [RobustPoint]
  package var flags: [MaskingFlag]
  /// Share of samples proven right everywhere in the ball by interval bounds, and of how many; `nil` if not computed.
  package var provenAccuracy: Double?
  package var provenSamples: Int?
  package var provenSeconds: Double?
}
