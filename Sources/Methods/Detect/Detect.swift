public import Basics
public import Datasets
import Detectors
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
    if settings.strategies.values.contains(.transfer), !settings.isPretrained, settings.ticket.paths.isEmpty {
      throw Problem.usage(
        "strategy=transfer needs a backbone that was trained on classification, and pretrain-steps is 0.",
        remedy: "Give --pretrain-steps 5ep or --ticket FILE, or leave transfer out of --strategy.")
    }
    let material = try DetectMaterial(settings, locator)
    try checkPoints(material)
    return material
  }

  /// Weights go back to steps that training passes.
  private func checkPoints(_ material: DetectMaterial) throws {
    func check(_ point: Step, _ name: String, before recipe: Recipe, samples: Int, _ length: String) throws {
      guard point.iterations(perEpoch: 1) > 0 else { return }
      try recipe.require(
        point, "\(name)=\(point)", beforeEndFor: samples, remedy: "Choose an earlier \(name), or more \(length).")
    }
    if settings.strategies.values.contains(.direct) || settings.strategies.values.contains(.taskTransfer) {
      try check(
        settings.reset, "reset", before: settings.search.recipe, samples: material.parts.values.first!.data.train.count,
        "steps")
    }
    if settings.strategies.values.contains(.transfer), let (_, objects) = material.classification {
      try check(
        settings.pretrainRewind, "pretrain-rewind", before: settings.pretraining.recipe, samples: objects.train.count,
        "pretrain-steps")
    }
  }

  /// Detectors, by what they were measured to find; networks that classify objects on the way there are not compared.
  public func stages(of seed: UInt64, _ records: Records<DetectMaterial>) throws -> [SeedSummary.Stage] {
    try plan.stages.filter { records.has("\($0.task.rawValue)/\($0.name)") }.compactMap { detector in
      let store = try records.store(of: seed, arm: detector.task.rawValue)
      let measured: DetectMeasurement? = store.value(DetectMeasurement.stage(detector.name))
      guard let measured, var stage = try records.stage(detector.unit, of: seed, arm: detector.name) else { return nil }
      stage.metrics = measured.measures.filter { ["AP", "AP50", "AP75"].contains($0.key) }
      stage.density = measured.networkDensity
      return stage
    }
  }

  public func units(of seed: UInt64, _ material: DetectMaterial) throws -> [WorkUnit] {
    let recipe = settings.search.recipe, pretraining = settings.pretraining.recipe
    let samples = material.parts.values.first!.data.train.count
    return plan.units(
      of: seed, steps: recipe.steps.iterations(perEpoch: recipe.stepsPerEpoch(samples: samples)),
      pretrainSteps: material.classification.map {
        pretraining.steps.iterations(perEpoch: pretraining.stepsPerEpoch(samples: $0.objects.train.count))
      } ?? 0,
      backboneShare: material.parts.mapValues { $0.detector.moduleShares.first { $0.name == "backbone" }!.share })
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
