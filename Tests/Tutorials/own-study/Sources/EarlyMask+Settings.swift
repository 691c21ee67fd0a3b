import Basics
import Tickets

extension EarlyMask {
  struct Settings: Configurable {
    /// Data, network and recipe: settings that every study has.
    var search = SearchSettings()
    var steps = StepList([.iterations(0), .epochs(1), .epochs(2)])
    var density = 0.1

    static let fields: [SettingField<Settings>] =
      SearchSettings.fields(of: [.data, .network, .training], in: \.search) + [
        SettingField(
          "at", \.steps, "steps of dense training after which a mask is taken",
          valid: ("some steps, each once", { !$0.values.isEmpty && Set($0.values).count == $0.values.count })
        ).main,
        SettingField(
          "density", \.density, "share of the weights that a mask keeps",
          valid: ("above 0 and below 1", { 0 < $0 && $0 < 1 })
        ).main,
      ]
    static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  }
}
