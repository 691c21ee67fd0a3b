public import Basics
public import Networks
public import Tickets
import Training

/// Everything that decides the result of local critic training, apart from the seeds.
public struct CriticsSettings: Configurable {
  /// Data, network, recipe, and what tickets inside of a sub-network need.
  public var search: SearchSettings = {
    var search = SearchSettings()
    search.model = "vgg-11-bn:0.125"
    search.trainingSamples = 10_000
    search.validation = 2000
    search.recipe.momentum = 0.9
    search.recipe.weightDecay = 5e-4
    search.recipe.learningRate = 0.05
    search.recipe.batch = 64
    search.recipe.steps = .epochs(12)
    search.recipe.schedule.shape = .cosine
    search.recipe.schedule.warmup = .epochs(1)
    search.recipe.evaluateEvery = .epochs(4)
    search.controls = ControlSet([Reinitialised.name, ShuffledMask.name])
    search.margin = 1
    return search
  }()
  /// In how many groups of layers the network is cut, one training each.
  public var groups = SettingList<Int>([2, 4])
  public var head = CriticHead.convolution(channels: 8)
  /// Of the critics' Adam.
  public var criticRate = 1e-3
  /// Batches from one step of a critic to the next.
  public var criticEvery = 1
  /// Confidences from which a sample leaves at a critic.
  public var thresholds = NumberList([0.9, 0.95])
  /// Percentage points of validation accuracy that the chosen sub-network may lose.
  public var allowance = 1.0
  /// Shares of the chosen sub-network's weights that tickets leave out.
  public var sparsities = NumberList([0.8])
  public var rounds = 1
  /// Threads that the groups of a training are shared among.
  public var cores = 1

  public init() {}

  private static let main: Set<String> = [
    "data", "model", "groups", "critic", "critic-lr", "critic-every", "thresholds", "allowance", "sparsity", "rounds",
    "steps", "lr", "controls", "cores",
  ]
  /// What is trained is the cross-entropy of softmax, on samples as they are.
  private static let fixed: Set<String> = [
    "loss", "class-weights", "sampling", "augmentation", "evaluate-samples", "drop-last",
  ]

  public static let fields: [SettingField<CriticsSettings>] =
    (SearchSettings.fields(of: [.data, .network, .training], except: fixed, in: \.search)
    + SearchSettings.fields(of: [.pruning, .search], in: \.search).filter {
      ["allocation", "rewind", "controls", "margin"].contains($0.key)
    } + own).map { field in field.with { $0.isMain = main.contains(field.key) } }

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identityFiles: [(key: String, path: String)] { search.identityFiles }

  private static let own: [SettingField<CriticsSettings>] = [
    SettingField(
      "groups", \.groups, "groups of layers that the network is cut in, a training for each number",
      valid: (
        "from 2 to 8, each once",
        { !$0.values.isEmpty && Set($0.values).count == $0.values.count && $0.values.allSatisfy { 2...8 ~= $0 } }
      )),
    SettingField("critic", \.head, "what a critic is: linear, conv (3x3, then linear), conv:CHANNELS"),
    SettingField("critic-lr", \.criticRate, "learning rate of the critics' Adam", valid: ("above 0", { $0 > 0 })),
    SettingField(
      "critic-every", \.criticEvery, "batches from one step of a critic to the next",
      valid: ("from 1 to 1000", { 1...1000 ~= $0 })),
    SettingField(
      "thresholds", \.thresholds, "confidences from which a sample leaves at a critic",
      valid: (
        "above 0 and below 1, each once",
        { $0.values.allSatisfy { 0 < $0 && $0 < 1 } && Set($0.values).count == $0.values.count }
      )),
    SettingField(
      "allowance", \.allowance, "points of validation accuracy that the chosen sub-network may lose",
      valid: ("from 0 to 100", { 0...100 ~= $0 })),
    SettingField(
      "sparsity", \.sparsities, "shares of the chosen sub-network's weights that tickets leave out",
      valid: (
        "above 0 and below 1, each once",
        { $0.values.allSatisfy { 0 < $0 && $0 < 1 } && Set($0.values).count == $0.values.count }
      )),
    SettingField(
      "rounds", \.rounds, "rounds in which pruning reaches a sparsity", valid: ("from 1 to 20", { 1...20 ~= $0 })),
    SettingField(
      "cores", \.cores, "threads that groups of one training are shared among; the bits are the same",
      valid: ("from 1 to 64", { 1...64 ~= $0 })
    ).extent,
  ]

  /// Ascending; the last is that of which a sub-network is chosen.
  var counts: [Int] { groups.values.sorted() }
  var sparsityValues: [Double] { sparsities.values.sorted() }
}
