import Basics
package import Experiments
import Foundation

/// All runs of a sweep: its arms, each with all seeds.
package struct SweepPlan: Sendable {
  /// One choice of settings.
  package struct Arm: Sendable {
    /// With its settings and the sweep's seeds.
    package var experiment: any Experiment
    /// All settings as text.
    package var texts: [String: String]
    /// Those that differ from their defaults, in the table's order.
    package var changes: [(key: String, value: String)]
    /// `Configurable.extent`.
    package var extent: [String: String]
    /// What tells it from other arms: `criterion=random, lr=0.05`.
    package var label = ""
    /// Its run folder's name.
    package var run: String
    /// The command that makes the arm alone.
    package var reproduce: String
  }

  /// One seed of one arm: what is run, fails and is retried by itself.
  package struct Unit: Hashable, Sendable {
    package var arm: Int
    package var seed: UInt64
    /// `find-6e10af0433bd.seed-3`.
    package var name: String
  }

  package var name: String
  package var purpose: String
  /// The experiment's name.
  package var experiment: String
  /// What arms are compared by; `nil` for test accuracy.
  package var metric: String?
  package var arms: [Arm]
  package var seeds: [UInt64]
  /// The arm that others are compared with.
  package var baseline: Int
  /// Keys in which arms differ, in the order of the settings.
  package var varying: [String]
  /// Combinations that gave an arm that was there already.
  package var duplicates: Int
  package var skipped: Int

  private static let mostArms = 100_000

  /// - Throws: `Problem` if a combination is invalid, or none is left.
  package init(_ file: SweepFile) throws {
    name = file.name
    purpose = file.purpose
    experiment = file.experiment.name
    metric = file.metric
    seeds = file.seeds
    (duplicates, skipped, arms, baseline, varying) = (0, 0, [], 0, [])
    for choice in try Self.choices(file) {
      let arm = try Self.arm(file.experiment, choice, file)
      if file.skip.contains(where: { $0.holds { arm.texts[$0] } }) { skipped += 1; continue }
      if let same = arms.first(where: { $0.run == arm.run }) {
        try Self.checkSame(same, arm)
        duplicates += 1
        continue
      }
      arms.append(arm)
    }
    guard !arms.isEmpty else {
      throw Problem.badData("\(file.name) leaves no combination.", remedy: "Check its 'skip' conditions.")
    }
    label(keys: file.keys)
    try choose(file.baseline)
  }

  /// Every entry of `arms` with every combination of the grid, the last key of the grid fastest.
  private static func choices(_ file: SweepFile) throws -> [[SweepFile.Assignment]] {
    var choices = file.arms.isEmpty ? [[]] : file.arms
    for (key, values) in file.grid {
      guard choices.count * values.count <= mostArms else {
        throw Problem.badData(
          "\(file.name) has more than \(mostArms) combinations.", remedy: "Divide it into several sweeps.")
      }
      choices = choices.flatMap { choice in values.map { choice + [.init(key: key, value: $0)] } }
    }
    return choices
  }

  private static func arm<E: Experiment>(
    _ type: E.Type, _ choice: [SweepFile.Assignment], _ file: SweepFile
  ) throws -> Arm {
    let given = file.settings + choice
    var settings = try E.Settings.base(Dictionary(given.map { ($0.key, $0.value) }) { $1 })
    for assignment in given { try settings.set(assignment.key, to: assignment.value) }
    for condition in file.conditions {
      let texts = settings.texts
      guard condition.filter.holds({ texts[$0] }) else { continue }
      for assignment in condition.settings { try settings.set(assignment.key, to: assignment.value) }
    }
    try settings.spellOut()
    let seeds = (file.seeds.max() ?? 0) + 1
    return Arm(
      experiment: E(settings, seeds: file.seeds), texts: settings.texts, changes: settings.changes,
      extent: settings.extent,
      run: E.folder(settings, in: URL(fileURLWithPath: "/")).lastPathComponent,
      reproduce: try Reproduction(E.self, settings, seeds: Int(seeds)).text)
  }

  /// What names no run cannot tell arms apart.
  private static func checkSame(_ a: Arm, _ b: Arm) throws {
    let keys = a.texts.keys.filter { a.texts[$0] != b.texts[$0] }.sorted()
    guard !keys.isEmpty else { return }
    throw Problem.badData(
      "Arms that differ in \(keys.joined(separator: ", ")) alone have one run folder, \(a.run).",
      remedy: "Give such a setting all its values at once, or make two sweeps with other --out.")
  }

  private mutating func label(keys: [String]) {
    varying = keys.filter { key in Set(arms.map { $0.texts[key] }).count > 1 }
    for i in arms.indices {
      let parts = varying.map { "\($0)=\(arms[i].texts[$0] ?? "")" }
      arms[i].label = parts.isEmpty ? name : parts.joined(separator: ", ")
    }
  }

  private mutating func choose(_ filter: RunFilter) throws {
    guard let found = arms.firstIndex(where: { arm in filter.holds { arm.texts[$0] } }) else {
      throw Problem.badData("No arm of \(name) is its baseline.", remedy: "Check 'baseline' against the grid.")
    }
    baseline = found
  }

  /// All units, seed by seed: the first results are of all arms.
  package var units: [Unit] {
    seeds.flatMap { seed in arms.indices.map { unit(arm: $0, seed: seed) } }
  }

  package func unit(arm: Int, seed: UInt64) -> Unit {
    Unit(arm: arm, seed: seed, name: "\(arms[arm].run).seed-\(seed)")
  }

  package func unit(named name: String) -> Unit? {
    guard let place = name.range(of: ".seed-", options: .backwards), let seed = UInt64(name[place.upperBound...]),
      let arm = arms.firstIndex(where: { $0.run == name[..<place.lowerBound] })
    else { return nil }
    return unit(arm: arm, seed: seed)
  }
}
