/// What one seed of a search gave, in short: what lists, statistics over seeds and comparisons read.
///
/// `seed-N.json` holds it; the file is there once every training of the seed is done.
public struct SeedSummary: Codable, Equatable, Sendable {
  /// One network that was trained.
  public struct Stage: Codable, Equatable, Sendable {
    /// `dense`, `round-03`, `round-03.reinit`: the name of its record.
    public var name: String
    /// 0 for the dense network.
    public var round: Int
    /// `dense`, `ticket`, or the control.
    public var arm: String
    /// Surviving prunable weights, and their share.
    public var remaining: Int
    public var density: Double
    public var testAccuracy: Double
    public var validationAccuracy: Double
    public var earlyStopStep: Int
    public var earlyStopTestAccuracy: Double
    /// SHA-256 of the trained weights.
    public var digest: String

    public init(
      name: String, round: Int, arm: String, remaining: Int, density: Double, testAccuracy: Double,
      validationAccuracy: Double, earlyStopStep: Int, earlyStopTestAccuracy: Double, digest: String
    ) {
      self.name = name
      self.round = round
      self.arm = arm
      self.remaining = remaining
      self.density = density
      self.testAccuracy = testAccuracy
      self.validationAccuracy = validationAccuracy
      self.earlyStopStep = earlyStopStep
      self.earlyStopTestAccuracy = earlyStopTestAccuracy
      self.digest = digest
    }
  }

  public var format = 1
  public var seed: UInt64
  /// The dense network, then each round's ticket and controls.
  public var stages: [Stage]
  /// Seconds of training and evaluation, added over all stages.
  public var seconds: Double
  /// Largest resident size of the process that finished the seed.
  public var residentBytes: Int
  /// Seconds since 1970.
  public var finished: Double

  public init(seed: UInt64, stages: [Stage], seconds: Double, residentBytes: Int, finished: Double) {
    self.seed = seed
    self.stages = stages
    self.seconds = seconds
    self.residentBytes = residentBytes
    self.finished = finished
  }

  /// SHA-256 over names and digests of all stages: equal exactly if all trained weights are.
  public var digest: String { Digest.sha256(stages.map { "\($0.name) \($0.digest)\n" }.joined()) }

  public func stage(_ arm: String, round: Int) -> Stage? { stages.first { $0.round == round && $0.arm == arm } }

  public static func fileName(_ seed: UInt64) -> String { "seed-\(seed).json" }
}
