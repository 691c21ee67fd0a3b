public import Pages
import Training

/// A random mask with the ticket's layer counts and freshly drawn weights: does anything but the counts matter? (Su et al.
/// 2020, arXiv:2009.11094)
public struct RandomMask: Control {
  public static let name = "random"
  public static let title = "Random mask"
  public static let summary = "a random mask with the same layer counts, trained from newly drawn weights"
  public static let phrase = "a random mask with fresh weights"
  public static let style = SeriesStyle(color: "--random", dash: [10, 3, 2, 3], marker: "rectRot")

  public init() {}

  public func start(_ variant: String, _ ticket: ControlContext) -> TrainingStart {
    TrainingStart(
      parameters: ticket.freshWeights(Self.self), mask: ticket.shuffledMask(Self.self), recipe: ticket.recipe)
  }
}
