/// What one attack did to a ticket.
public struct AttackResult: Codable, Equatable, Sendable {
  /// With its settings: `pgd:20`.
  public var name: String
  /// Whether it saw outputs alone.
  public var isBlackBox: Bool
  /// Share of the samples that stayed right.
  public var accuracy: Double
  public var seconds: Double
  /// Passes over the network a sample at most, forward and backward.
  public var forwardPasses: Int
  public var backwardPasses: Int

  public init(
    name: String, isBlackBox: Bool, accuracy: Double, seconds: Double, forwardPasses: Int, backwardPasses: Int
  ) {
    self.name = name
    self.isBlackBox = isBlackBox
    self.accuracy = accuracy
    self.seconds = seconds
    self.forwardPasses = forwardPasses
    self.backwardPasses = backwardPasses
  }
}

/// Accuracy at one radius.
public struct RobustPoint: Codable, Equatable, Sendable {
  public var epsilon: Double
  public var accuracy: Double

  public init(epsilon: Double, accuracy: Double) {
    self.epsilon = epsilon
    self.accuracy = accuracy
  }
}

/// A sign that gradients mislead the attacks, so that the network only seems robust (Athalye et al. 2018,
/// arXiv:1802.00420).
public struct MaskingFlag: Codable, Equatable, Sendable {
  public var name: String
  public var isRaised: Bool
  /// The figures behind it.
  public var finding: String

  public init(name: String, isRaised: Bool, finding: String) {
    self.name = name
    self.isRaised = isRaised
    self.finding = finding
  }
}

/// Everything that `tombola attack` finds out about a ticket.
public struct RobustResult: Codable, Equatable, Sendable {
  public var command = "attack"
  public var ticket: String
  public var digest: String
  public var network: String
  public var data: String
  public var density: Double
  /// `linf` or `l2`, and the ball's radius in units of pixels.
  public var ball: String
  public var epsilon: Double
  public var seed: UInt64
  /// Test samples attacked, chosen by the seed.
  public var samples: Int
  public var cleanAccuracy: Double
  public var attacks: [AttackResult]
  /// Share of the samples that stay right under every attack.
  public var worstCase: Double
  /// Accuracy under PGD over the radius.
  public var curve: [RobustPoint]
  public var flags: [MaskingFlag]
  /// Share of samples proven right everywhere in the ball by interval bounds, and of how many; `nil` if not computed.
  public var provenAccuracy: Double?
  public var provenSamples: Int?
  public var provenSeconds: Double?

  public init(
    ticket: String, digest: String, network: String, data: String, density: Double, ball: String, epsilon: Double,
    seed: UInt64, samples: Int, cleanAccuracy: Double, attacks: [AttackResult], worstCase: Double,
    curve: [RobustPoint], flags: [MaskingFlag]
  ) {
    self.ticket = ticket
    self.digest = digest
    self.network = network
    self.data = data
    self.density = density
    self.ball = ball
    self.epsilon = epsilon
    self.seed = seed
    self.samples = samples
    self.cleanAccuracy = cleanAccuracy
    self.attacks = attacks
    self.worstCase = worstCase
    self.curve = curve
    self.flags = flags
  }
}
