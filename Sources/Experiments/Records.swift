public import Basics
import Foundation
public import Networks
public import Tickets

/// The records of an experiment, read back from its folder.
public struct Records<Material: ExperimentMaterial>: Sendable {
  public let folder: RunFolder
  public let seeds: [UInt64]
  public let material: Material
  /// Networks of these or other seeds that could not be finished.
  public let failures: [NetworkFailure]
  /// The networks that every seed here has; `nil` for all there are to be.
  private let networks: Set<String>?

  public init(
    folder: RunFolder, seeds: [UInt64], material: Material, failures: [NetworkFailure] = [],
    networks: Set<String>? = nil
  ) {
    self.folder = folder
    self.seeds = seeds
    self.material = material
    self.failures = failures
    self.networks = networks
  }

  /// Whether findings can count on the records of a network, as `stages` named it.
  public func has(_ network: String) -> Bool { networks?.contains(network) ?? true }

  /// What comes of records of a seed; `nil` if they are missing where some of its networks could not be finished.
  public func ifFinished<Value>(_ seed: UInt64, _ body: () throws -> Value) throws -> Value? {
    do { return try body() } catch let problem as Problem {
      guard problem.kind == .badData, failures.contains(where: { $0.seed == seed }) else { throw problem }
      return nil
    }
  }

  /// The store of one seed, or of one arm's seed.
  public func store(of seed: UInt64, arm: String? = nil) throws -> StageStore {
    folder.reader(arm.map { "\($0)/seed-\(seed)" } ?? "seed-\(seed)")
  }

  /// One record a seed.
  /// - Throws: `Problem.badData` naming the record that is missing.
  public func records(_ stage: String, arm: String? = nil) throws -> [StageRecord] {
    try seeds.map { seed in
      let store = try store(of: seed, arm: arm)
      guard let record = store.record(stage) else { throw store.missing(stage) }
      return record
    }
  }

  /// Seconds of training by phase, and of all evaluations, over all seeds.
  ///
  /// - Parameter phases: The stages of each.
  public func seconds(_ phases: [String: [String]]) throws -> [String: Double] {
    var seconds = phases.mapValues { _ in 0.0 }
    seconds["evaluation"] = 0
    for (phase, stages) in phases {
      for record in try stages.flatMap({ name in try seeds.compactMap { try record(name, of: $0) } }) {
        seconds[phase]! += record.trainingSeconds
        seconds["evaluation"]! += record.evaluationSeconds
      }
    }
    return seconds
  }

  /// The record of a stage that `stages` named, perhaps `ARM/STAGE`.
  public func record(_ name: String, of seed: UInt64) throws -> StageRecord? {
    let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
    return parts.count == 2 ? try store(of: seed, arm: parts[0]).record(parts[1]) : try store(of: seed).record(name)
  }

  /// What a record says in short.
  ///
  /// - Returns: `nil` if there is none because networks of the seed could not be finished.
  /// - Throws: `Problem.badData` if it is missing else.
  public func stage(
    _ name: String, of seed: UInt64, arm: String, round: Int = 0, remaining: Int? = nil, density: Double? = nil
  ) throws -> SeedSummary.Stage? {
    guard let record = try record(name, of: seed) else {
      return try ifFinished(seed) { throw try store(of: seed).missing(name) }
    }
    return SeedSummary.Stage(
      name: name, round: round, arm: arm, remaining: remaining, density: density, metrics: record.metrics,
      digest: record.parametersDigest)
  }

  /// Every record that lies in some folders of a seed, by name.
  public func allStages(of seed: UInt64, in folders: Set<String>) throws -> [SeedSummary.Stage] {
    try folders.sorted().flatMap { path -> [SeedSummary.Stage] in
      let arm = path.hasSuffix("/seed-\(seed)") ? path.dropLast("/seed-\(seed)".count) : ""
      return try folder.reader(path).all().map { stage, record in
        SeedSummary.Stage(
          name: arm.isEmpty ? stage : "\(arm)/\(stage)", round: 0, arm: stage, metrics: record.metrics,
          digest: record.parametersDigest)
      }
    }
  }
}

extension Records<TrainingMaterial> {
  /// What a record says in short of a network with this mask, or one of as many weights in every layer.
  public func stage(
    _ name: String, of seed: UInt64, arm: String, round: Int = 0, mask: Mask
  ) throws -> SeedSummary.Stage? {
    guard
      var stage = try stage(
        name, of: seed, arm: arm, round: round, remaining: mask.remaining, density: mask.density)
    else { return nil }
    let costs = material.architecture.costs(of: mask)
    (stage.denseMultiplyAdds, stage.multiplyAdds) = (costs.dense, costs.sparse)
    return stage
  }
}
