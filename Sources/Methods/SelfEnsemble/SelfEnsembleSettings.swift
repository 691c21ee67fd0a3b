public import Basics
public import Tickets
import Training

/// A way to train on labels of which some are wrong.
public enum NoisyArm: String, CaseIterable, Codable, Sendable {
  case plain
  case smallLoss = "small-loss"
  case coTeaching = "co-teaching"
  case selfEnsemble = "self-ensemble"

  var title: String {
    switch self {
    case .plain: "Plain training"
    case .smallLoss: "Small loss, one snapshot"
    case .coTeaching: "Co-teaching"
    case .selfEnsemble: "Temporal self-ensemble"
    }
  }
}

/// A view of a sample that says the same.
public enum SampleView: String, CaseIterable, Sendable, SettingValue {
  /// Moved by two pixels, down to the right and up to the left; edges are repeated.
  case moved
  case mirrored
}

/// Everything that decides the result of training under label noise, apart from the seeds.
public struct SelfEnsembleSettings: Configurable {
  /// Data, network and recipe.
  public var search: SearchSettings = {
    var search = SearchSettings()
    search.model = "conv-s:0.5"
    search.trainingSamples = 10_000
    search.recipe.momentum = 0.9
    search.recipe.learningRate = 0.05
    search.recipe.batch = 128
    search.recipe.steps = .epochs(20)
    search.recipe.schedule.shape = .cosine
    return search
  }()
  public var noise = LabelNoise(.symmetric, rate: 0.5)
  /// What the methods take for the share of wrong labels; the true one if `nil`.
  public var assumed: Double?
  /// Epochs on all samples.
  public var warmup = 3
  /// Epochs in which the share that is left out rises to the assumed rate, counted from the first.
  public var ramp = 10
  public var snapshots = 5
  public var views = SettingList<SampleView>([.moved])
  /// What the rank by views counts beside that by losses.
  public var viewWeight = 0.5
  /// Shares of the weights that random masks leave out; the dense network is always there.
  public var sparsities = NumberList([0.8, 0.95])

  public init() {}

  private static let main: Set<String> = [
    "data", "model", "steps", "lr", "noise", "assumed-rate", "ensemble-warmup", "ramp", "snapshots", "views",
    "view-weight", "sparsity",
  ]
  /// What is trained is the cross-entropy of softmax, on samples as they are.
  private static let fixed: Set<String> = [
    "loss", "class-weights", "sampling", "augmentation", "evaluate", "evaluate-samples", "drop-last",
  ]

  public static let fields: [SettingField<SelfEnsembleSettings>] =
    (SearchSettings.fields(of: [.data, .network, .training], except: fixed, in: \.search) + own).map { field in
      field.with { $0.isMain = main.contains(field.key) }
    }

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identityFiles: [(key: String, path: String)] { search.identityFiles }

  private static let own: [SettingField<SelfEnsembleSettings>] = [
    SettingField("noise", \.noise, "wrong labels of training samples: none, symmetric:0.5, pair:0.45"),
    SettingField(
      "assumed-rate", \.assumed, "share of wrong labels that the methods assume; nothing for the true one",
      valid: ("from 0 to below 1", { $0.map { 0 <= $0 && $0 < 1 } ?? true })),
    SettingField(
      "ensemble-warmup", \.warmup, "epochs on all samples before any are left out",
      valid: ("from 1 to 1000", { 1...1000 ~= $0 })),
    SettingField(
      "ramp", \.ramp, "epochs until the whole assumed share is left out", valid: ("from 1 to 1000", { 1...1000 ~= $0 })),
    SettingField(
      "snapshots", \.snapshots, "epochs whose losses are added", valid: ("from 1 to 100", { 1...100 ~= $0 })),
    SettingField("views", \.views, "views of a sample whose predictions are compared: moved, mirrored"),
    SettingField(
      "view-weight", \.viewWeight, "what disagreement between views of a sample counts beside its losses",
      valid: ("from 0 to 10", { 0...10 ~= $0 })),
    SettingField(
      "sparsity", \.sparsities, "shares of the weights that random masks leave out, beside the dense network",
      valid: ("above 0 and below 1", { $0.values.allSatisfy { 0 < $0 && $0 < 1 } })),
  ]

  var assumedRate: Double { assumed ?? noise.rate }

  /// Share of the samples that an epoch keeps: `1 - tau min(t / T_k, 1)`.
  package func keptShare(epoch: Int) -> Double {
    epoch < warmup ? 1 : 1 - assumedRate * min(Double(epoch + 1) / Double(ramp), 1)
  }

  /// The dense network first, then ascending.
  var levels: [Double] { [0] + Set(sparsities.values).sorted() }
}
