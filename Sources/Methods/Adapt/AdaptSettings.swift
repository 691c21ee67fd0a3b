public import Basics
public import Tickets
import Training

/// What a network trained on the source does with samples of the target.
public enum AdaptArm: String, CaseIterable, Codable, Sendable, SettingValue {
  /// Nothing.
  case source
  /// Measures batch norm's running statistics anew, and moves no weight (Li et al. 2016, arXiv:1603.04779).
  case statistics
  /// Information maximisation.
  case information = "im"
  /// The same and cross-entropy with pseudo-labels.
  case pseudoLabels = "pseudo"
  /// The same and what the examiner adds.
  case examiner

  package var title: String {
    switch self {
    case .source: "Source only"
    case .statistics: "Batch norm only"
    case .information: "Information maximisation"
    case .pseudoLabels: "With pseudo-labels"
    case .examiner: "With the examiner"
    }
  }
}

/// Everything that decides a study of adaptation, apart from the seeds.
public struct AdaptSettings: Configurable {
  /// Data, network and recipe of the source.
  public var search: SearchSettings = {
    var search = SearchSettings()
    search.model = "conv-s:0.5"
    search.trainingSamples = 10_000
    search.validation = 2000
    search.rounds = 1
    search.controls = ControlSet([Reinitialised.name, ShuffledMask.name])
    search.recipe.momentum = 0.9
    search.recipe.learningRate = 0.05
    search.recipe.weightDecay = 5e-4
    search.recipe.batch = 128
    search.recipe.steps = .epochs(10)
    search.recipe.schedule.shape = .cosine
    return search
  }()
  /// Shares of the weights that go; the dense network is always there.
  public var sparsities = NumberList([0.9])
  /// Changes of the data that make the target: `rotate:35`, `blur:1.5+contrast:0.4`; `none` for none.
  public var shift = "rotate:35"
  /// Another data set of the same classes; the source's, changed, where it is empty.
  public var targetData = ""
  public var arms = SettingList<AdaptArm>(AdaptArm.allCases)
  /// Samples without labels.
  public var targetSamples = 5000
  public var steps = Step.epochs(5)
  public var rate = 0.01
  /// What each term of the loss counts; 0 leaves it out.
  public var entropy = 1.0
  public var diversity = 1.0
  public var pseudo = 0.1
  public var correlation = 0.3
  public var attention = 0.1
  /// Numbers of the examiner's hidden layer and of its embedding.
  public var examinerWidth = 32
  /// Steps of the examiners that judge finished networks.
  public var judgeSteps = 200

  public init() {}

  private static let main: Set<String> = [
    "data", "model", "steps", "lr", "sparsity", "controls", "shift", "target-data", "arms", "adapt-steps", "adapt-lr",
  ]
  private static let fixed: Set<String> = ["weights", "evaluate-samples"]

  public static let fields: [SettingField<AdaptSettings>] =
    (SearchSettings.fields(of: [.data, .network, .training], except: fixed, in: \.search)
    + SearchSettings.fields(of: [.pruning, .search], in: \.search).filter {
      ["allocation", "controls"].contains($0.key)
    }
    + own).map { field in field.with { $0.isMain = main.contains(field.key) } }

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identityFiles: [(key: String, path: String)] { search.identityFiles }

  private static let positive = (rule: "from 0 to 100", holds: { @Sendable (weight: Double) in 0...100 ~= weight })

  private static let own: [SettingField<AdaptSettings>] = [
    SettingField(
      "sparsity", \.sparsities, "shares of the weights that tickets leave out, beside the dense network",
      valid: (
        "above 0 and below 1, each once",
        { $0.values.allSatisfy { 0 < $0 && $0 < 1 } && Set($0.values).count == $0.values.count }
      )),
    SettingField(
      "shift", \.shift, "changes that make the target: rotate:35, blur:1.5+contrast:0.4, invert; none for none",
      valid: ("a word", { !$0.isEmpty })),
    SettingField(
      "target-data", \.targetData, "another data set of the same classes; nothing for the source's, changed"),
    SettingField(
      "arms", \.arms, "what is done with the target: source, statistics, im, pseudo, examiner",
      valid: (
        "source and others, each once",
        {
          $0.values.contains(.source) && Set($0.values).count == $0.values.count
        }
      )),
    SettingField(
      "target-samples", \.targetSamples, "samples without labels; 0 for all", valid: ("at least 0", { $0 >= 0 })),
    SettingField(
      "adapt-steps", \.steps, "length of adaptation, in epochs of the target's samples",
      valid: ("whole epochs, from 1ep to 1000ep", { $0.iterations == 0 && 1...1000 ~= $0.epochs })),
    SettingField("adapt-lr", \.rate, "learning rate of adaptation", valid: ("above 0", { $0 > 0 })),
    SettingField("entropy-weight", \.entropy, "what the entropy of a prediction counts", valid: positive),
    SettingField(
      "diversity-weight", \.diversity, "what the entropy of the mean prediction counts", valid: positive),
    SettingField(
      "pseudo-weight", \.pseudo, "what cross-entropy with pseudo-labels counts", valid: positive),
    SettingField(
      "correlation-weight", \.correlation, "what likeness of similarities in network and examiner counts",
      valid: positive),
    SettingField(
      "attention-weight", \.attention, "what likeness of attention in network and examiner counts", valid: positive),
    SettingField(
      "examiner-width", \.examinerWidth, "numbers of the examiner's hidden layer and of its embedding",
      valid: ("from 2 to 1024", { 2...1024 ~= $0 })),
    SettingField(
      "judge-steps", \.judgeSteps, "training of the examiners that judge finished networks",
      valid: ("from 1 to 100000", { 1...100_000 ~= $0 })),
  ]

  /// Ascending.
  var sparsityValues: [Double] { sparsities.values.sorted() }

  /// In the order of the catalogue.
  var armValues: [AdaptArm] { AdaptArm.allCases.filter(arms.values.contains) }

  /// The name of the target's data set.
  var target: String { (targetData.isEmpty ? search.data : targetData) + (shift == "none" ? "" : "+\(shift)") }

  var weights: AdaptWeights { AdaptWeights(entropy, diversity, pseudo, correlation, attention) }
}

/// What terms of the loss count.
package struct AdaptWeights: Equatable, Sendable {
  package var entropy, diversity, pseudo, correlation, attention: Double

  package init(
    _ entropy: Double, _ diversity: Double, _ pseudo: Double, _ correlation: Double, _ attention: Double
  ) {
    (self.entropy, self.diversity, self.pseudo) = (entropy, diversity, pseudo)
    (self.correlation, self.attention) = (correlation, attention)
  }

  /// Those of the terms that an arm has.
  func of(_ arm: AdaptArm) -> AdaptWeights {
    switch arm {
    case .source, .statistics: AdaptWeights(0, 0, 0, 0, 0)
    case .information: AdaptWeights(entropy, diversity, 0, 0, 0)
    case .pseudoLabels: AdaptWeights(entropy, diversity, pseudo, 0, 0)
    case .examiner: self
    }
  }

  /// Whether an examiner is trained.
  var examines: Bool { correlation > 0 || attention > 0 }
}
