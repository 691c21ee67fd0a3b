public import Basics
public import Datasets
public import Experiments
import Foundation
import Tickets
import Training

/// Tickets for detection, segmentation and keypoints (Girish et al. 2020, arXiv:2012.04643): a detector pruned itself, beside
/// tickets that come from classification or from another task.
public struct Detect: Experiment {
  public static let name = "detect"
  public static let summary = "tickets for detection, segmentation and keypoints"
  public static let discussion = """
    Trains a single-stage detector on a backbone of the catalogue, prunes it (direct) or moves tickets to it, and says at which \
    sparsity of the whole network what average precision is left. docs/detection.md has data, networks and strategies.
    """
  public static let example = [
    "task=detect", "scenes=96", "test-scenes=32", "validation=16", "model=conv-s:0.5", "steps=1ep",
    "pretrain-steps=1ep",
    "pretrain-rewind=1it", "sparsity=0.5", "strategy=direct,transfer,mask-transfer", "evaluate=1ep", "warmup=0it",
  ]

  public let settings: DetectSettings
  public let seeds: [UInt64]
  public init(_ settings: DetectSettings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  var plan: DetectPlan { DetectPlan(settings: settings) }

  public func prepare(_ locator: DataLocator) throws -> DetectMaterial {
    if settings.strategies.values.contains(.transfer), settings.pretrainSteps == .zero, settings.ticket.paths.isEmpty {
      throw Problem.usage(
        "strategy=transfer needs a backbone that was trained on classification, and pretrain-steps is 0.",
        remedy: "Give --pretrain-steps 5ep or --ticket FILE, or leave transfer out of --strategy.")
    }
    return try DetectMaterial(settings, locator)
  }

  public func units(of seed: UInt64, _ material: DetectMaterial) throws -> [WorkUnit] {
    let recipe = settings.search.recipe, pretraining = settings.pretraining.recipe
    let samples = material.parts.values.first!.data.train.count
    return plan.units(
      of: seed, steps: recipe.steps.iterations(perEpoch: recipe.stepsPerEpoch(samples: samples)),
      pretrainSteps: material.classification.map {
        pretraining.steps.iterations(perEpoch: pretraining.stepsPerEpoch(samples: $0.objects.train.count))
      } ?? 0)
  }

  public func run(_ unit: WorkUnit, on bench: Bench<DetectMaterial>) throws {
    if unit.folder.hasPrefix("\(DetectPlan.objects)/") {
      guard let (classifier, objects) = bench.material.classification else {
        preconditionFailure("\(unit.name) is no unit")
      }
      return try ObjectsWork(settings: settings, bench: bench, classifier: classifier, objects: objects).run(unit.name)
    }
    guard let stage = plan.stages.first(where: { $0.unit == unit.name }) else {
      preconditionFailure("\(unit.name) is no unit")
    }
    try DetectWork(settings: settings, bench: bench, task: stage.task).run(stage)
  }
}
