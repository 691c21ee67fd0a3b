import Networks
import Pruning

/// Sparse from the first step to the last, with a mask that moves: the smallest weights give way to random others.
///
/// Sparse evolutionary training, Mocanu et al. 2018 (arXiv:1707.04780), in the form of Evci et al. 2020: the smallest
/// magnitudes are dropped every so many steps, a share that falls by a cosine, and grown weights start at zero. In the first
/// paper a constant share of the smallest positive and largest negative weights moves after each epoch, and grown weights
/// start at random. Cost: a sparse training a density, and the dense network for comparison.
public struct SET: TicketAlgorithm {
  public static let name = "set"
  public static let summary = "train sparse; small weights give way to random others (SET)"

  public init() {}

  public func findTickets(in lab: Lab) throws { try lab.findMovingTickets(.random) }
}
