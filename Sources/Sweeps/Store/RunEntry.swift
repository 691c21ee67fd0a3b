public import Basics
public import Foundation
import Tickets

/// What lists show of a run: its settings, and its figures in short.
public struct RunEntry: Codable, Equatable, Sendable {
  public enum Status: String, Codable, CaseIterable, Sendable {
    /// It has a result of all seeds of its last start.
    case done
    /// Some seeds are done.
    case partial
    /// No seed is done.
    case begun
    /// Its `run.json` cannot be read.
    case damaged
  }

  /// The folder's name.
  public var name: String
  /// `find`, `criteria`, `certify`.
  public var command = ""
  public var status = Status.begun
  public var seeds: [UInt64] = []
  /// The sparsest round that matches the dense network, or else the last: means over the seeds.
  public var round: Int?
  public var density: Double?
  public var accuracy: Double?
  /// Of the dense network.
  public var dense: Double?
  /// Seconds of training and evaluation.
  public var seconds: Double?
  /// Seconds since 1970.
  public var updated: Double
  /// SHA-256 over all seeds' digests.
  public var digest: String?
  /// What is wrong with the folder.
  public var problem: String?
  /// All settings, as text.
  public var settings: [String: String] = [:]
  public var reproduce = ""
  public var dataDigest: String?

  public init(name: String, updated: Double) {
    self.name = name
    self.updated = updated
  }

  /// How much more accurate than the dense network, as a share.
  public var gap: Double? {
    guard let accuracy, let dense else { return nil }
    return accuracy - dense
  }

  /// Figures that can be filtered and sorted by, besides settings.
  public static let figures = [
    "name", "command", "status", "seeds", "round", "density", "accuracy", "dense", "gap", "seconds", "updated",
    "digest",
  ]

  /// A figure or a setting as text.
  public subscript(key: String) -> String? {
    switch key {
    case "name": name
    case "command": command
    case "status": status.rawValue
    case "seeds": String(seeds.count)
    case "round": round?.description
    case "density": density?.description
    case "accuracy": accuracy?.description
    case "dense": dense?.description
    case "gap": gap?.description
    case "seconds": seconds?.description
    case "updated": updated.description
    case "digest": digest
    default: settings[key]
    }
  }
}

extension RunEntry {
  /// Reads a run's folder: what it is, then the seeds that are done. Nothing in it can make this fail.
  ///
  /// - Returns: `nil` if the folder is no run's, that is, has no `run.json`.
  public init?(folder: URL, updated: Double) {
    self.init(name: folder.lastPathComponent, updated: updated)
    guard let data = try? Data(contentsOf: folder.appendingPathComponent("run.json")) else { return nil }
    let defaults = SearchSettings().assignments.map { ($0.key, $0.value) }
    guard let identity = try? JSONDecoder().decode(Identity.self, from: data) else {
      status = .damaged
      problem = "run.json is no JSON of a run"
      return
    }
    command = identity.command
    reproduce = identity.reproduce ?? ""
    dataDigest = identity.dataDigest
    settings = Dictionary(defaults) { $1 }.merging(identity.settings) { $1 }
    let names = Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    let summaries = Self.summaries(names, in: folder)
    if summaries.isEmpty && names.contains("result.json") {
      readResult(folder)
      return
    }
    figures(of: summaries)
    status = names.contains("result.json") ? .done : summaries.isEmpty ? .begun : .partial
  }

  private struct Identity: Decodable {
    var command: String
    var settings: [String: String]
    var reproduce: String?
    var dataDigest: String?
  }

  /// The summaries of all seeds that are done, by seed.
  public static func summaries(in folder: URL) -> [SeedSummary] {
    summaries(Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []), in: folder)
  }

  private static func summaries(_ names: Set<String>, in folder: URL) -> [SeedSummary] {
    names.filter { $0.hasPrefix("seed-") && $0.hasSuffix(".json") }.compactMap { name in
      (try? Data(contentsOf: folder.appendingPathComponent(name))).flatMap {
        try? JSONDecoder().decode(SeedSummary.self, from: $0)
      }
    }.sorted { $0.seed < $1.seed }
  }

  private mutating func figures(of summaries: [SeedSummary]) {
    seeds = summaries.map(\.seed)
    guard !summaries.isEmpty else { return }
    let table = SeedTable(summaries), tolerance = settings["tolerance"].flatMap { Double($0) } ?? 0
    seconds = table.seconds
    digest = table.digest
    dense = table.mean("dense", 0, \.testAccuracy)
    guard let round = table.matchingRound(tolerance: tolerance) ?? table.rounds.last else { return }
    self.round = round
    density = table.mean("ticket", round, \.density)
    accuracy = table.mean("ticket", round, \.testAccuracy)
  }

  /// A folder of a version without summaries, or of another command.
  private mutating func readResult(_ folder: URL) {
    status = .done
    guard let data = try? Data(contentsOf: folder.appendingPathComponent("result.json")) else { return }
    guard let result = try? JSONDecoder().decode(SearchResult.self, from: data) else {
      if command == "find" { problem = "result.json is no JSON of a search" }
      return
    }
    seeds = result.seeds
    dense = result.dense.testAccuracy.mean
    seconds = result.seconds["total"]
    let chosen = result.rounds.first { $0.round == result.ticket?.round } ?? result.rounds.last
    round = chosen?.round
    density = chosen?.density
    accuracy = chosen?.ticket.testAccuracy.mean
  }
}
