import Networks

/// Trains, removes a share of the survivors, puts the rest back to an early step, and repeats.
///
/// Frankle & Carbin 2019 (arXiv:1803.03635); rewinding to a later step from Frankle et al. 2020 (arXiv:1912.05671). With
/// `retraining` the survivors keep their values instead (Renda et al. 2020, arXiv:2003.02389). Cost: one dense training and
/// one sparse training a round.
public struct IterativePruning: TicketAlgorithm {
  public static let name = "iterative"
  public static let summary = "train, prune, rewind, repeat (iterative magnitude pruning)"

  public init() {}

  public func findTickets(in lab: Lab) throws {
    let start = try lab.rewindPoint()
    var mask = lab.fullMask
    var trained = try lab.trainDense()
    for round in 1...lab.settings.rounds {
      mask = try lab.prune(mask, by: lab.settings.fraction, trained: trained, round: round)
      trained = try lab.trainTicket(mask, rewoundTo: start, trained: trained, round: round)
    }
  }
}
