import Analysis
public import Basics
import Foundation
public import Networks
import Training

/// A sparse network as an artefact: its architecture, its mask, where its weights start, and where training took them.
///
/// The file is safetensors: masks as bits, weights of survivors alone, everything else as metadata. A compact ticket and a
/// binary one hold no weights: they are rebuilt from the seed.
public struct Ticket: Sendable {
  public var architecture: Architecture
  public var mask: Mask
  /// The weights that training starts from, zero where pruned.
  public var start: Parameters
  /// The step that `start` belongs to.
  public var startStep: Int
  /// The weights after training; `nil` in a compact ticket.
  public var trained: Parameters?
  public var seed: UInt64
  public var round: Int
  /// The settings of the search that found it.
  public var settings: [String: String]
  /// Accuracies and steps by name.
  public var metrics: [String: Double]
  /// Test accuracies class by class of the networks beside it, by their names; `nil` for a class without samples.
  public var classAccuracies: [String: [Double?]] = [:]
  /// How its network, mask and weights were made of those of another ticket, one `GraphEdit` each in the order of their work.
  public var edits: [String] = []
  /// Beside the settings, the basis of tickets whose numbers are its coefficients in place of weights.
  static let basisKey = "basis"
  public var basis: String? { settings[Self.basisKey] }
  /// Of a binary ticket read from its file: what the weights that the seed draws are multiplied by.
  public internal(set) var scale: Float?
  /// The name of the file that it was read from, for messages.
  var file: String?

  public init(
    architecture: Architecture, mask: Mask, start: Parameters, startStep: Int, trained: Parameters?, seed: UInt64,
    round: Int, settings: [String: String], metrics: [String: Double] = [:]
  ) {
    self.architecture = architecture
    self.mask = mask
    self.start = start.masked(by: mask)
    self.startStep = startStep
    self.trained = trained?.masked(by: mask)
    self.seed = seed
    self.round = round
    self.settings = settings
    self.metrics = metrics
  }

  /// SHA-256 of the mask's bits and the start weights: equal exactly if both are, bit for bit.
  public var digest: String {
    var data = Data(mask.packedBits)
    start.values.withUnsafeBytes { data.append(contentsOf: $0) }
    return Digest.sha256(data)
  }

  /// The start weights that the seed gives, for a search that rewinds to initialisation.
  public static func rebuiltStart(_ layout: ParameterLayout, mask: Mask, seed: UInt64, settings: [String: String])
    -> Parameters?
  {
    guard let initializer = Initializer(setting: settings["initializer"] ?? "") else { return nil }
    return initializer.parameters(for: layout, seed: seed).masked(by: mask)
  }

  /// The settings of the search that found the ticket.
  ///
  /// - Throws: `Problem.badData` if one of them is none of this version's.
  public func searchSettings() throws -> SearchSettings {
    var result = SearchSettings()
    for (key, text) in settings.sorted(by: { $0.key < $1.key }) {
      do { try result.set(key, to: text) } catch let problem as Problem {
        throw Problem.badData(
          "The settings of \(file ?? "the ticket") cannot be used: \(problem.problem)",
          remedy: "Use the version of Tombola that made it, or find the ticket again.")
      }
    }
    return result
  }

  /// The same for what trains to the end, whatever validation says.
  ///
  /// - Throws: `Problem.usage` if patience may have ended the ticket's trainings.
  public func searchSettingsToTheEnd() throws -> SearchSettings {
    let settings = try searchSettings()
    guard settings.recipe.patience == .zero else {
      throw Problem.usage(
        "\(file ?? "The ticket") was found with patience=\(settings.recipe.patience), and here trainings go to their end.",
        remedy: "Take a ticket of a search without patience.")
    }
    return settings
  }

  /// Tickets of one search.
  ///
  /// - Throws: `Problem.usage` if they come from different searches, or two are the same.
  public static func together(_ paths: [String]) throws -> [Ticket] {
    let tickets = try paths.map { try Ticket(contentsOf: URL(fileURLWithPath: $0)) }
    if let other = tickets.indices.first(where: {
      tickets[$0].architecture != tickets[0].architecture || tickets[$0].settings != tickets[0].settings
    }) {
      throw Problem.usage(
        "\(paths[0]) and \(paths[other]) come from different searches.", remedy: "Name tickets of one search.")
    }
    if let same = Dictionary(grouping: tickets.indices, by: { tickets[$0].digest }).values.first(where: { $0.count > 1 }
    ) {
      throw Problem.usage(
        "\(same.map { paths[$0] }.joined(separator: " and ")) are the same ticket.", remedy: "Name each once.")
    }
    return tickets
  }

  /// - Throws: `Problem.usage` if another network than the ticket's own is named beside it, which would have no effect.
  public func checkModel(_ model: String?) throws {
    guard let model, let own = settings["model"], own != model else { return }
    throw Problem.usage(
      "\(file ?? "The ticket") is of \(own): model=\(model) has no effect beside it.", remedy: "Leave --model out.")
  }

  /// - Throws: `Problem.badData` if the network does not take samples of this shape or has not this many classes.
  public func checkFits(input: FeatureShape, classes: Int, data: String) throws {
    guard architecture.input == input, architecture.output.count == classes else {
      throw Problem.badData(
        """
        \(file ?? "The ticket") was made for input \(architecture.input) and \(architecture.output.count) classes; \
        \(data) has input \(input) and \(classes) classes.
        """,
        remedy: "Choose the data set it was found on with --data.")
    }
  }
}
