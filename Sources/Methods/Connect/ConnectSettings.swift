public import Basics
import Datasets
public import Tickets

/// What an instability analysis is asked.
public struct ConnectSettings: Configurable {
  /// Data, network and recipe; the rest of a ticket's search comes along.
  public var search = SearchSettings()
  /// Tickets, whose copies start from their start weights at their start step; none for the dense network.
  public var tickets = PathList()
  /// Steps of the dense network's training at which the copies part; tickets part at their own.
  public var forks = StepList([.zero])
  public var copies = 2
  /// Positions along each line, both ends among them.
  public var positions = 30
  public var statisticsBatches = 100
  public var trainSamples = 10_000

  public init() {}

  public static let fields: [SettingField<ConnectSettings>] =
    SearchSettings.fields(of: [.data, .network, .training, .robustness], in: \.search) + [
      SettingField("tickets", \.tickets, "ticket files of one search; none for the dense network").base.argument,
      SettingField(
        "at", \.forks, "steps of the dense network at which the copies part", valid: ("some", { !$0.values.isEmpty })
      )
      .extent.main,
      SettingField(
        "copies", \.copies, "copies from each state; every two are compared", valid: ("from 2 to 20", (2...20).contains)
      ).extent.main,
      SettingField(
        "points", \.positions, "positions along each line, both ends among them",
        valid: ("from 2 to 1000", (2...1000).contains)
      ).extent.main,
      SettingField(
        "batches", \.statisticsBatches, "batches by which batch norm is measured anew at each position",
        valid: ("at least 1", { $0 > 0 })
      ).extent.main,
      SettingField(
        "train-samples", \.trainSamples, "training samples on which the training error is taken",
        valid: ("at least 1", { $0 > 0 })
      ).extent.main,
    ]

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identity: String { search.identity }

  /// The settings of the tickets' search.
  public static func base(_ given: [String: String]) throws -> ConnectSettings {
    var settings = ConnectSettings()
    guard let names = given["tickets"] else { return settings }
    try settings.set("tickets", to: names)
    guard given["at"] == nil else {
      throw Problem.usage("Tickets part at their own start step.", remedy: "Leave --at out, or the tickets.")
    }
    if let first = try Ticket.together(settings.tickets.paths).first {
      try first.checkModel(given["model"])
      settings.search = try first.searchSettingsToTheEnd()
    }
    return settings
  }
}
