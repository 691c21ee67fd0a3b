public import Basics
import Networks
import Pruning
package import Tickets
import Training

/// Some bases as one word, in the catalogue's order; the canonical one is always among them.
public struct BasisList: Equatable, Sendable, SettingValue {
  public let names: [String]

  /// - Precondition: All are names of the catalogue.
  public init(_ names: [String]) {
    let known = BasisCatalog.all.map { $0.name }
    precondition(names.allSatisfy(known.contains), "\(names) are not all bases")
    self.names = known.filter { names.contains($0) || $0 == CanonicalBasis.name }
  }

  public init?(setting text: String) {
    let names = Self.words(text)
    guard !names.isEmpty, Set(names).count == names.count, names.allSatisfy(Self.isKnown) else { return nil }
    self.init(names)
  }

  private static func words(_ text: String) -> [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  private static func isKnown(_ name: String) -> Bool { BasisCatalog.all.contains { $0.name == name } }

  public var settingText: String { names.joined(separator: ",") }
  public static var settingForm: String {
    "some of \(BasisCatalog.all.map { $0.name }.joined(separator: ",")), with commas, each once"
  }
  public static func settingRemedy(for text: String) -> String {
    guard let unknown = words(text).first(where: { !isKnown($0) }) else { return "Give \(settingForm)." }
    return Suggestion.sentence(for: unknown, among: BasisCatalog.all.map { $0.name })
  }
  public static var isList: Bool { true }
}

/// Settings of a search for tickets in several bases.
public struct BasisSettings: Configurable {
  package var search: SearchSettings = {
    var search = SearchSettings()
    search.recipe.momentum = 0.9
    search.recipe.learningRate = 0.05
    search.rounds = 10
    return search
  }()
  package var bases = BasisList([
    CanonicalBasis.name, CosineBasis.name, HaarBasis.name, HadamardBasis.name, RandomBasis.name,
  ])

  public init() {}

  public static let fields: [SettingField<BasisSettings>] =
    SearchSettings.fields(
      of: [.data, .network, .training, .pruning, .search],
      except: ["algorithm", "criterion", "structure", "retraining", "controls", "tolerance"], in: \.search) + [
      SettingField("bases", \.bases, "bases of the weights; canonical is always among them").extent.main
    ]

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identityFiles: [(key: String, path: String)] { search.identityFiles }

  /// The search in one basis.
  func search(in basis: any Basis.Type) -> SearchSettings {
    var search = search
    if basis.prunesUnits { search.structure = .units }
    return search
  }
}
