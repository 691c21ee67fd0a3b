import Basics
import Detectors
import Experiments
import Tickets

/// A network of a detection study.
struct DetectStage: Hashable {
  enum Kind: Hashable {
    case dense
    case sparse(DetectStrategy, sparsity: Double)
    /// Beside a direct ticket.
    case control(String, sparsity: Double)
  }

  var task: SceneTask
  var kind: Kind

  /// Of its record.
  var name: String {
    switch kind {
    case .dense: "dense"
    case .sparse(let strategy, let sparsity): "\(strategy.rawValue)-\(sparsity)"
    case .control(let control, let sparsity): "\(DetectStrategy.direct.rawValue)-\(sparsity).\(control)"
    }
  }

  /// Whether the sparsity is that of the backbone alone.
  var isOfBackbone: Bool {
    switch kind {
    case .sparse(.transfer, _), .sparse(.maskTransfer, _): true
    default: false
    }
  }

  var unit: String { "\(task.rawValue)/\(name)" }
  var sparsity: Double {
    switch kind {
    case .dense: 0
    case .sparse(_, let sparsity), .control(_, let sparsity): sparsity
    }
  }
}

/// Which networks a study trains, and in which order.
struct DetectPlan {
  let settings: DetectSettings

  static let objects = "objects"
  static func pretrained(_ sparsity: Double) -> String { "ticket-\(sparsity)" }

  /// Of one task; for a task whose tickets alone are needed these and the dense network.
  func stages(of task: SceneTask) -> [DetectStage] {
    let isAsked = settings.tasks.values.contains(task)
    let strategies = isAsked ? settings.strategies.values : [.direct]
    var kinds: [DetectStage.Kind] = [.dense]
    for sparsity in settings.sparsityValues {
      kinds += DetectStrategy.allCases.filter(strategies.contains).map { .sparse($0, sparsity: sparsity) }
      if isAsked, strategies.contains(.direct) {
        kinds += settings.search.controls.types.filter { DetectWork.controls.contains($0.name) }.map {
          .control($0.name, sparsity: sparsity)
        }
      }
    }
    return kinds.map { DetectStage(task: task, kind: $0) }
  }

  var stages: [DetectStage] { settings.trainedTasks.flatMap(stages) }

  /// - Parameter backboneShare: Of the weights that may go, by task: transfers take none of the others.
  func units(
    of seed: UInt64, steps: Int, pretrainSteps: Int, backboneShare: [SceneTask: Double]
  ) -> [WorkUnit] {
    let isPretrained = settings.trainsBackbone
    var units: [WorkUnit] = []
    func add(_ name: String, in folder: String, after: [String], steps: Int, density: Double) {
      units.append(
        WorkUnit(
          name, seed: seed, folder: "\(folder)/seed-\(seed)", after: after,
          work: WorkProgress.work(steps: steps, density: density)))
    }
    let dense = "\(Self.objects)/dense"
    if isPretrained {
      add(dense, in: Self.objects, after: [], steps: pretrainSteps, density: 1)
      if settings.strategies.values.contains(.transfer) {
        for sparsity in settings.sparsityValues {
          add(
            "\(Self.objects)/\(Self.pretrained(sparsity))", in: Self.objects, after: [dense], steps: pretrainSteps,
            density: 1 - sparsity)
        }
      }
    }
    for stage in stages {
      add(
        stage.unit, in: stage.task.rawValue, after: (isPretrained ? [dense] : []) + needs(stage), steps: steps,
        density: 1 - stage.sparsity * (stage.isOfBackbone ? backboneShare[stage.task] ?? 1 : 1))
    }
    return units
  }

  private func needs(_ stage: DetectStage) -> [String] {
    let dense = DetectStage(task: stage.task, kind: .dense).unit
    switch stage.kind {
    case .dense: return []
    case .control(_, let sparsity):
      return [DetectStage(task: stage.task, kind: .sparse(.direct, sparsity: sparsity)).unit]
    case .sparse(.direct, _): return [dense]
    case .sparse(.transfer, let sparsity):
      return settings.trainsBackbone
        ? ["\(Self.objects)/\(Self.pretrained(sparsity))"] : []
    case .sparse(.maskTransfer, _): return []
    case .sparse(.taskTransfer, let sparsity):
      return [DetectStage(task: settings.source(of: stage.task), kind: .sparse(.direct, sparsity: sparsity)).unit]
    }
  }
}
