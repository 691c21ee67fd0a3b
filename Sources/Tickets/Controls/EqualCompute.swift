import Basics
import Networks
public import Pages
import Training

/// The ticket's mask with freshly drawn weights, trained for as much arithmetic as finding and training the ticket took: does
/// the ticket owe its lead to longer training alone? (Liu et al. 2019, arXiv:1810.05270)
///
/// What is counted: multiply-adds of weights (`Architecture.multiplyAdds`) over the steps of every training of the search up
/// to the ticket's round: the dense network's, and that of each round's ticket, the last among them. Scoring, evaluation
/// and everything that is no product of a weight are left out. The schedule is stretched over the longer training. A
/// training is at most `longest` times as long as the recipe says, which sparse tickets of many rounds would exceed.
public struct EqualCompute: Control {
  public static let name = "equal-compute"
  public static let title = "Equal compute"
  public static let summary = """
    the ticket's mask, trained from newly drawn weights for as many multiply-adds as all trainings of the search up to the \
    ticket, at most \(longest) times as long
    """
  public static let phrase = "fresh weights in the same mask, trained with the compute of the whole search"
  public static let style = SeriesStyle(color: "--series-4", dash: [4, 2], marker: "star")
  public static let needsSearch = true
  public static let longest = 100

  public static func length(_ densities: [Double]) -> Double {
    guard let last = densities.last, last > 0 else { return 1 }
    return min(Double(longest), (1 + densities.reduce(0, +)) / last)
  }

  public init() {}

  public func start(_ variant: String, _ ticket: ControlContext) throws -> TrainingStart {
    let usual = ticket.recipe.steps.iterations(perEpoch: ticket.stepsPerEpoch)
    let steps = min(
      try ticket.spent() / Double(ticket.architecture.multiplyAdds(of: ticket.mask)), Double(Self.longest * usual))
    return TrainingStart(
      parameters: ticket.freshWeights(Self.self), mask: ticket.mask,
      recipe: ticket.recipe.stretched(to: Int(steps), perEpoch: ticket.stepsPerEpoch))
  }
}
