public import Basics
import Database
public import Datasets
public import Experiments
import Foundation
import Networks
import Tickets

/// How sparse can a network be that tells two spirals apart, and how sparse do pruning methods make it?
///
/// Zhang & Papyan 2024 (arXiv:2407.04075): half a million trainings of milliseconds, each a row of a table in the run
/// folder. What is trained beyond what the tables have is a matter of `SpiralPlan`, and no part of the folder's name.
public struct Spiral: Experiment {
  public static let name = "spiral"
  public static let summary = "search the sparsest network of the cubist spiral"
  public static let discussion =
    "Zhang & Papyan 2024, arXiv:2407.04075. A run takes milliseconds; all runs are rows of one table."
  /// Parts of a search may run side by side: every table has a lock of its own.
  public static let sharesFolder = true

  public static let example = [
    "data=cubist-spiral:2000", "steps=12ep", "phase=2", "structure=3,3,2", "mask-weights=9",
  ]

  public let settings: SpiralSettings
  public let seeds: [UInt64]
  private let plan: SpiralPlan

  /// - Parameter seeds: The draws: repetitions of every run with other random weights. All else random is of the setting
  ///   `seed`, which is part of the study.
  public init(_ settings: SpiralSettings, seeds: [UInt64] = [0]) {
    self.settings = settings
    self.seeds = seeds
    var plan = settings.plan
    plan.draws = seeds.map { Int(clamping: $0) }
    self.plan = plan
  }

  /// Its folders are older than verbs in identities.
  public static func identity(_ settings: SpiralSettings) -> String { settings.canonicalText }

  public struct Material: ExperimentMaterial {
    let trainer: SpiralTrainer
    public var dataset: DatasetSummary? { trainer.dataset }
    public var announcement: [String] { trainer.announcement }
  }

  public func prepare(_ locator: DataLocator) throws -> Material {
    try plan.check()
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

  /// The runs of all seeds in one go, since a table has one writer; its folder is the run's, where tables lie.
  public func units(of seed: UInt64, _ material: Material) -> [WorkUnit] {
    guard plan.algorithm != .none, seed == seeds.first else { return [] }
    return [WorkUnit(plan.table, seed: seed, folder: "", work: 0)]
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
      + (seeds.count > 1 ? " --draws \(seeds.count)" : "")
  }

  // MARK: records

  /// Every table, with the digest of its rows. The first seed's unit does the runs of all: what another seed has to say must
  /// not change while that goes on.
  public func stages(of seed: UInt64, _ records: Records<Material>) throws -> [SeedSummary.Stage] {
    guard seed == seeds.first else {
      return [SeedSummary.Stage(name: plan.table, round: 0, arm: SeedSummary.table, metrics: [:], digest: "")]
    }
    return try SpiralTables(records.folder.url).tables().map {
      SeedSummary.Stage(name: $0.name, round: 0, arm: SeedSummary.table, metrics: [:], digest: try $0.digest())
    }
  }

  private func sessions(_ records: Records<Material>) throws -> [TableSession] {
    try SpiralTables(records.folder.url).tables().flatMap { try $0.sessions() }.sorted { $0.start < $1.start }
  }

  /// Seconds of threads by verb: a session's command is `tombola spiral VERB ...`.
  public func seconds(_ records: Records<Material>) throws -> [String: Double] {
    try sessions(records).reduce(into: [:]) { seconds, session in
      let verb = session.command.split(separator: " ").dropFirst(2).first.map(String.init) ?? "training"
      seconds[verb, default: 0] += session.seconds * Double(session.threads)
    }
  }

  /// The commands of all sessions made the rows, not the last one alone.
  public func keep(_ record: inout Record<SpiralFinding>, _ records: Records<Material>) throws {
    let commands: [String] = try sessions(records).map(\.command).reduce(into: []) {
      if !$0.contains($1) { $0.append($1) }
    }
    record.reproduce = commands.joined(separator: "\n")
  }
}
