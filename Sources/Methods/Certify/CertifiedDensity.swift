package import Basics

/// One network of a certificate at one learning rate, with one value a seed.
package struct CertifiedArm: Codable, Equatable, Sendable {
  /// What was trained.
  package enum Kind: String, Codable, CaseIterable, Sendable {
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
    package static let checks: [Kind] = [
      .shuffled, .scattered, .inverted, .randomRatio, .randomLabels, .randomPixels, .halfData,
    ]

    package var summary: String {
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

  package var kind: Kind
  package var learningRate: Double
  /// Weights of linear and convolutional layers that it trains.
  package var weights: Int
  /// One a seed, after the last step.
  package var testAccuracy: [Double]
  package var validationAccuracy: [Double]
  /// What the last quarter of training added to the validation accuracy.
  package var lateGain: [Double]
  /// SHA-256 of the trained parameters.
  package var digests: [String]
}

/// One of the five conditions of Ma et al. 2021 (arXiv:2107.00166), or a part of one, with what the seeds say about it.
package struct CertifiedCondition: Codable, Equatable, Sendable {
  package enum State: String, Codable, Sendable { case holds, fails, undecided }

  /// 1 to 5; 0 for what must hold before any of them means anything.
  package var number: Int
  package var statement: String
  package var state: State
  /// What must be above the threshold: its mean with the 95 % interval of Student's t. A single exact value has no interval.
  package var value: Interval
  /// The same by resampling.
  package var bootstrap: Interval
  package var threshold: Double
  /// Probabilities, after Holm's correction over the conditions, of what was seen if the condition did not hold, and if it
  /// did.
  package var chanceIfFalse: Double
  package var chanceIfTrue: Double
  /// Which learning rates were compared, of the first and of the second network.
  package var learningRates: [Double]
  /// Seeds that would decide it, if the spread is what it seems; only where it is undecided and can be told.
  package var seedsNeeded: Int?

  /// Whether it says that the dense network has learned nothing.
  package var isIdle: Bool { number == 0 && state != .holds }

  /// By how much the condition is met, or missed where negative.
  package var margin: Double { value.mean - threshold }
}

/// A network beside the ticket that no condition needs.
package struct CertifiedCheck: Codable, Equatable, Sendable {
  package var kind: CertifiedArm.Kind
  /// The ticket's test accuracy less the other's, each at its best learning rate by validation.
  package var lead: Interval
  package var bootstrap: Interval
  /// Two-sided, after Holm's correction over the checks.
  package var chance: Double
  package var learningRates: [Double]
}

/// What a sub-network is, by Ma et al. 2021.
package enum CertifiedVerdict: String, Codable, CaseIterable, Sendable {
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
package struct CertifiedDensity: Codable, Equatable, Sendable {
  package var round: Int
  /// Surviving prunable weights.
  package var remaining: Int
  package var density: Double
  package var arms: [CertifiedArm]
  package var conditions: [CertifiedCondition]
  package var checks: [CertifiedCheck]
  package var verdict: CertifiedVerdict
  package var sentences: [String]
}

extension [CertifiedArm] {
  /// The network of a kind with the highest mean validation accuracy, at the lowest learning rate of equals.
  package func best(_ kind: CertifiedArm.Kind) -> CertifiedArm {
    let found = filter { $0.kind == kind }.sorted { $0.learningRate < $1.learningRate }
    precondition(!found.isEmpty, "no network is \(kind)")
    return found.reduce(found[0]) { $1.validationAccuracy.mean > $0.validationAccuracy.mean ? $1 : $0 }
  }
}

extension [Double] {
  /// Of values of which there is at least one.
  var mean: Double { reduce(0, +) / Double(count) }
}
