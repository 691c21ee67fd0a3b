/// What one kind of network reached in a boost, over the seeds.
public struct BoostArm: Codable, Equatable, Sendable {
  /// `ticket`, `winning`, `reinit`, `shuffled`, `dense 0.1` or `dense 0.1 warm`.
  public var name: String
  public var density: Double
  public var learningRate: Double
  /// Validation accuracy at early steps, by step.
  public var early: [EarlyPoint]
  /// After the last step; those under attack where training is adversarial.
  public var validationAccuracy: Interval
  public var testAccuracy: Interval
  public var fgsmAccuracy: Interval?
  public var pgdAccuracy: Interval?
  /// Mean height of the validation curve, by step.
  public var area: Interval
  /// Epochs until an evaluation first finds the target reached; `nil` where a seed never reached it.
  public var epochsToTarget: Interval?
  /// Seeds that reached it.
  public var seedsAtTarget: Int
  /// Mean seconds of mask phase and training until then; `nil` where a seed never reached it.
  public var secondsToTarget: Double?
  /// Mean seconds of the mask phase, zero for dense networks; of all steps, of the attacks among them, and of evaluations.
  public var maskSeconds: Double
  public var trainingSeconds: Double
  public var attackSeconds: Double
  public var evaluationSeconds: Double
  /// Steps of the first evaluation that found one step of attack withstood and twenty not, by seed; -1 for never.
  public var overfitsSingleStepAt: [Int]
  /// Means over the seeds.
  public var curve: [CurvePoint]

  public struct EarlyPoint: Codable, Equatable, Sendable {
    public var step: Int
    public var accuracy: Interval

    public init(step: Int, accuracy: Interval) {
      self.step = step
      self.accuracy = accuracy
    }
  }

  public init(
    name: String, density: Double, learningRate: Double, early: [EarlyPoint], validationAccuracy: Interval,
    testAccuracy: Interval, fgsmAccuracy: Interval?, pgdAccuracy: Interval?, area: Interval, epochsToTarget: Interval?,
    seedsAtTarget: Int, secondsToTarget: Double?, maskSeconds: Double, trainingSeconds: Double, attackSeconds: Double,
    evaluationSeconds: Double, overfitsSingleStepAt: [Int],
    curve: [CurvePoint]
  ) {
    self.name = name
    self.density = density
    self.learningRate = learningRate
    self.early = early
    self.validationAccuracy = validationAccuracy
    self.testAccuracy = testAccuracy
    self.fgsmAccuracy = fgsmAccuracy
    self.pgdAccuracy = pgdAccuracy
    self.area = area
    self.epochsToTarget = epochsToTarget
    self.seedsAtTarget = seedsAtTarget
    self.secondsToTarget = secondsToTarget
    self.maskSeconds = maskSeconds
    self.trainingSeconds = trainingSeconds
    self.attackSeconds = attackSeconds
    self.evaluationSeconds = evaluationSeconds
    self.overfitsSingleStepAt = overfitsSingleStepAt
    self.curve = curve
  }
}

/// How a mask came about, and how close the sparse network's path stays to the dense one's.
public struct MaskPhase: Codable, Equatable, Sendable {
  /// `ticket` or `winning`.
  public var name: String
  public var learningRate: Double
  public var objective: String
  /// Mean seconds of the phase's steps, and of the attacks among them.
  public var seconds: Double
  public var attackSeconds: Double
  /// Share of the largest tenth of the initial magnitudes among the largest tenth of the trained ones; 0.1 by chance
  /// (R_0.1 of Ma et al. 2021, arXiv:2107.00166).
  public var correlation: Interval
  /// |dense - sparse| / |dense| after each epoch at this rate, over all prunable weights and over those of the mask.
  public var distance: [Interval]
  public var maskedDistance: [Interval]
  public var overfitsSingleStepAt: [Int]

  public init(
    name: String, learningRate: Double, objective: String, seconds: Double, attackSeconds: Double,
    correlation: Interval, distance: [Interval], maskedDistance: [Interval], overfitsSingleStepAt: [Int]
  ) {
    self.name = name
    self.learningRate = learningRate
    self.objective = objective
    self.seconds = seconds
    self.attackSeconds = attackSeconds
    self.correlation = correlation
    self.distance = distance
    self.maskedDistance = maskedDistance
    self.overfitsSingleStepAt = overfitsSingleStepAt
  }
}

/// The result of `tombola boost`, which is `result.json`.
public struct BoostResult: Codable, Equatable, Sendable {
  public var command = "boost"
  public var settings: [String: String]
  public var seeds: [UInt64]
  public var masks: [MaskPhase]
  public var arms: [BoostArm]
  /// The dense network of the best rate, by the accuracy that counts on the validation split.
  public var bestDense: String
  /// `validationAccuracy`, or `validationPGD` where training is adversarial.
  public var measure: String
  /// What the best dense network reaches after the last step, in the mean; the target of a seed is what its own reaches.
  public var target: Double
  /// Mean time of mask phase and ticket until the target over that of the best dense network; `nil` if a ticket never got
  /// there.
  public var timeRatio: Double?
  public var verdict: [String]
  public var reproduce: String

  public init(
    settings: [String: String], seeds: [UInt64], masks: [MaskPhase], arms: [BoostArm], bestDense: String,
    measure: String, target: Double, timeRatio: Double?, verdict: [String], reproduce: String
  ) {
    self.settings = settings
    self.seeds = seeds
    self.masks = masks
    self.arms = arms
    self.bestDense = bestDense
    self.measure = measure
    self.target = target
    self.timeRatio = timeRatio
    self.verdict = verdict
    self.reproduce = reproduce
  }
}
