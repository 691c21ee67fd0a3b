public import Basics
import Networks
package import Tickets
import Training

/// What a sifting study is asked.
public struct SiftSettings: Configurable {
  package var preset = SiftPreset.small
  /// Data, network, recipe and rounds. Criterion, allocation and the rest are sifting's own, and there are no controls.
  package var search = SiftPreset.small.settings
  /// Whether a layer's biases are ranked and removed with its weights.
  package var biases = true
  /// A ladder ends when a pruned layer has no more than this share of units with an incoming weight.
  package var stop = 0.2
  /// Where the ladder of `random-mask` begins: the share of each pruned layer's weights.
  package var startDensity = 0.3
  package var arms = SiftArmList([.iterative])
  /// Random masks for each null model.
  package var draws = 64

  public init() {}

  public static let fields: [SettingField<SiftSettings>] =
    [SettingField("preset", \.preset, "where other settings start: small, full or paper").base.main]
    + SearchSettings.fields(
      of: [.data, .network, .training, .robustness, .pruning, .search],
      except: [
        "algorithm", "criterion", "allocation", "factors", "structure", "exclude", "retraining", "controls",
        "tolerance", "margin",
      ], in: \.search) + [
      SettingField("arms", \.arms, "ladders of masks to compare, or all; tombola list arms shows them").extent.main,
      SettingField(
        "draws", \.draws, "random masks a null model", valid: ("from 2 to 100000", { (2...100_000).contains($0) })
      ).extent.main,
      SettingField("biases", \.biases, "whether biases are ranked with weights"),
      SettingField(
        "stop", \.stop, "share of units with an incoming weight at which pruning ends",
        valid: ("from 0 to below 1", { (0..<1).contains($0) })),
      SettingField(
        "start-density", \.startDensity, "density of the mask that random-mask begins with",
        valid: ("above 0 and up to 1", { 0 < $0 && $0 <= 1 })),
    ]

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }

  /// The settings of the preset.
  public static func base(_ given: [String: String]) throws -> SiftSettings {
    var settings = SiftSettings()
    if let preset = given["preset"] { try settings.set("preset", to: preset) }
    settings.search = settings.preset.settings
    return settings
  }

  public var identityFiles: [(key: String, path: String)] { search.identityFiles }

  /// A search's, and below it the terms of sifting that differ from their defaults.
  public var identity: String {
    let terms = changes.filter { ["biases", "stop", "start-density"].contains($0.key) }
    return "\(search.identity)\n\(terms.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "\n"))"
  }
}

/// Arms by name, each once; `all` for every one.
package struct SiftArmList: SettingValue {
  package var arms: [SiftArm]
  package init(_ arms: [SiftArm]) { self.arms = arms }

  package init?(setting text: String) {
    let words = text.split(separator: ",", omittingEmptySubsequences: false)
    let named = words.compactMap { SiftArm(rawValue: String($0)) }
    guard text == "all" || named.count == words.count else { return nil }
    self.init(text == "all" ? SiftArm.allCases : named.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
  }

  package var settingText: String { arms.map(\.rawValue).joined(separator: ",") }
  package static var settingForm: String { "arms with commas between them, or all" }
  package static var isList: Bool { true }

  package static func settingRemedy(for text: String) -> String {
    let unknown = text.split(separator: ",", omittingEmptySubsequences: false).first {
      SiftArm(rawValue: String($0)) == nil
    }
    return Suggestion.sentence(for: unknown.map(String.init) ?? text, among: SiftArm.allCases.map(\.rawValue) + ["all"])
  }
}

/// Recipes at several scales; options change them further.
package enum SiftPreset: String, CaseIterable, SettingValue {
  /// Three layers of 256 on grey 16x16 images.
  case small
  /// The paper's network on 32x32 colour images, 1,500 steps a round.
  case full
  /// The paper's recipe: 100,000 steps of 1,000 samples a round.
  case paper

  package var summary: String {
    switch self {
    case .small: "three layers of 256 units, grey 16x16 images, 2,000 steps a round"
    case .full: "three layers of 1,024 units, colour images, 1,500 steps a round"
    case .paper: "the paper's recipe: three layers of 1,024 units, 100,000 steps of 1,000 samples a round"
    }
  }

  /// Pellegrini & Biroli 2022, arXiv:2104.13343: per layer 30 % a round, the output layer left, plain SGD at 0.1, Glorot
  /// normal weights, rewinding to step 1,000, or one in fifty where there are fewer. (Their batches are drawn with replacement; ours are epochs.)
  package var settings: SearchSettings {
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
