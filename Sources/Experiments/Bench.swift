import Basics
public import Foundation
import Lanes
public import Networks
public import Tickets
public import Training

/// What a unit works on: the material, a store for its records, threads, progress, and helpers for work beside it.
public struct Bench<Material: ExperimentMaterial>: Sendable {
  public let material: Material
  public let unit: WorkUnit
  public let folder: RunFolder
  public let store: StageStore
  public let threads: Int
  public let execution: Execution
  public let progress: WorkProgress
  public let workers: WorkerPool
  /// Where run folders lie, if this one shares its dense trainings with others.
  public let shared: URL?

  public var seed: UInt64 { unit.seed }

  /// Has a job done beside what else is under way, once a thread is free.
  public func later(_ job: @escaping @Sendable () throws -> Void) { workers.add(job, leaf: true) }

  /// Trains networks and keeps their records, in the unit's folder or another.
  public func trainer(_ architecture: Architecture, data: TrainingData, in store: StageStore? = nil) -> StageTrainer {
    StageTrainer(
      architecture, data: data, store: store ?? self.store, threads: threads, execution: execution, progress: progress)
  }
}

extension Bench<TrainingMaterial> {
  public var trainer: StageTrainer { trainer(material.architecture, data: material.data) }
}
