public import Basics
public import Networks
public import Tickets
import Training

/// What frozen weights are multiplied by, so that sums of the kept ones have the spread that the dense layer's would have.
public enum FanScale: String, CaseIterable, Sendable, SettingValue {
  /// 1 / sqrt(keep): the initialiser's deviation is that of a layer whose fan is its kept weights.
  case keep
  /// 1 / sqrt(1 - keep), as the reference codes have it, where the share that is kept is named the one that is pruned.
  case removed
  case none

  func factor(keep: Double) -> Double {
    switch self {
    case .keep: 1 / keep.squareRoot()
    case .removed: 1 / (1 - keep).squareRoot()
    case .none: 1
    }
  }
}

extension ScoreSelection.Scope: SettingValue {}

/// What is common to searches that train a score for every frozen weight: data, network and the scores' recipe.
public struct ScoreSettings: Sendable {
  public var search: SearchSettings = {
    var search = SearchSettings()
    search.initializer = .signedConstant
    search.recipe.momentum = 0.9
    search.recipe.weightDecay = 1e-4
    search.recipe.schedule.shape = .cosine
    search.recipe.steps = .epochs(10)
    return search
  }()
  /// Shares of the weights that are kept.
  public var keeps = NumberList([0.5])
  public var scope = ScoreSelection.Scope.local
  /// Epochs in which a global threshold takes the pruned share from a half to its end.
  public var ramp = Step.zero
  public var fanScale = FanScale.keep
  /// Rate of the networks beside it whose weights are trained.
  public var weightRate = 0.05

  public init() {}

  static func fields<Root>(in path: any WritableKeyPath<Root, ScoreSettings> & Sendable) -> [SettingField<Root>] {
    fields.map { SettingField($0, in: path) }
  }

  private static let fields: [SettingField<ScoreSettings>] =
    SearchSettings.fields(of: [.data, .network, .training], in: \.search) + [
      SettingField(
        "keep", \.keeps, "shares of the weights that are kept, each a search of its own",
        valid: (
          "above 0 and below 1, each once: with all weights or none there is nothing to choose",
          { !$0.values.isEmpty && $0.values.allSatisfy { 0 < $0 && $0 < 1 } && Set($0.values).count == $0.values.count }
        )
      ).extent.main,
      SettingField("scope", \.scope, "whether every layer keeps its share, or all layers together: local, global").main,
      SettingField(
        "ramp", \.ramp, "steps in which the pruned share rises from a half, for keep below a half; 0it for none"),
      SettingField("fan-scale", \.fanScale, "what frozen weights are scaled by: keep, removed or none").main,
      SettingField(
        "weight-lr", \.weightRate, "learning rate of the networks beside it whose weights are trained",
        valid: ("above 0", { $0 > 0 })),
    ]

  // MARK: parts of a search

  /// Descending.
  var levels: [Double] { keeps.values.sorted(by: >) }

  func selection(keep: Double, perEpoch: Int) -> ScoreSelection {
    ScoreSelection(keep: keep, scope: scope, ramp: ramp.iterations(perEpoch: perEpoch), stepsPerEpoch: perEpoch)
  }

  /// The frozen weights: those of the seed times the fan's factor. Biases are frozen as they start.
  func frozen(
    _ layout: ParameterLayout, seed: UInt64, keep: Double, stream: String = "initial-weights"
  ) -> Parameters {
    var weights = search.initializer.parameters(for: layout, seed: seed, stream: stream)
    let factor = Float(fanScale.factor(keep: keep))
    for entry in layout.prunable { for i in entry.range { weights.values[i] *= factor } }
    return weights
  }

  /// The recipe of the networks whose weights are trained.
  func weightRecipe(seed: UInt64) -> Recipe {
    var recipe = search.recipe
    recipe.orderSeed = seed
    recipe.learningRate = weightRate
    return recipe
  }

  /// - Throws: `Problem.usage` if a ramp is as long as training.
  func check(perEpoch: Int) throws {
    let total = search.recipe.steps.iterations(perEpoch: perEpoch)
    guard ramp.iterations(perEpoch: perEpoch) < total else {
      throw Problem.usage(
        "A ramp of \(ramp.settingText) does not end within a training of \(search.recipe.steps.settingText).",
        remedy: "Shorten it, or train longer: --set ramp=\(max(1, total / 2))it.")
    }
  }
}
