package import Basics
package import Pages

/// The networks that a search compares: the ticket, the dense network, and the controls.
package enum Arm: String, CaseIterable, Sendable {
  case ticket, reinit, shuffled, random, dense

  package var title: String {
    switch self {
    case .ticket: "Ticket"
    case .reinit: "Re-initialised"
    case .shuffled: "Shuffled mask"
    case .random: "Random mask"
    case .dense: "Dense"
    }
  }

  /// What was done, as a clause.
  package var explanation: String {
    switch self {
    case .ticket: "the mask found, trained from the weights it was found with"
    case .reinit: "the ticket’s mask, trained from newly drawn weights"
    case .shuffled: "the ticket’s mask shuffled within each layer, trained from the ticket’s weights"
    case .random: "a random mask with the same layer counts, trained from newly drawn weights"
    case .dense: "the whole network"
    }
  }

  package var style: SeriesStyle {
    switch self {
    case .ticket: SeriesStyle(color: "--ticket", marker: "circle")
    case .reinit: SeriesStyle(color: "--reinit", dash: [8, 4], marker: "triangle")
    case .shuffled: SeriesStyle(color: "--shuffled", dash: [2, 3], marker: "rect")
    case .random: SeriesStyle(color: "--random", dash: [10, 3, 2, 3], marker: "rectRot")
    case .dense: SeriesStyle(color: "--dense", marker: "line")
    }
  }

  /// What the arm reached in a round; the dense network is the same in all of them.
  package func result(in round: RoundResult, of search: SearchResult) -> ArmResult? {
    switch self {
    case .ticket: round.ticket
    case .reinit: round.reinit
    case .shuffled: round.shuffled
    case .random: round.random
    case .dense: search.dense
    }
  }

  /// The arms that a search has results for.
  package static func present(in search: SearchResult) -> [Arm] {
    allCases.filter { arm in
      arm == .dense || search.rounds.contains { arm.result(in: $0, of: search) != nil }
    }
  }
}
