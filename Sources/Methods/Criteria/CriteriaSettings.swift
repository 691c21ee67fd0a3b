public import Basics
public import Tickets

/// What a comparison of pruning criteria is asked.
public struct CriteriaSettings: Configurable {
  /// Data, network, recipe, and how masks are cut; criterion and density are the grid's.
  public var search = SearchSettings()
  public var grid = WordList(["magnitude-at-init", "magnitude", "magnitude-increase", "movement", "one"])
  public var factors = WordList(["none", "grad@init", "mean-abs@end"])
  public var also = WordList()
  public var densities = NumberList([0.5, 0.2, 0.1, 0.05, 0.02])
  public var isShuffled = true

  public init() {}

  public static let fields: [SettingField<CriteriaSettings>] =
    SearchSettings.fields(
      of: [.data, .network, .training, .robustness, .pruning, .scoring, .keeping], except: ["criterion", "factors"],
      in: \.search)
    + [
      // In a grid, factors are those of criteria.
      SettingField(
        "layer-factors", \.search.factors, "multiples of what each layer loses, for allocation=layerwise", of: .pruning),
      SettingField("grid", \.grid, "static factors, each with every data factor").extent.main,
      SettingField("factors", \.factors, "data factors, each DATA@TIME, and none").extent.main,
      SettingField("also", \.also, "other criteria").extent.main,
      SettingField(
        "densities", \.densities, "shares of the weights that masks keep",
        valid: (
          "some densities above 0 and up to 1, each once",
          { list in
            !list.values.isEmpty && list.values.allSatisfy { 0 < $0 && $0 <= 1 }
              && Set(list.values).count == list.values.count
          }
        )
      ).extent.main,
      SettingField("shuffled", \.isShuffled, "whether masks are trained shuffled in layers too").extent
        .main,
    ]

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identity: String { search.identity }
  public mutating func spellOut() throws { try search.spellOut() }

  /// Static factors with their data factors, then the others, none twice. A factor of 1 alone would keep whatever stands
  /// first, so it is left out.
  var criteria: [String] {
    let names = grid.values.flatMap { name in
      factors.values.compactMap { $0 == "none" ? (name == "one" ? nil : name) : "\(name):\($0)" }
    }
    var seen: Set<String> = []
    return (names + also.values).filter { seen.insert($0).inserted }
  }
}
