public import Basics
import Database
public import Datasets
public import Experiments
import Foundation
import Networks
public import Tickets

/// How sparse can a network be that tells two spirals apart, and how sparse do pruning methods make it?
///
/// Zhang & Papyan 2024 (arXiv:2407.04075): half a million trainings of milliseconds, each a row of a table in the run
/// folder. What is trained beyond what the tables have is a matter of `SpiralPlan`, and no part of the folder's name.
public struct Spiral: Experiment {
  public static let name = "spiral"
  public static let summary = "search the sparsest network of the cubist spiral, and see what pruning finds"
  public static let discussion =
    "Zhang & Papyan 2024, arXiv:2407.04075. A run takes milliseconds; all runs are rows of one table."
  /// Parts of a search may run side by side: every table has a lock of its own.
  public static let sharesFolder = true

  public let settings: SpiralSettings
  public let seeds: [UInt64]
  private var plan: SpiralPlan { settings.plan }

  /// - Parameter seeds: One, which counts nothing: random numbers are of the setting `seed`.
  public init(_ settings: SpiralSettings, seeds: [UInt64] = [0]) {
    self.settings = settings
    self.seeds = seeds
  }

  /// Its folders are older than verbs in identities.
  public static func identity(_ settings: SpiralSettings) -> String { settings.canonicalText }

  public struct Material: ExperimentMaterial {
    let trainer: SpiralTrainer
    public var dataset: DatasetSummary? { trainer.dataset }
  }

  public func prepare(_ locator: DataLocator) throws -> Material {
    let trainer = try SpiralTrainer(settings, from: locator)
    if plan.algorithm == .prune && plan.methods.values.contains(.gradual) {
      try SpiralPruning.checkGradual(steps: trainer.totalSteps)
    }
    return Material(trainer: trainer)
  }

  /// The structure of phase 2 and of descents: the one that is named, or phase 1's of fewest weights at the target.
  ///
  /// - Throws: `Problem.missingInput` if no structure that was trained reaches it.
  package func structure(_ tables: SpiralTables) throws -> SpiralStructure {
    if let structure = plan.structure { return structure }
    let target = settings.targets.values[0], dense = (try? tables.records("dense")) ?? []
    guard let found = SpiralFinding.better(dense).first(where: { $0.accuracy >= target })?.structure,
      let structure = SpiralStructure(found)
    else {
      throw Problem.missingInput(
        "No structure in the table reaches \(target).", remedy: "Finish phase 1, or name one with --structure.")
    }
    return structure
  }

  // MARK: units

  /// All runs in one go: its folder is the run's, since tables lie there.
  public func units(of seed: UInt64, _ material: Material) -> [WorkUnit] {
    plan.algorithm == .none ? [] : [WorkUnit(plan.table, seed: seed, folder: "", work: 0)]
  }

  public func run(_ unit: WorkUnit, on bench: Bench<Material>) throws {
    let tables = SpiralTables(bench.folder.url), trainer = bench.material.trainer
    func train(_ runs: [SpiralRun]) throws {
      try tables.train(
        runs, by: trainer, into: plan.table, threads: bench.threads, budget: plan.budget, command: command,
        progress: bench.progress)
    }
    switch (plan.algorithm, plan.phase) {
    case (.enumerate, 1): try train(plan.structures())
    case (.enumerate, _): try train(plan.masks(structure(tables)))
    case (.prune, _): try train(plan.pruning())
    case (.descent, _):
      _ = try tables.descend(
        descent(tables), by: trainer, threads: bench.threads, command: command, progress: bench.progress)
    case (.none, _): break
    }
  }

  func descent(_ tables: SpiralTables) throws -> SpiralDescent {
    SpiralDescent(structure: try structure(tables), target: settings.targets.values[0], plan: plan)
  }

  /// How many runs the plan has in all.
  package func count(_ tables: SpiralTables) throws -> Int {
    switch (plan.algorithm, plan.phase) {
    case (.enumerate, 1): plan.structureCount()
    case (.enumerate, _): try plan.maskCount(structure(tables))
    case (.prune, _): plan.pruning().count
    default: 0
    }
  }

  /// The command line that makes these runs.
  package var command: String {
    let verb = plan.algorithm == .prune ? "prune" : plan.algorithm == .none ? "report" : "search"
    let changes = settings.changes.filter { $0.key != "algorithm" || plan.algorithm == .descent }
    return "tombola spiral \(verb)" + changes.map { " --set \(Shell.quoted("\($0.key)=\($0.value)"))" }.joined()
  }

  // MARK: records

  /// Every table, with the digest of its rows.
  public func stages(of seed: UInt64, _ records: Records<Material>) throws -> [SeedSummary.Stage] {
    try SpiralTables(records.folder.url).tables().map {
      SeedSummary.Stage(name: $0.name, round: 0, arm: SeedSummary.table, metrics: [:], digest: try $0.digest())
    }
  }

  /// Seconds of threads.
  public func seconds(_ records: Records<Material>) throws -> [String: Double] {
    let sessions = try SpiralTables(records.folder.url).tables().flatMap { try $0.sessions() }
    return ["training": sessions.reduce(0) { $0 + $1.seconds * Double($1.threads) }]
  }

  /// The commands of all sessions made the rows, not the last one alone.
  public func keep(_ record: inout Record<SpiralFinding>, _ records: Records<Material>) throws {
    record.reproduce = record.finding.sessions.map(\.command).joined(separator: "\n")
  }
}
