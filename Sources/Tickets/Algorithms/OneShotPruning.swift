import Networks

/// Trains once and prunes the dense network straight to each round's density.
///
/// Frankle & Carbin 2019, section 3: one-shot pruning; with criteria that look at initial weights alone, pruning at
/// initialisation. Where scores do not depend on what is pruned, every mask is cut from the one before by the scores of the
/// dense network, which is the same as cutting it from the dense network; so each layer keeps exactly as many weights as
/// with iterative pruning and a layerwise allocation, and the network as many with any. Other criteria score the dense
/// network for every density anew. Cost: one dense training, and one sparse training a density.
public struct OneShotPruning: TicketAlgorithm {
  public static let name = "one-shot"
  public static let summary = "train once, prune straight to each density"

  public init() {}

  public func findTickets(in lab: Lab) throws {
    let start = try lab.rewindPoint()
    let trained = try lab.trainDense()
    var mask = lab.fullMask
    let fromDense = try lab.criterionSeesMask()
    for round in 1...lab.settings.rounds {
      mask =
        fromDense
        ? try lab.prune(lab.fullMask, by: lab.fraction(after: round), trained: trained, round: round)
        : try lab.prune(mask, by: lab.settings.fraction, trained: trained, round: round)
      _ = try lab.trainTicket(mask, rewoundTo: start, trained: trained, round: round)
    }
  }
}
