/// One network of a certificate at one learning rate, with one value a seed.
public struct CertifiedArm: Codable, Equatable, Sendable {
  /// What was trained.
  public enum Kind: String, Codable, CaseIterable, Sendable {
    /// The whole network.
    case dense
    /// The mask found, from the weights it was found with.
    case ticket
    /// The ticket's mask, newly drawn weights.
    case reinit
    /// A dense network of the same depth, narrower, with as many weights as the mask keeps.
    case smallDense = "small-dense"
    /// The ticket's weights, each layer's mask in random order.
    case shuffled
    /// The ticket's weights, all layers' masks in one random order.
    case scattered
    /// The weights that the criterion likes least.
    case inverted
    /// Random places with ratios of a fixed rule.
    case randomRatio = "random-ratio"
    /// The mask found on data with random labels.
    case randomLabels = "random-labels"
    /// The mask found on data with random labels and pixels in random order, another in every image.
    case randomPixels = "random-pixels"
    /// The mask found on half of the data.
    case halfData = "half-data"

    /// Those that the five conditions do not need.
    public static let checks: [Kind] = [
      .shuffled, .scattered, .inverted, .randomRatio, .randomLabels, .randomPixels, .halfData,
    ]

    public var summary: String {
      switch self {
      case .dense: "the whole network"
      case .ticket: "the mask found, from the weights it was found with"
      case .reinit: "the ticket's mask, newly drawn weights"
      case .smallDense: "a narrower dense network with as many weights"
      case .shuffled: "each layer's mask in random order"
      case .scattered: "all layers' masks in one random order"
      case .inverted: "the weights that the criterion likes least"
      case .randomRatio: "random places, layers' ratios by a fixed rule"
      case .randomLabels: "the mask found on random labels"
      case .randomPixels: "the mask found on random labels and shuffled pixels"
      case .halfData: "the mask found on half of the data"
      }
    }
  }

  public var kind: Kind
  public var learningRate: Double
  /// Weights of linear and convolutional layers that it trains.
  public var weights: Int
  /// One a seed, after the last step.
  public var testAccuracy: [Double]
  public var validationAccuracy: [Double]
  /// What the last quarter of training added to the validation accuracy.
  public var lateGain: [Double]
  /// SHA-256 of the trained parameters.
  public var digests: [String]

  public init(
    kind: Kind, learningRate: Double, weights: Int, testAccuracy: [Double], validationAccuracy: [Double],
    lateGain: [Double], digests: [String]
  ) {
    self.kind = kind
    self.learningRate = learningRate
    self.weights = weights
    self.testAccuracy = testAccuracy
    self.validationAccuracy = validationAccuracy
    self.lateGain = lateGain
    self.digests = digests
  }
}

/// What a certificate asks, and how sure it wants to be.
public struct CertificateTerms: Codable, Equatable, Sendable {
  /// Accuracy, as a share, within which two networks count as alike.
  public var tolerance = 0.005
  /// Accuracy, as a share, by which one must lead to be clearly better.
  public var gap = 0.005
  /// The least share of weights removed that counts.
  public var minimumSparsity = 0.6
  /// Level of the tests, over all conditions together.
  public var alpha = 0.05
  public var learningRates: [Double]
  /// The rounds of the search whose tickets are judged.
  public var rounds: [Int]
  public var checks: [CertifiedArm.Kind]
  /// The rule of the random-ratio check's layer counts.
  public var ratioAllocation = "smart-ratio"

  public init(learningRates: [Double], rounds: [Int], checks: [CertifiedArm.Kind] = CertifiedArm.Kind.checks) {
    self.learningRates = learningRates
    self.rounds = rounds
    self.checks = checks
  }
}

/// One of the five conditions of Ma et al. 2021 (arXiv:2107.00166), or a part of one, with what the seeds say about it.
public struct CertifiedCondition: Codable, Equatable, Sendable {
  public enum State: String, Codable, Sendable { case holds, fails, undecided }

  /// 1 to 5.
  public var number: Int
  public var statement: String
  public var state: State
  /// What must be above the threshold: its mean with the 95 % interval of Student's t. A single exact value has no interval.
  public var value: Interval
  /// The same by resampling.
  public var bootstrap: Interval
  public var threshold: Double
  /// Probabilities, after Holm's correction over the conditions, of what was seen if the condition did not hold, and if it
  /// did.
  public var chanceIfFalse: Double
  public var chanceIfTrue: Double
  /// Which learning rates were compared, of the first and of the second network.
  public var learningRates: [Double]
  /// Seeds that would decide it, if the spread is what it seems; only where it is undecided and can be told.
  public var seedsNeeded: Int?

  /// By how much the condition is met, or missed where negative.
  public var margin: Double { value.mean - threshold }

  public init(
    number: Int, statement: String, state: State, value: Interval, bootstrap: Interval, threshold: Double,
    chanceIfFalse: Double, chanceIfTrue: Double, learningRates: [Double], seedsNeeded: Int?
  ) {
    self.number = number
    self.statement = statement
    self.state = state
    self.value = value
    self.bootstrap = bootstrap
    self.threshold = threshold
    self.chanceIfFalse = chanceIfFalse
    self.chanceIfTrue = chanceIfTrue
    self.learningRates = learningRates
    self.seedsNeeded = seedsNeeded
  }
}

/// A network beside the ticket that no condition needs.
public struct CertifiedCheck: Codable, Equatable, Sendable {
  public var kind: CertifiedArm.Kind
  /// The ticket's test accuracy less the other's, each at its best learning rate by validation.
  public var lead: Interval
  public var bootstrap: Interval
  /// Two-sided, after Holm's correction over the checks.
  public var chance: Double
  public var learningRates: [Double]

  public init(kind: CertifiedArm.Kind, lead: Interval, bootstrap: Interval, chance: Double, learningRates: [Double]) {
    self.kind = kind
    self.lead = lead
    self.bootstrap = bootstrap
    self.chance = chance
    self.learningRates = learningRates
  }
}

/// What a sub-network is, by Ma et al. 2021.
public enum CertifiedVerdict: String, Codable, CaseIterable, Sendable {
  /// All five conditions hold.
  case jackpot
  /// The first four hold, the fifth does not.
  case secondaryPrize = "secondary prize"
  /// One of the first four does not hold.
  case none
  /// The seeds do not tell.
  case undecided
}

/// One density of a certificate.
public struct CertifiedDensity: Codable, Equatable, Sendable {
  public var round: Int
  /// Surviving prunable weights.
  public var remaining: Int
  public var density: Double
  public var arms: [CertifiedArm]
  public var conditions: [CertifiedCondition]
  public var checks: [CertifiedCheck]
  public var verdict: CertifiedVerdict
  public var sentences: [String]

  public init(
    round: Int, remaining: Int, density: Double, arms: [CertifiedArm], conditions: [CertifiedCondition],
    checks: [CertifiedCheck], verdict: CertifiedVerdict, sentences: [String]
  ) {
    self.round = round
    self.remaining = remaining
    self.density = density
    self.arms = arms
    self.conditions = conditions
    self.checks = checks
    self.verdict = verdict
    self.sentences = sentences
  }
}

/// The result of `tombola certify`: every accuracy that the verdict rests on, the verdict, and the way to make both again.
public struct Certificate: Codable, Equatable, Sendable {
  public static let format = "tombola-certificate-1"

  public var format = Certificate.format
  /// Of the search that finds the tickets.
  public var settings: [String: String]
  public var terms: CertificateTerms
  public var seeds: [UInt64]
  public var dataset: DatasetSummary
  /// The dense network at every learning rate.
  public var dense: [CertifiedArm]
  public var densities: [CertifiedDensity]
  /// The digest of the ticket that was asked about, where one was.
  public var ticketDigest: String?
  public var reproduce: String
  /// Wall-clock seconds by phase.
  public var seconds: [String: Double]
  public var residentBytes: Int
  /// SHA-256 of everything else, as JSON with sorted keys and this field empty.
  public var digest = ""

  public init(
    settings: [String: String], terms: CertificateTerms, seeds: [UInt64], dataset: DatasetSummary,
    dense: [CertifiedArm], densities: [CertifiedDensity], ticketDigest: String?, reproduce: String,
    seconds: [String: Double], residentBytes: Int
  ) {
    self.settings = settings
    self.terms = terms
    self.seeds = seeds
    self.dataset = dataset
    self.dense = dense
    self.densities = densities
    self.ticketDigest = ticketDigest
    self.reproduce = reproduce
    self.seconds = seconds
    self.residentBytes = residentBytes
  }
}
