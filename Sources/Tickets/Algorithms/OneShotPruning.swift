import Foundation
import Networks

/// Trains once and prunes the dense network straight to each round's density.
///
/// Frankle & Carbin 2019, section 3: one-shot pruning. The densities are those of iterative pruning with the same settings,
/// so the two can be compared. Cost: one dense training, and one sparse training a density.
public struct OneShotPruning: TicketAlgorithm {
  public static let name = "one-shot"
  public static let summary = "train once, prune straight to each density"

  public init() {}

  public func findTickets(in lab: Lab) throws {
    let start = try lab.rewindPoint()
    let trained = try lab.trainDense()
    var share = 1.0
    for round in 1...lab.settings.rounds {
      share *= 1 - lab.settings.fraction
      let mask = try lab.prune(lab.fullMask, by: 1 - share, trained: trained, round: round)
      _ = try lab.trainTicket(mask, rewoundTo: start, trained: trained, round: round)
    }
  }
}
