public import Basics
import Networks
import Training

/// What a sifting study decides beside the settings of a search.
public struct SiftTerms: Configurable {
  /// Whether a layer's biases are ranked and removed with its weights.
  public var biases = true
  /// A ladder ends when a pruned layer has no more than this share of units with an incoming weight.
  public var stop = 0.2
  /// Where the ladder of `random-mask` begins: the share of each pruned layer's weights.
  public var startDensity = 0.3

  public init() {}

  public static let fields: [SettingField<SiftTerms>] = [
    SettingField("biases", \.biases, "whether biases are ranked with weights"),
    SettingField(
      "stop", \.stop, "share of units with an incoming weight at which pruning ends",
      valid: ("from 0 to below 1", { (0..<1).contains($0) })),
    SettingField(
      "start-density", \.startDensity, "density of the mask that random-mask begins with",
      valid: ("above 0 and up to 1", { 0 < $0 && $0 <= 1 })),
  ]
}

/// Recipes at several scales; options change them further.
public enum SiftPreset: String, CaseIterable, Sendable {
  /// Three layers of 256 on grey 16x16 images.
  case small
  /// The paper's network on 32x32 colour images, 1,500 steps a round.
  case full
  /// The paper's recipe: 100,000 steps of 1,000 samples a round.
  case paper

  public var summary: String {
    switch self {
    case .small: "three layers of 256 units, grey 16x16 images, 2,000 steps a round"
    case .full: "three layers of 1,024 units, colour images, 1,500 steps a round"
    case .paper: "the paper's recipe: three layers of 1,024 units, 100,000 steps of 1,000 samples a round"
    }
  }

  /// Pellegrini & Biroli 2022, arXiv:2104.13343: per layer 30 % a round, the output layer left, plain SGD at 0.1, Glorot
  /// normal weights, rewinding to step 1,000, or one in fifty where there are fewer. (Their batches are drawn with replacement; ours are epochs.)
  public var settings: SearchSettings {
    var settings = SearchSettings()
    settings.allocation = "layerwise"
    settings.exclude = "output"
    settings.controls = ControlSet([])
    settings.fraction = 0.3
    settings.initializer = .glorotNormal
    settings.recipe.learningRate = 0.1
    let (data, width, rounds, steps, batch) = scale
    settings.data = data
    settings.model = "bn-mlp:\(width),\(width),\(width)"
    settings.rounds = rounds
    settings.recipe.batch = batch
    settings.recipe.steps = .iterations(steps)
    settings.recipe.evaluateEvery = .iterations(max(100, steps / 5))
    settings.rewind = .iterations(min(1000, steps / 50))
    return settings
  }

  private var scale: (data: String, width: Int, rounds: Int, steps: Int, batch: Int) {
    switch self {
    case .small: ("cifar-10+grey+half", 256, 10, 2000, 128)
    case .full: ("cifar-10", 1024, 13, 1500, 256)
    case .paper: ("cifar-10", 1024, 30, 100_000, 1000)
    }
  }
}
