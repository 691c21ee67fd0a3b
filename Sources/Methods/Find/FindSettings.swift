public import Basics
public import Tickets

/// All settings of a search for tickets, each of them part of its identity.
public struct FindSettings: Configurable {
  public var search: SearchSettings

  public init() { search = SearchSettings() }
  public init(_ search: SearchSettings) { self.search = search }

  public static let fields: [SettingField<FindSettings>] = SearchSettings.fields(
    of: Set(SettingPart.allCases), in: \.search)

  public var identity: String { search.identity }
  public mutating func spellOut() throws { try search.spellOut() }
}
