public import Networks
import Pruning
import Training

extension TrainingStart {
  /// Where a one-shot ticket starts, or one of its controls: the mask keeps the largest weights of the trained dense network,
  /// and the ticket goes back to that network's start.
  ///
  /// - Parameters:
  ///   - sparsity: Share of the prunable weights that goes. With none gone, this is the dense network's own start.
  ///   - kind: Name of a control; anything else is the ticket.
  ///   - place: Ends the names of random streams.
  ///   - dense: Asked for trained weights where weights go.
  public static func oneShot(
    _ kind: String, of architecture: Architecture, _ settings: SearchSettings, seed: UInt64, sparsity: Double,
    samples: Int, place: String, dense: () throws -> Parameters
  ) throws -> TrainingStart {
    let layout = architecture.layout, initial = settings.initializer.parameters(for: layout, seed: seed)
    var recipe = settings.recipe
    recipe.orderSeed = seed
    guard sparsity > 0 else {
      return TrainingStart(parameters: initial, mask: Mask(fullFor: layout), recipe: recipe)
    }
    let mask = try Pruner.magnitude(
      dense(), by: sparsity, allocation: AllocationCatalog.allocation(named: settings.allocation))
    guard let control = ControlCatalog.all.first(where: { $0.name == kind }) else {
      return TrainingStart(parameters: initial, mask: mask, recipe: recipe)
    }
    let context = ControlContext(
      architecture, settings, seed: seed, mask: mask, step: 0, stepsPerEpoch: recipe.stepsPerEpoch(samples: samples),
      place: place, rewound: { initial })
    return try control.init().start("", context)
  }
}
