import Analysis
import Basics
import Datasets
import Experiments
import Networks
import Pages
import Pruning
import Tickets
import Training

/// How long has a dense network to train until its largest weights make a good mask (You et al. 2020, arXiv:1909.11957)?
///
/// Differs from the paper in that the pruned network goes back to its initial weights, and that whole weights go, not
/// channels.
struct EarlyMask: Experiment {
  static let name = "early-mask"
  static let summary = "from which step of dense training on the largest weights make a good mask"

  let settings: Settings
  let seeds: [UInt64]
  init(_ settings: Settings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  func prepare(_ locator: DataLocator) throws -> TrainingMaterial {
    let material = try TrainingMaterial(settings.search, locator), recipe = settings.search.recipe
    let perEpoch = recipe.stepsPerEpoch(samples: material.data.train.count)
    for step in settings.steps.values
    where step.iterations(perEpoch: perEpoch) > recipe.steps.iterations(perEpoch: perEpoch) {
      throw Problem.usage(
        "The step \(step) is after the end of training (\(recipe.steps)).",
        remedy: "Choose earlier steps with --at, or more --steps.")
    }
    return material
  }
}
