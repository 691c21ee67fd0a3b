import Lanes
public import Networks
public import Training

/// Where a training begins and how it goes on.
public struct TrainingStart: Sendable {
  public var parameters: Parameters
  public var mask: Mask
  /// The step that the parameters belong to.
  public var step: Int
  public var recipe: Recipe
  /// What moves the mask, if anything does.
  public var rule: (any MaskRule)?
  /// What makes the weights of other numbers, if anything does: `parameters` and `mask` are those of the numbers.
  public var materialisation: (any Materialisation)?
  /// Steps after which to evaluate besides those of the recipe.
  public var evaluatesAt: Set<Int> = []
  /// Called at every evaluation, before it. A training that goes on from a checkpoint does not call it for what was before.
  public var watch: (@Sendable (Run) throws -> Void)?
  /// Asked at every evaluation, before it, likewise: whether training ends with it.
  public var ends: (@Sendable (Run) throws -> Bool)?

  /// Whether the mask at the end may be another than at the start.
  var movesMask: Bool { rule != nil || materialisation is any ScoredWeights }

  public init(parameters: Parameters, mask: Mask, step: Int = 0, recipe: Recipe) {
    self.parameters = parameters
    self.mask = mask
    self.step = step
    self.recipe = recipe
  }
}
