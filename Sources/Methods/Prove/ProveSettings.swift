public import Basics
import Foundation
import Networks
public import Tickets

/// What a construction is asked.
public struct ProveSettings: Configurable {
  /// Which halves of the network's inputs the first layer serves.
  package enum Halves: String, CaseIterable, SettingValue, Sendable {
    /// The positive one for images, both for other data.
    case auto
    /// Inputs run from 0, at the data set's smallest number, to 1 at its largest.
    case positive
    case both
  }

  /// Data, network and recipe of the target; the rest of a ticket's search comes along.
  public var search = SearchSettings()
  /// A trained ticket, or a model that brings weights (`onnx:FILE`); none for a dense network that is trained first.
  public var ticket = PathList()
  /// Weights of at most this size become zero; others are missed if they are further off.
  public var error = 0.01
  public var candidates = 20
  package var method = ProofMethod.subsetSum
  package var halves = Halves.auto
  public var points = 1000

  public init() {}

  public static let fields: [SettingField<ProveSettings>] =
    SearchSettings.fields(of: [.data, .network, .training, .robustness], in: \.search) + [
      SettingField(
        "ticket", \.ticket, "a trained ticket, or onnx:FILE; none for a dense network that is trained first",
        valid: ("a single file", { $0.paths.count <= 1 })
      ).base.argument,
      SettingField(
        "error", \.error, "weights of at most this size become zero, others are missed if they are further off",
        valid: ("above 0 and below 1", { 0 < $0 && $0 < 1 })
      ).main,
      SettingField(
        "candidates", \.candidates, "random weights for each half of a target weight",
        valid: ("from 1 to 100000", (1...100_000).contains)
      ).main,
      SettingField("method", \.method, "how a target weight is made of random ones: subset-sum or single-pick").main,
      SettingField("halves", \.halves, "halves of the inputs that the first layer serves: auto, positive or both").main,
      SettingField(
        "points", \.points, "points of the data's box, and of the unit ball, at which the error is measured",
        valid: ("from 1 to 1000000", (1...1_000_000).contains)
      ).main,
    ]

  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }

  public var identityFiles: [(key: String, path: String)] {
    search.identityFiles + (targetModel == nil ? ticket.paths.map { ("ticket", $0) } : [])
  }

  /// The target where it is a model that brings its weights.
  var targetModel: String? { ticket.paths.first.flatMap { ModelCatalog.bringsWeights($0) ? $0 : nil } }

  /// The settings of the ticket's search; with a model its own network.
  public static func base(_ given: [String: String]) throws -> ProveSettings {
    var settings = ProveSettings()
    if let names = given["ticket"] { try settings.set("ticket", to: names) }
    if let model = settings.targetModel {
      settings.search.model = model
    } else if let path = settings.ticket.paths.first {
      settings.search = try Ticket(contentsOf: URL(fileURLWithPath: path)).searchSettingsToTheEnd()
    }
    return settings
  }
}
