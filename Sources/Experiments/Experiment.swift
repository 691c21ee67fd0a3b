public import Basics
public import Datasets
public import Foundation
public import Pages
import Tickets

/// A question put to networks: settings make units of work, these leave records on disk, the records make a finding, and the
/// finding makes sentences, tables and charts.
///
/// Everything around it comes by itself: a command with an option a setting, a run folder named by the settings, seeds,
/// resuming, progress, `--json`, page, Markdown, CSV, lists, comparisons, the dashboard, sweeps and Slurm. A new experiment
/// is one folder in `Methods/` and a line in its catalogue; docs/experiments.md walks through one.
public protocol Experiment: Sendable {
  /// The settings it uses; all others are refused.
  associatedtype Settings: Configurable
  /// What must be in memory before any unit runs.
  associatedtype Material: ExperimentMaterial = TrainingMaterial
  /// Numbers alone; what they came from stands in the `Record` around it.
  associatedtype Finding: Codable & Sendable

  /// The verb.
  static var name: String { get }
  /// What its run folders' names begin with: the verb, unless folders of older versions had another.
  static var folderName: String { get }
  /// Whether older versions noted this command for a run of it with these settings.
  static func wasCalled(_ command: String, _ settings: [String: String]) -> Bool
  /// One line for lists.
  static var summary: String { get }
  /// For the help of the command.
  static var discussion: String { get }

  /// Settings, as `key=value`, by which it takes seconds on data that is always there: for its help, and for the tests that
  /// run every experiment.
  static var example: [String] { get }

  /// How many seeds a command runs where nothing else is said.
  static var usualSeeds: Int { get }

  /// Whether commands may work in one run folder side by side, its parts having locks of their own.
  static var sharesFolder: Bool { get }

  init(_ settings: Settings, seeds: [UInt64])
  var settings: Settings { get }
  var seeds: [UInt64] { get }

  /// Loads what the units need, and refuses settings that cannot work, before anything is trained.
  func prepare(_ locator: DataLocator) throws -> Material

  /// The work of one seed, each part to be done, killed and done again by itself.
  func units(of seed: UInt64, _ material: Material) throws -> [WorkUnit]

  /// Does a unit, or skips what its records say is done.
  /// - Throws: `Problem`; what finished before is on disk. One of `Problem.isOfOneNetwork` ends this unit alone.
  func run(_ unit: WorkUnit, on bench: Bench<Material>) throws

  /// What one seed gave in short: what lists, sweeps and comparisons read. Every record of the seed unless said otherwise;
  /// without the networks that could not be finished.
  func stages(of seed: UInt64, _ records: Records<Material>) throws -> [SeedSummary.Stage]

  /// Puts all seeds together, from what is on disk alone; networks that could not be finished are no part of it
  /// (`Records.has`).
  func finding(_ records: Records<Material>) throws -> Finding

  /// Seconds of all seeds by phase, where "training" and "evaluation" say too little.
  func seconds(_ records: Records<Material>) throws -> [String: Double]

  /// Writes files besides the record and the page, such as a ticket, and puts into the record what they are.
  func keep(_ record: inout Record<Finding>, _ records: Records<Material>) throws

  /// What a seed will take, from the time of a dense step of `Material.timed`.
  func estimate(of seed: UInt64, _ material: Material, _ timing: StepTiming?) throws -> WorkEstimate

  /// The folder beside the run folders of a training that this seed shares with other runs; it is done once the folder's
  /// `seed-N/dense.json` is there.
  func sharedFolder(_ material: Material, in output: URL) -> URL?

  /// The answer in sentences.
  static func verdict(_ record: Record<Finding>) -> [String]

  /// Figures by which lists show, filter and sort a run, by the key of their `Metric`.
  static func figures(_ record: Record<Finding>) -> [String: Double]

  /// Title, notes and sections; the verdict, and the section on how to reproduce it, are added.
  static func document(_ record: Record<Finding>) -> Document

  /// What the folder's hash is made of; other than `NAME` and the settings for folders of older versions alone.
  static func identity(_ settings: Settings) -> String
}

extension Experiment {
  /// A small network on the digits, by those of these settings that the experiment has.
  public static var example: [String] {
    let keys = Set(Settings.fields.map(\.key))
    return ["data=digits", "model=mlp:24,16", "steps=2ep", "batch=64", "rounds=2"].filter { setting in
      keys.contains { setting.hasPrefix("\($0)=") }
    }
  }

  public static var folderName: String { name }
  public static func wasCalled(_ command: String, _ settings: [String: String]) -> Bool { false }
  public static var usualSeeds: Int { 1 }
  public static var sharesFolder: Bool { false }
  public static var discussion: String {
    "Starting the same command again skips what is done and goes on with what is not; more --seeds run only what is new."
  }

  public func stages(of seed: UInt64, _ records: Records<Material>) throws -> [SeedSummary.Stage] {
    try records.allStages(of: seed, in: Set(units(of: seed, records.material).map(\.folder)))
  }

  public func seconds(_ records: Records<Material>) throws -> [String: Double] {
    var seconds = ["training": 0.0, "evaluation": 0.0]
    for seed in seeds {
      for stage in try stages(of: seed, records) {
        guard let record = try records.record(stage.name, of: seed) else { continue }
        seconds["training"]! += record.trainingSeconds
        seconds["evaluation"]! += record.evaluationSeconds
      }
    }
    return seconds
  }

  public func estimate(of seed: UInt64, _ material: Material, _ timing: StepTiming?) throws -> WorkEstimate {
    guard let network = material.timed, let timing else { return WorkEstimate() }
    let units = try units(of: seed, material)
    return network.estimate(work: units.reduce(0) { $0 + $1.work }, trainings: units.count { $0.work > 0 }, timing)
  }

  public func sharedFolder(_ material: Material, in output: URL) -> URL? { nil }

  public func keep(_ record: inout Record<Finding>, _ records: Records<Material>) throws {}
  public static func figures(_ record: Record<Finding>) -> [String: Double] { [:] }
  public static func identity(_ settings: Settings) -> String { "\(name)\n\(settings.identity)" }

  /// The folder of these settings.
  public static func folder(_ settings: Settings, in output: URL) -> URL {
    output.appendingPathComponent("\(folderName)-\(Digest.sha256(identity(settings)).prefix(12))")
  }

  /// The whole document: verdict first, and how to reproduce it last.
  public static func report(_ record: Record<Finding>) -> Document {
    var document = document(record)
    // Results of older versions may have none.
    document.verdict = record.verdict.isEmpty ? verdict(record) : record.verdict
    document.sections += [record.failed, record.provenance].compactMap { $0 }
    return document
  }
}
