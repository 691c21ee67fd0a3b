public import Pages
import Training

/// The ticket's mask with freshly drawn weights: do the initial weights matter? (Frankle & Carbin 2019, arXiv:1803.03635)
public struct Reinitialised: Control {
  public static let name = "reinit"
  public static let title = "Re-initialised"
  public static let summary = "the ticket's mask, trained from newly drawn weights"
  public static let phrase = "freshly drawn weights in the same mask"
  public static let style = SeriesStyle(color: "--reinit", dash: [8, 4], marker: "triangle")

  public init() {}

  public func start(_ variant: String, _ ticket: ControlContext) -> TrainingStart {
    TrainingStart(parameters: ticket.freshWeights(Self.self), mask: ticket.mask, recipe: ticket.recipe)
  }
}
