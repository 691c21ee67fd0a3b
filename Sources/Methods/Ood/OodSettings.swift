public import Basics
public import Tickets
import Training

/// What a network is trained with.
public enum OodLoss: String, CaseIterable, Codable, Sendable, SettingValue {
  /// Cross-entropy of softmax over a trained head.
  case ce
  /// Margin softmax and squared distance to fixed centres.
  case pedcc

  var title: String { self == .ce ? "Cross-entropy" : "Fixed centres" }
}

/// Samples that are no data.
public enum OodNoise: String, CaseIterable, Sendable, SettingValue {
  /// Every number alike between the ends of what pixels can be.
  case uniform
  /// Normal numbers with the mean and the deviation of each channel of the training samples.
  case gaussian

  var title: String { self == .uniform ? "uniform noise" : "Gaussian noise" }
}

/// Everything that decides a study of samples from elsewhere, apart from the seeds.
public struct OodSettings: Configurable {
  /// Data, network and recipe.
  public var search: SearchSettings = {
    var search = SearchSettings()
    search.model = "conv-s:0.5"
    search.trainingSamples = 10_000
    search.validation = 2000
    search.rounds = 1
    search.controls = ControlSet([Reinitialised.name, RandomMask.name])
    search.recipe.momentum = 0.9
    search.recipe.learningRate = 0.05
    search.recipe.weightDecay = 5e-4
    search.recipe.batch = 128
    search.recipe.steps = .epochs(10)
    search.recipe.schedule.shape = .cosine
    return search
  }()
  public var losses = SettingList<OodLoss>([.ce, .pedcc])
  /// Shares of the weights that go; the dense network is always there.
  public var sparsities = NumberList([0.8, 0.95])
  /// Data sets that samples from elsewhere come from.
  public var outData = WordList(["digits+resize:28"])
  public var noise = SettingList<OodNoise>([.uniform, .gaussian])
  /// Samples of noise, and at most of a data set from elsewhere.
  public var outSamples = 2000
  /// Numbers of a feature that centres stand among; one less than there are classes if 0.
  public var dimension = 0
  /// s, m, lambda and n of the loss of fixed centres.
  public var scale = 15.0
  public var margin = 0.5
  public var weight = 1.0
  public var root = 1

  public init() {}

  private static let main: Set<String> = [
    "data", "model", "steps", "lr", "loss-of", "sparsity", "out-data", "out-noise", "controls", "centre-scale",
    "centre-margin",
  ]
  /// What is trained with stands in `loss-of`, on samples as they are.
  private static let fixed: Set<String> = [
    "loss", "class-weights", "sampling", "augmentation", "weights", "evaluate", "evaluate-samples", "drop-last",
  ]

  public static let fields: [SettingField<OodSettings>] =
    (SearchSettings.fields(of: [.data, .network, .training], except: fixed, in: \.search)
    + SearchSettings.fields(of: [.pruning, .search], in: \.search).filter {
      ["allocation", "controls"].contains($0.key)
    }
    + own).map { field in field.with { $0.isMain = main.contains(field.key) } }

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identityFiles: [(key: String, path: String)] { search.identityFiles }

  private static let own: [SettingField<OodSettings>] = [
    SettingField(
      "loss-of", \.losses, "what networks are trained with: ce (softmax), pedcc (fixed centres)",
      valid: ("at least one, each once", { !$0.values.isEmpty && Set($0.values).count == $0.values.count })),
    SettingField(
      "sparsity", \.sparsities, "shares of the weights that tickets leave out, beside the dense network",
      valid: (
        "above 0 and below 1, each once",
        { $0.values.allSatisfy { 0 < $0 && $0 < 1 } && Set($0.values).count == $0.values.count }
      )),
    SettingField(
      "out-data", \.outData, "data sets of samples from elsewhere, of the same shape: digits+resize:28; none for none",
      valid: ("each once", { Set($0.values).count == $0.values.count })),
    SettingField(
      "out-noise", \.noise, "noise beside them: uniform, gaussian",
      valid: ("each once", { Set($0.values).count == $0.values.count })),
    SettingField(
      "out-samples", \.outSamples, "samples of noise, and at most of a data set from elsewhere",
      valid: ("from 2 to 1000000", { 2...1_000_000 ~= $0 })),
    SettingField(
      "centre-dimension", \.dimension, "numbers of a feature among which centres stand; 0 for one less than classes",
      valid: ("from 0 to 4096", { 0...4096 ~= $0 })),
    SettingField(
      "centre-scale", \.scale, "what cosines are multiplied by in the margin softmax",
      valid: ("above 0 and up to 1000", { 0 < $0 && $0 <= 1000 })),
    SettingField(
      "centre-margin", \.margin, "what the cosine with a sample's own centre is lowered by",
      valid: ("from 0 to 1", { 0...1 ~= $0 })),
    SettingField(
      "centre-weight", \.weight, "what the squared distance to the centre counts",
      valid: ("from 0 to 1000", { 0...1000 ~= $0 })),
    SettingField(
      "centre-root", \.root, "root that is taken of the mean squared distance",
      valid: ("from 1 to 10", { 1...10 ~= $0 })
    ),
  ]

  /// Names of data sets; `none` is none.
  var outNames: [String] { outData.values.filter { $0 != "none" } }

  /// Ascending.
  var sparsityValues: [Double] { sparsities.values.sorted() }
}
