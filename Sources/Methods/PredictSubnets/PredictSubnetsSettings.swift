public import Basics
public import Tickets
import Training

/// What a predictor of sub-networks is asked.
public struct PredictSubnetsSettings: Configurable {
  /// How a sub-network is measured for the predictors to learn from.
  public enum Measure: String, CaseIterable, SettingValue, Sendable {
    /// The sub-network is trained from the seed's weights.
    case training
    /// The trained dense network's weights are masked, and nothing is trained.
    case supernet
  }

  /// Which weights of a layer stay.
  public enum Pick: String, CaseIterable, SettingValue, Sendable {
    case magnitude, random
  }

  /// Data, network, and the recipe of every training.
  public var search: SearchSettings = {
    var search = SearchSettings()
    search.model = "mlp:128,96,64,48,32"
    search.trainingSamples = 6000
    search.recipe.steps = .epochs(1)
    search.recipe.momentum = 0.9
    search.recipe.learningRate = 0.05
    search.rounds = 1
    return search
  }()
  public var rates = NumberList([0.02, 0.05, 0.1, 0.25, 0.6])
  /// The chance that a sample lacks an elastic block.
  public var drop = 0.0
  public var measure = Measure.training
  public var pick = Pick.magnitude
  public var samples = 100
  public var heldOut = 50
  public var budget = 0.1
  public var chosen = 10
  public var repeats = 5
  public var width = 32
  public var layers = 2
  public var steps = 400
  public var rate = 0.01
  public var rank = 0.0

  public init() {}

  public static let fields: [SettingField<PredictSubnetsSettings>] =
    SearchSettings.fields(of: [.data, .network, .training], in: \.search)
    + SearchSettings.fields(of: [.pruning], in: \.search).filter { $0.key == "exclude" }
    + ownFields

  private static let ownFields: [SettingField<PredictSubnetsSettings>] =
    [
      SettingField(
        "keep-rates", \.rates, "shares of its weights that a layer may keep",
        valid: (
          "above 0 and up to 1, two or more, each once",
          {
            $0.values.count > 1 && $0.values.allSatisfy { 0 < $0 && $0 <= 1 } && Set($0.values).count == $0.values.count
          }
        )
      ).main,
      SettingField(
        "drop-blocks", \.drop, "chance that a sampled network lacks a block, where the network has elastic ones",
        valid: ("from 0 to below 1", { 0 <= $0 && $0 < 1 })
      ).main,
      SettingField("measure", \.measure, "what samples are: short training, or supernet (masked dense weights)").main,
      SettingField("pick", \.pick, "which weights of a layer stay: magnitude or random").main,
      SettingField(
        "samples", \.samples, "networks that predictors learn from", valid: ("from 8 to 5000", (8...5000).contains)
      ).main,
      SettingField(
        "held-out", \.heldOut, "networks on which predictors are judged", valid: ("from 5 to 1000", (5...1000).contains)
      ).main,
      SettingField(
        "budget", \.budget, "share of the dense network's weights that chosen networks may have",
        valid: ("above 0 and up to 1", { 0 < $0 && $0 <= 1 })
      ).main,
      SettingField(
        "chosen", \.chosen, "networks that every predictor chooses, and that are drawn at random beside them",
        valid: ("from 1 to 100", (1...100).contains)
      ).main,
      SettingField(
        "repeats", \.repeats, "trainings of one network in other orders of the data, for the noise",
        valid: ("from 2 to 100", (2...100).contains)),
      SettingField("gcn-width", \.width, "units of the graph network", valid: ("from 1 to 512", (1...512).contains)),
      SettingField("gcn-layers", \.layers, "layers of the graph network", valid: ("from 1 to 8", (1...8).contains)),
      SettingField(
        "gcn-steps", \.steps, "steps of Adam of the graph network", valid: ("from 1 to 100000", (1...100_000).contains)),
      SettingField("gcn-lr", \.rate, "their learning rate", valid: ("above 0", { $0 > 0 })),
      SettingField(
        "rank-loss", \.rank, "weight of the pairwise hinge on ranks beside the squared error",
        valid: ("at least 0", { $0 >= 0 })),
    ]

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identityFiles: [(key: String, path: String)] { search.identityFiles }
}
