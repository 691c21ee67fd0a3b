import Basics
import Foundation
public import Networks

/// A mask that another program found, judged as searches judge their own.
extension SearchSettings {
  /// The word for masks that the search finds itself.
  package static let foundMask = "none"

  /// Whether the mask is a file's.
  public var takesMask: Bool { mask != Self.foundMask }

  /// The mask of the file that the settings name; `nil` if the search finds masks itself.
  ///
  /// - Throws: `Problem` if the file cannot be read, or its masks are not the network's.
  public func givenMask(of architecture: Architecture) throws -> GivenMask? {
    guard takesMask else { return nil }
    let modules = WeightsCatalog.isFile(weights) ? try startingWeights(of: architecture)?.modules : nil
    return try WeightsCatalog.file(mask, setting: "mask").mask(of: architecture, modules: modules ?? [:])
  }

  /// The way in which tickets are found: the algorithm of the settings, or a mask that is there already.
  ///
  /// - Throws: `Problem.usage` if there is no such algorithm.
  package func ticketAlgorithm() throws -> any TicketAlgorithm {
    let named = try AlgorithmCatalog.algorithm(named: algorithm)
    return takesMask ? TakenMask() : named
  }

  /// A given mask is a single round, whatever rounds were asked.
  mutating func spellOutMask() { if takesMask { rounds = 1 } }

  /// What is said where the mask is a file's.
  func maskNotes(_ architecture: Architecture) -> [String] {
    guard let given = try? givenMask(of: architecture) else { return [] }
    let own = drawsWeights ? ", on weights that each seed draws" : ""
    return [
      """
      The mask was found elsewhere (\(given.source))\(own), and is the same for every seed; seeds differ in the order of \
      samples and in the controls.
      """
    ] + given.notes
  }
}

/// Takes the mask of a file for the ticket of the only round.
///
/// It is no way of finding tickets, so it has no name in the catalogue: the setting `mask` asks for it.
struct TakenMask: TicketAlgorithm {
  static let name = "mask"
  static let summary = "takes the mask of a file"

  func findTickets(in lab: Lab) throws {
    let start = try lab.rewindPoint(), trained = try lab.trainDense()
    guard let mask = try lab.givenMask() else { preconditionFailure("no mask is given") }
    _ = try lab.trainTicket(mask, rewoundTo: start, trained: trained, round: 1)
  }
}
