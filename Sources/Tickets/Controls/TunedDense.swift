public import Pages
import Training

/// The dense network at the best of three learning rates: does the ticket lead a network whose rate merely suits it less?
///
/// The rates are 0.3, 1 and 3 times the search's; each seed takes the one of best validation accuracy. A rate at which
/// training diverges is out.
public struct TunedDense: Control {
  public static let name = "dense-tuned"
  public static let title = "Tuned dense"
  public static let summary = """
    the whole network at the best of the learning rates 0.3, 1 and 3 times that of the search, by validation accuracy of \
    each seed
    """
  public static let phrase = "the dense network at the best of three learning rates"
  public static let style = SeriesStyle(color: "--dense", dash: [6, 3], marker: "crossRot")
  public static let isDense = true
  public static let variants = ["0.3", "3"]

  public init() {}

  public func start(_ variant: String, _ ticket: ControlContext) -> TrainingStart {
    var recipe = ticket.recipe
    recipe.learningRate *= Double(variant)!
    return TrainingStart(parameters: ticket.initial, mask: ticket.mask, recipe: recipe)
  }
}
