import Basics

/// A way of finding tickets.
///
/// A new algorithm is one file in `Algorithms/` plus one line in `AlgorithmCatalog`.
public protocol TicketAlgorithm: Sendable {
  static var name: String { get }
  static var summary: String { get }
  init()
  /// Finds the tickets of one seed, a round at a time.
  func findTickets(in lab: Lab) throws
}

/// All algorithms.
public enum AlgorithmCatalog {
  public static let all: [any TicketAlgorithm.Type] = [
    IterativePruning.self,
    OneShotPruning.self,
    RigL.self,
    SET.self,
  ]

  public static func algorithm(named name: String) throws -> any TicketAlgorithm {
    if let type = all.first(where: { $0.name == name }) { return type.init() }
    throw Problem.usage(
      "There is no algorithm '\(name)'.", remedy: Suggestion.sentence(for: name, among: all.map { $0.name }))
  }
}
