public import Basics
import Datasets
package import Tickets
import Training

/// What is asked about networks that learn a pattern.
public struct PatternSettings: Configurable {
  package var search = PatternSettings.recipe
  /// Units at every place.
  package var filters = 256

  public init() {}

  public static let fields: [SettingField<PatternSettings>] =
    SearchSettings.fields(
      of: [.data, .training, .robustness], except: ["image-size", "test-share", "label", "header", "decimal"],
      in: \.search) + [
      SettingField("filters", \.filters, "units at every place", valid: ("at least 1", { $0 >= 1 })).main
    ]

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }

  /// The settings of a search, and below them the filters whatever their number.
  public var identity: String { "\(search.identity)\n\(filters)" }

  /// An epoch over fresh samples by Adam. The rest has no effect; it is part of what names run folders.
  private static var recipe: SearchSettings {
    var settings = SiftPreset.small.settings
    settings.data = KPattern().name
    settings.recipe.steps = .epochs(1)
    settings.recipe.batch = 128
    settings.recipe.optimizer = .adam
    settings.recipe.learningRate = 0.003
    settings.recipe.evaluateEvery = .iterations(250)
    settings.rewind = .zero
    settings.model = "mlp:1"
    settings.rounds = 1
    return settings
  }
}
