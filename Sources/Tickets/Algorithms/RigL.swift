import Networks
import Pruning

/// Sparse from the first step to the last, with a mask that moves: the smallest weights give way to those whose loss gradient
/// is largest.
///
/// Evci, Gale, Menick, Castro & Elsen 2020 (arXiv:1911.11134), whose layer counts are those of `allocation=erk`. A step at
/// which the mask moves is taken as any other, where the paper leaves it out; its batch is the one whose gradients decide.
/// Every round starts from a random mask of its density. Cost: a sparse training a density, plus a dense gradient at every
/// move; and the dense network for comparison.
public struct RigL: TicketAlgorithm {
  public static let name = "rigl"
  public static let summary = "train sparse; small weights give way to large gradients (RigL)"

  public init() {}

  public func findTickets(in lab: Lab) throws { try lab.findMovingTickets(.gradient) }
}
