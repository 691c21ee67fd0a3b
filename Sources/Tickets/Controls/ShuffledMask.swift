public import Pages
import Training

/// The ticket's weights with each layer's mask in random order: do the positions matter? (Frankle et al. 2021,
/// arXiv:2009.08576)
public struct ShuffledMask: Control {
  public static let name = "shuffled"
  public static let title = "Shuffled mask"
  public static let summary = "the ticket's mask shuffled within each layer, trained from the ticket's weights"
  public static let phrase = "a shuffled mask"
  public static let style = SeriesStyle(color: "--shuffled", dash: [2, 3], marker: "rect")

  public init() {}

  public func start(_ variant: String, _ ticket: ControlContext) throws -> TrainingStart {
    TrainingStart(
      parameters: try ticket.rewound(), mask: ticket.shuffledMask(Self.self), step: ticket.step, recipe: ticket.recipe)
  }
}
