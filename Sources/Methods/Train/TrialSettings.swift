public import Basics
import Foundation
public import Tickets

/// What `tombola train` is asked.
public struct TrialSettings: Configurable {
  /// That of the ticket, where one is named.
  public var search = SearchSettings()
  /// A file; none for the dense network.
  public var ticket = ""
  public var seed: UInt64 = 0

  public init() {}

  public static let fields: [SettingField<TrialSettings>] =
    SearchSettings.fields(of: Set(SettingPart.allCases).subtracting([.keeping, .given]), in: \.search) + [
      SettingField("ticket", \.ticket, "a ticket file; none for the dense network").base.argument,
      SettingField("seed", \.seed, "seed of data order, dense network and controls; with a ticket, its own").extent
        .main,
    ]

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }

  /// The settings of the ticket's search.
  public static func base(_ given: [String: String]) throws -> TrialSettings {
    var settings = TrialSettings()
    guard let path = given["ticket"] else { return settings }
    let ticket = try Ticket(contentsOf: URL(fileURLWithPath: path))
    (settings.search, settings.seed) = (try ticket.searchSettings(), ticket.seed)
    return settings
  }

  public mutating func spellOut() throws { try search.spellOut() }
}
