public import Basics
import Foundation
public import Networks
public import Tickets
import Training

extension BlockMap.Order: SettingValue {}
extension BlockMap.Choice: SettingValue {}

/// What is common to moving a ticket to a deeper and to a shallower network.
public struct ElasticSettings: Sendable {
  /// Data, recipe and search; `model` is the network that the ticket is of.
  public var search: SearchSettings = {
    var search = SearchSettings()
    search.recipe.momentum = 0.9
    search.rounds = 8
    return search
  }()
  /// A ticket; none for one that is found first, in every seed.
  public var ticket = PathList()
  public var target = ""
  /// In place of the usual map; empty for that.
  public var map = ""

  public init() {}

  static func fields<Root>(in path: any WritableKeyPath<Root, ElasticSettings> & Sendable) -> [SettingField<Root>] {
    fields.map { SettingField($0, in: path) }
  }

  private static let fields: [SettingField<ElasticSettings>] =
    SearchSettings.fields(
      of: [.data, .network, .training, .pruning, .search, .scoring],
      except: ["algorithm", "structure", "retraining", "controls", "tolerance"], in: \.search) + [
      SettingField(
        "ticket", \.ticket, "a ticket of the network to start from; none for one that is found first",
        valid: ("a single file", { $0.paths.count <= 1 })
      ).base.argument,
      SettingField("to", \.target, "the network that gets a ticket: one of the same family, of another depth").main,
      SettingField(
        "map", \.map,
        "blocks of each stage as SOURCE:TARGET,TARGET;..., with | between stages, in place of the usual ones"
      ).main,
    ]

  public var identityFiles: [(key: String, path: String)] {
    var other = search
    other.model = target
    return search.identityFiles + other.identityFiles.map { ("to", $0.path) } + ticket.paths.map { ("ticket", $0) }
  }

  /// Takes the settings of the ticket's search, whose rounds up to the ticket count.
  mutating func takeTicket() throws {
    guard let path = ticket.paths.first else { return }
    let ticket = try Ticket(contentsOf: URL(fileURLWithPath: path))
    search = try ticket.searchSettingsToTheEnd()
    search.rounds = max(1, ticket.round)
  }

  /// The search on the target.
  var targetSearch: SearchSettings {
    var search = sourceSearch
    search.model = target
    return search
  }

  var sourceSearch: SearchSettings {
    var search = search
    search.controls = ControlSet([])
    return search
  }
}
