import Analysis
public import Basics
import Detection
package import Detectors
public import Experiments
package import Foundation
import Networks
import Scenes
import Tickets

/// What detectors reach at each sparsity, by the way in which they became sparse.
public struct DetectFinding: Codable, Equatable, Sendable {
  /// A network of one task.
  public struct Arm: Codable, Equatable, Sendable {
    package var task: SceneTask
    /// Of its record: `dense`, `direct-0.9`, `direct-0.9.reinit`.
    package var name: String
    package var title: String
    /// `nil` for the dense network; that of the ticket for a control.
    package var strategy: DetectStrategy?
    package var control: String?
    /// As asked: of the weights in scope, or of the backbone's.
    package var sparsity: Double
    /// By name, as in `tombola score`, from 0 to 1; those that every seed has.
    package var measures: [String: Interval]
    /// Shares of all weights, and of the backbone's, that are gone.
    package var networkSparsity: Interval
    package var backboneSparsity: Interval
    /// Shares that stay, by module.
    package var moduleDensities: [String: Interval]
    /// Mean over the seeds; accuracies are AP50.
    package var curve: [CurvePoint]
    /// Of training.
    package var seconds: Interval

    /// Average precision, mean over overlaps.
    var precision: Interval { measures["AP"] ?? Interval(of: networkSparsity.values.map { _ in 0 }) }
  }

  public struct Module: Codable, Equatable, Sendable {
    package var task: SceneTask
    package var name: String
    package var weights: Int
    /// Of all weights of the network.
    package var share: Double
  }

  /// Overlap of the mask that pruning would take at a step with the one that it takes at the end.
  public struct Stability: Codable, Equatable, Sendable {
    package var task: SceneTask
    package var sparsity: Double
    package var steps: [Int]
    package var overlaps: [Interval]
  }

  /// A test scene, and what networks of the first seed found in it.
  public struct Example: Codable, Equatable, Sendable {
    /// [channel][row][column]
    package var pixels: Data
    package var objects: [FoundObject]
    /// By `TASK/NAME`.
    package var found: [String: [FoundObject]]
  }

  package var classes: [String]
  /// Channels, height, width.
  package var shape: FeatureShape
  package var arms: [Arm]
  package var modules: [Module]
  package var stability: [Stability]
  package var examples: [Example]

  var tasks: [SceneTask] { arms.reduce(into: []) { if !$0.contains($1.task) { $0.append($1.task) } } }

  func dense(_ task: SceneTask) -> Arm? { arms.first { $0.task == task && $0.strategy == nil } }

  /// The networks of a way, from the densest.
  func arms(_ task: SceneTask, _ strategy: DetectStrategy) -> [Arm] {
    arms.filter { $0.task == task && $0.strategy == strategy && $0.control == nil }
  }

  func controls(of arm: Arm) -> [Arm] {
    arms.filter { $0.task == arm.task && $0.control != nil && $0.sparsity == arm.sparsity }
  }
}

extension DetectFinding: Sound {
  public var isSound: Bool {
    !arms.isEmpty && tasks.allSatisfy { dense($0) != nil } && arms.map(\.networkSparsity).arePaired
      && examples.allSatisfy { example in
        example.pixels.count == shape.count
          && (example.objects + example.found.values.joined()).allSatisfy { $0.isSound(in: shape) }
      }
  }
}

extension Detect {
  public func finding(_ records: Records<DetectMaterial>) throws -> DetectFinding {
    let material = records.material
    let asked = plan.stages.filter { settings.tasks.values.contains($0.task) }
      .filter { records.has("\($0.task.rawValue)/\($0.name)") }
    return DetectFinding(
      classes: material.scenes.categories.map(\.name), shape: material.scenes.shape,
      arms: try asked.map { try arm($0, records) },
      modules: settings.tasks.values.flatMap { task in
        material.parts[task]!.detector.moduleShares.map {
          DetectFinding.Module(task: task, name: $0.name, weights: $0.weights, share: $0.share)
        }
      },
      stability: try settings.tasks.values.compactMap { try stability($0, records) },
      examples: try examples(asked, records))
  }

  private func measurements(_ stage: DetectStage, _ records: Records<DetectMaterial>) throws -> [DetectMeasurement] {
    try records.seeds.map { seed in
      let store = try records.store(of: seed, arm: stage.task.rawValue), name = DetectMeasurement.stage(stage.name)
      guard let value: DetectMeasurement = store.value(name) else { throw store.missing(name) }
      return value
    }
  }

  private func arm(_ stage: DetectStage, _ records: Records<DetectMaterial>) throws -> DetectFinding.Arm {
    let measured = try measurements(stage, records), trained = try records.records(stage.name, arm: stage.task.rawValue)
    func intervals(_ values: (DetectMeasurement) -> [String: Double]) -> [String: Interval] {
      let all = measured.map(values)
      let keys = all.dropFirst().reduce(Set(all[0].keys)) { $0.intersection($1.keys) }
      return keys.reduce(into: [:]) { result, key in result[key] = Interval(of: all.map { $0[key]! }) }
    }
    let (strategy, control, title) = names(of: stage.kind)
    return DetectFinding.Arm(
      task: stage.task, name: stage.name, title: title, strategy: strategy, control: control, sparsity: stage.sparsity,
      measures: intervals(\.measures), networkSparsity: Interval(of: measured.map { 1 - $0.networkDensity }),
      backboneSparsity: Interval(of: measured.map { 1 - $0.backboneDensity }),
      moduleDensities: intervals(\.moduleDensities), curve: CurvePoint.mean(trained.map(\.curve)),
      seconds: Interval(of: trained.map(\.trainingSeconds)))
  }

  private func names(of kind: DetectStage.Kind) -> (DetectStrategy?, String?, String) {
    switch kind {
    case .dense: (nil, nil, "Dense")
    case .sparse(let strategy, _): (strategy, nil, strategy.title)
    case .control(let name, _):
      (.direct, name, ControlCatalog.all.first { $0.name == name }.map { $0.title } ?? name)
    }
  }

  private func stability(_ task: SceneTask, _ records: Records<DetectMaterial>) throws -> DetectFinding.Stability? {
    let tracks: [MaskTrack.Overlaps] = try records.seeds.compactMap {
      try records.store(of: $0, arm: task.rawValue).value(MaskTrack.stage)
    }
    guard let first = tracks.first, tracks.count == records.seeds.count, tracks.allSatisfy({ $0.steps == first.steps })
    else { return nil }
    return DetectFinding.Stability(
      task: task, sparsity: first.sparsity, steps: first.steps,
      overlaps: first.steps.indices.map { i in Interval(of: tracks.map { $0.overlaps[i] }) })
  }

  private func examples(_ stages: [DetectStage], _ records: Records<DetectMaterial>) throws -> [DetectFinding.Example] {
    let scenes = records.material.scenes, part = scenes.test, size = scenes.shape.count
    guard let seed = records.seeds.first else { return [] }
    var found: [String: [[FoundObject]]] = [:]
    for stage in stages {
      let value: DetectMeasurement? =
        try records.store(of: seed, arm: stage.task.rawValue).value(DetectMeasurement.stage(stage.name))
      found[stage.unit] = value?.examples
    }
    return (0..<min(DetectMeasurement.shown, part.count)).map { i in
      DetectFinding.Example(
        pixels: Data(part.images[i * size..<(i + 1) * size]), objects: part.scenes[i].map { FoundObject($0) },
        found: found.compactMapValues { $0.indices.contains(i) ? $0[i] : nil })
    }
  }

  public static func figures(_ record: Record<DetectFinding>) -> [String: Double] {
    let finding = record.finding
    guard let task = finding.tasks.first, let dense = finding.dense(task) else { return [:] }
    let sparsest = finding.arms(task, .direct).last
    return [
      "dense": dense.precision.mean, "accuracy": sparsest?.precision.mean,
      "density": sparsest.map { 1 - $0.networkSparsity.mean },
    ].compactMapValues(\.self)
  }
}
