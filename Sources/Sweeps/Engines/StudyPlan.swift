import Basics
public import Foundation
public import Tickets

/// All runs of a study: its arms, each with all seeds.
public struct StudyPlan: Sendable {
  /// One choice of settings.
  public struct Arm: Sendable {
    public var settings: SearchSettings
    /// What tells it from other arms: `criterion=random, lr=0.05`.
    public var label: String
    /// Its run folder's name.
    public var run: String
  }

  /// One seed of one arm: what is run, fails and is retried by itself.
  public struct Unit: Hashable, Sendable {
    public var arm: Int
    public var seed: UInt64
    /// `find-6e10af0433bd.seed-3`.
    public var name: String
  }

  public var name: String
  public var purpose: String
  public var arms: [Arm]
  public var seeds: [UInt64]
  /// The arm that others are compared with.
  public var baseline: Int
  /// Keys in which arms differ, in the order of the settings.
  public var varying: [String]
  /// Combinations that gave an arm that was there already.
  public var duplicates: Int
  public var skipped: Int

  private static let mostArms = 100_000

  /// - Throws: `Problem` if a combination is invalid, or none is left.
  public init(_ file: StudyFile) throws {
    name = file.name
    purpose = file.purpose
    seeds = file.seeds
    (duplicates, skipped, arms, baseline, varying) = (0, 0, [], 0, [])
    var seen: Set<String> = []
    for choice in try Self.choices(file) {
      let settings = try Self.settings(choice, file)
      let texts = Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) })
      if file.skip.contains(where: { $0.holds { texts[$0] } }) { skipped += 1; continue }
      let run = Search(settings: settings, seeds: [0], threads: 1, output: URL(fileURLWithPath: "/")).folder
      guard seen.insert(run.lastPathComponent).inserted else { duplicates += 1; continue }
      arms.append(Arm(settings: settings, label: "", run: run.lastPathComponent))
    }
    guard !arms.isEmpty else {
      throw Problem.badData("\(file.name) leaves no combination.", remedy: "Check its 'skip' conditions.")
    }
    label()
    try choose(file.baseline)
  }

  /// Every entry of `arms` with every combination of the grid, the last key of the grid fastest.
  private static func choices(_ file: StudyFile) throws -> [[StudyFile.Assignment]] {
    var choices = file.arms.isEmpty ? [[]] : file.arms
    for (key, values) in file.grid {
      guard choices.count * values.count <= mostArms else {
        throw Problem.badData(
          "\(file.name) has more than \(mostArms) combinations.", remedy: "Divide it into several studies.")
      }
      choices = choices.flatMap { choice in values.map { choice + [.init(key: key, value: $0)] } }
    }
    return choices
  }

  private static func settings(_ choice: [StudyFile.Assignment], _ file: StudyFile) throws -> SearchSettings {
    var settings = SearchSettings()
    for assignment in file.settings + choice { try settings.set(assignment.key, to: assignment.value) }
    for condition in file.conditions {
      let texts = Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) })
      guard condition.filter.holds({ texts[$0] }) else { continue }
      for assignment in condition.settings { try settings.set(assignment.key, to: assignment.value) }
    }
    return settings
  }

  private mutating func label() {
    let texts = arms.map { Dictionary(uniqueKeysWithValues: $0.settings.assignments.map { ($0.key, $0.value) }) }
    varying = SearchSettings.fields.map(\.key).filter { key in Set(texts.map { $0[key] }).count > 1 }
    for (i, text) in texts.enumerated() {
      let parts = varying.map { "\($0)=\(text[$0] ?? "")" }
      arms[i].label = parts.isEmpty ? name : parts.joined(separator: ", ")
    }
  }

  private mutating func choose(_ filter: RunFilter) throws {
    let found = arms.firstIndex { arm in
      filter.holds { key in arm.settings.assignments.first { $0.key == key }?.value }
    }
    guard let found else {
      throw Problem.badData("No arm of \(name) is its baseline.", remedy: "Check 'baseline' against the grid.")
    }
    baseline = found
  }

  /// All units, seed by seed: the first results are of all arms.
  public var units: [Unit] {
    seeds.flatMap { seed in arms.indices.map { unit(arm: $0, seed: seed) } }
  }

  public func unit(arm: Int, seed: UInt64) -> Unit {
    Unit(arm: arm, seed: seed, name: "\(arms[arm].run).seed-\(seed)")
  }

  public func unit(named name: String) -> Unit? {
    guard let place = name.range(of: ".seed-", options: .backwards), let seed = UInt64(name[place.upperBound...]),
      let arm = arms.firstIndex(where: { $0.run == name[..<place.lowerBound] })
    else { return nil }
    return unit(arm: arm, seed: seed)
  }

  /// The search of an arm.
  public func search(_ arm: Int, threads: Int = 1, output: URL) -> Search {
    var search = Search(settings: arms[arm].settings, seeds: seeds, threads: threads, output: output)
    let changes = arms[arm].settings.changesAsOptions
    search.reproduce = "tombola find\(changes) --seeds \((seeds.max() ?? 0) + 1)"
    return search
  }
}
