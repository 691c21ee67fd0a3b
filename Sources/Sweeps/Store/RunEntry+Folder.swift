package import Basics
import Experiments
package import Foundation

extension RunEntry {
  /// Reads a run's folder: what it is, then the seeds that are done, then its result. Nothing in it can make this fail.
  ///
  /// - Returns: `nil` if the folder is no run's, that is, has no `run.json` and no `settings.txt`.
  package init?(folder: URL, updated: Double) {
    self.init(name: folder.lastPathComponent, updated: updated)
    let data = PlainFile.data(folder.appendingPathComponent("run.json")), older = Identity(older: folder)
    guard data != nil || older != nil else { return nil }
    guard let identity = data.map({ try? StoredJSON.decode($0, as: Identity.self) }) ?? older else {
      status = .damaged
      problem = "run.json is no JSON of a run, or damaged"
      return
    }
    command = ExperimentCatalog.name(of: identity.command, identity.settings)
    reproduce = identity.reproduce ?? ""
    dataDigest = identity.dataDigest
    settings = Self.applicable(identity.settings, to: command)
    let names = Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    let found = Self.summaries(names, in: folder), failures = found.flatMap { $0.failures ?? [] }
    let summaries = failures.isEmpty ? found : found.comparable
    readSummaries(summaries)
    let result = Self.results.first(where: names.contains)
    status = result != nil ? .done : summaries.isEmpty ? .begun : .partial
    if let first = failures.first {
      status = .failed
      problem = failures.count > 1 ? "\(first.sentence) \(failures.count - 1) more." : first.sentence
    }
    if let result { readResult(folder.appendingPathComponent(result)) }
    let tickets = Self.ticketFigures(summaries, settings, identity.guess)
    // Without rounds a result says more, which may be of fewer seeds than there are summaries of.
    for (key, value) in tickets where tickets["round"] != nil || figures[key] == nil { figures[key] = value }
    figures = figures.filter { !Self.facts.contains($0.key) && $0.value.isFinite }
  }

  /// Where a run's end stands; certificates of older versions have no other.
  private static let results = ["result.json", "certificate.json"]

  private struct Identity: Decodable {
    var command: String
    var settings: [String: String]
    var reproduce: String?
    var dataDigest: String?
    var guess: GuessingShare?

    /// Of a folder without `run.json`, as the spiral had them: its name begins with the verb, and `settings.txt` has its
    /// settings.
    init?(older folder: URL) {
      let file = folder.appendingPathComponent("settings.txt"), verb = folder.lastPathComponent.prefix { $0 != "-" }
      guard let text = PlainFile.data(file).map({ String(decoding: $0, as: UTF8.self) }) else { return nil }
      command = String(verb)
      let pairs = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
      settings = Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { $1 }
    }
  }

  /// Older versions noted settings that the experiment does not have.
  private static func applicable(_ settings: [String: String], to command: String) -> [String: String] {
    guard let keys = ExperimentCatalog.find(command).map({ Set(ExperimentCatalog.settingKeys(of: $0)) }) else {
      return settings
    }
    return settings.filter { keys.contains($0.key) }
  }

  // MARK: seeds

  /// The summaries of all seeds that are done, by seed.
  package static func summaries(in folder: URL) -> [SeedSummary] {
    summaries(Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []), in: folder)
  }

  private static func summaries(_ names: Set<String>, in folder: URL) -> [SeedSummary] {
    names.filter { $0.hasPrefix("seed-") && $0.hasSuffix(".json") }.compactMap { name in
      StoredJSON.read(folder.appendingPathComponent(name))
    }.sorted { $0.seed < $1.seed }
  }

  private mutating func readSummaries(_ summaries: [SeedSummary]) {
    guard !summaries.isEmpty else { return }
    let table = StageTable(summaries), stages = summaries.flatMap(\.stages)
    seeds = summaries.map(\.seed)
    seconds = table.seconds
    digest = table.digest
    for key in Set(stages.flatMap { $0.metrics.keys }) {
      let values = stages.compactMap { $0.metrics[key] }
      figures[key] = values.reduce(0, +) / Double(values.count)
    }
  }

  /// Of the sparsest ticket that matches the dense network, or else of the last: means over the seeds.
  private static func ticketFigures(
    _ summaries: [SeedSummary], _ settings: [String: String], _ guess: GuessingShare?
  ) -> [String: Double] {
    let table = StageTable(summaries)
    var figures: [String: Double] = [:]
    figures["dense"] = table.mean("dense", 0, \.testAccuracy)
    guard let round = table.matchingRound(settings, against: guess) ?? table.roundNumbers.last else { return figures }
    for key in Set(summaries.flatMap { $0.stage("ticket", round: round)?.metrics.keys.map { $0 } ?? [] }) {
      figures[key] = table.mean("ticket", round) { $0.metrics[key] }
    }
    figures["round"] = Double(round)
    figures["density"] = table.mean("ticket", round, \.density)
    figures["accuracy"] = figures["testAccuracy"]
    if let accuracy = figures["accuracy"], let dense = figures["dense"] { figures["gap"] = accuracy - dense }
    return figures
  }

  // MARK: results

  /// What every result says.
  private struct Outcome: Decodable {
    var seeds: [UInt64]?
    var figures: [String: Double]?
    var seconds: [String: Double]?

    private enum CodingKeys: CodingKey { case seeds, figures, seconds }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      seeds = try? values.decodeIfPresent([UInt64].self, forKey: .seeds)
      figures = try? values.decodeIfPresent([String: Double].self, forKey: .figures)
      seconds = try? values.decodeIfPresent([String: Double].self, forKey: .seconds)
    }
  }

  private mutating func readResult(_ file: URL) {
    guard let data = PlainFile.data(file), let outcome: Outcome = try? StoredJSON.decode(data) else {
      problem = "\(file.lastPathComponent) is no JSON of a result, or damaged"
      return
    }
    if seeds.isEmpty { seeds = outcome.seeds ?? [] }
    seconds = seconds ?? outcome.seconds?["total"]
    let written =
      outcome.figures ?? (digest == nil ? ExperimentCatalog.find(command).flatMap { Self.figures($0, data) } : nil)
    figures.merge(written ?? [:]) { $1 }
  }

  /// Of results of versions that wrote neither figures nor summaries.
  private static func figures<E: Experiment>(_ type: E.Type, _ data: Data) -> [String: Double]? {
    (try? StoredJSON.decode(data, as: Record<E.Finding>.self)).map(E.figures)
  }
}
