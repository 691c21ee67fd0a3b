public import Basics
public import Datasets
import Lanes
public import Networks
public import Pruning
public import Training

/// What happens to the weights after pruning.
public enum Retraining: String, CaseIterable, Sendable {
  /// Survivors go back to their values at the rewind step (Frankle et al. 2020, arXiv:1912.05671).
  case rewind
  /// Survivors keep their values; the learning rate goes back to the rewind step (Renda et al. 2020, arXiv:2003.02389).
  case learningRateRewind = "lr-rewind"
  /// Survivors keep their values and train on at the schedule's last rate.
  case finetune

  public var summary: String {
    switch self {
    case .rewind: "survivors go back to their values at the rewind step"
    case .learningRateRewind: "survivors keep their values, the schedule goes back to the rewind step"
    case .finetune: "survivors keep their values and train on at the last learning rate"
    }
  }
}

/// Factors by layer as one word: `fc3=0.5` or `output=0.5,fc1=0.9`.
public struct LayerFactors: Equatable, Sendable, SettingValue {
  public var factors: [String: Double] = [:]
  public init() {}

  public init?(setting text: String) {
    if text == "none" { return }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[0].isEmpty, let value = Double(sides[1]), (0...4).contains(value) else {
        return nil
      }
      factors[String(sides[0])] = value
    }
  }

  public var settingText: String {
    factors.isEmpty ? "none" : factors.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
  }
  public static var settingForm: String {
    "LAYER=FACTOR pairs with commas, factors from 0 to 4 (output names the last layer)"
  }
}

/// Everything that decides the result of a search, apart from the seeds.
public struct SearchSettings: Sendable {
  public var data = "fashion-mnist"
  public var loading = LoadOptions()
  public var normalisation = DataNormalisation.measured
  public var model = "lenet-300-100"
  /// What dense networks start from: `model`, `drawn`, or a file; see `startingWeights`.
  public var weights = SearchSettings.modelWeights
  /// A file whose mask is the ticket's; `none` where masks are found.
  public var mask = SearchSettings.foundMask
  public var algorithm = "iterative"
  public var criterion = "magnitude"
  public var allocation = "global"
  public var factors = LayerFactors()
  public var structure = Structure.weights
  /// For algorithms whose masks move: how often, the share that the first moves exchange, and up to which share of training.
  public var moveEvery = Step.iterations(100)
  public var moveFraction = 0.3
  public var moveUntil = 0.75
  /// Samples over which criteria take gradients.
  public var scoring = ScoringSamples()
  /// How often a round scores; 0 leaves it to the criterion.
  public var scoringPasses = 0
  /// Layers that are not pruned, with commas; `output` names the last.
  public var exclude = "none"
  public var rounds = 12
  public var fraction = 0.2
  public var rewind = Step.zero
  public var retraining = Retraining.rewind
  public var initializer = Initializer.kaimingNormal
  public var controls = ControlSet()
  /// Samples of the training set kept for validation.
  public var validation = 5000
  public var splitSeed: UInt64 = 0
  /// Samples of the training set that are trained on; 0 for all that validation leaves.
  public var trainingSamples = 0
  public var recipe = Recipe()
  /// Loss of mean validation accuracy, as a share, up to which a ticket is recommended where none is shown to match.
  public var tolerance = 0.002
  /// Percentage points of test accuracy by which a matching ticket may at most be worse.
  public var margin = 0.5
  /// Whether networks trained beside tickets keep their masks and weights.
  public var keepsControls = false
  /// Whether every pruning keeps its scores and the samples that they rest on.
  public var keepsScores = false

  public init() {}

  /// About the share of the weights that is left after some rounds of iterative pruning; counts round it.
  public func density(after rounds: Int) -> Double { (0..<rounds).reduce(1) { left, _ in left * (1 - fraction) } }
}

extension Retraining: SettingValue {
  public init?(setting text: String) { self.init(rawValue: text) }
  public var settingText: String { rawValue }
  public static var settingForm: String { "one of \(allCases.map(\.rawValue).joined(separator: ", "))" }
}
