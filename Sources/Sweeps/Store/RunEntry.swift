package import Basics
import Experiments
import Foundation

/// What lists show of a run: its settings, and its figures in short.
package struct RunEntry: Equatable, Sendable {
  package enum Status: String, Codable, CaseIterable, Sendable {
    /// It has a result of all seeds of its last start.
    case done
    /// Some seeds are done.
    case partial
    /// No seed is done.
    case begun
    /// Networks of it could not be finished; what can be compared of the others counts.
    case failed
    /// Its `run.json` cannot be read.
    case damaged
  }

  /// The folder's name.
  package var name: String
  /// The experiment: `find`, `connect`.
  package var command = ""
  package var status = Status.begun
  package var seeds: [UInt64] = []
  /// Seconds of training and evaluation.
  package var seconds: Double?
  /// Seconds since 1970.
  package var updated: Double
  /// SHA-256 over all seeds' digests.
  package var digest: String?
  /// What is wrong with the folder.
  package var problem: String?
  /// Means over the seeds by the key of their `Metric`: what the experiment calls its figures and, of networks, those of the
  /// sparsest ticket that matches the dense network, or else of the last one, or else over all networks.
  package var figures: [String: Double] = [:]
  /// Of its experiment, as text.
  package var settings: [String: String] = [:]
  package var reproduce = ""
  package var dataDigest: String?

  package init(name: String, updated: Double) {
    self.name = name
    self.updated = updated
  }

  /// The round of the ticket that the figures are of.
  package var round: Int? { figures["round"].flatMap { Int(exactly: $0) } }

  /// What every run has, to filter and sort by.
  package static let facts = ["name", "command", "status", "seeds", "seconds", "updated", "digest"]

  /// Names that mean figures alone, though a setting may have one as well.
  package static let usualFigures = MetricCatalog.figures.map(\.key)

  /// A fact, a figure or a setting as text.
  package subscript(key: String) -> String? {
    switch key {
    case "name": name
    case "command": command
    case "status": status.rawValue
    case "seeds": String(seeds.count)
    case "seconds": seconds?.description
    case "updated": updated.description
    case "digest": digest
    default:
      figures[key].map { MetricCatalog.text($0, of: key) } ?? (Self.usualFigures.contains(key) ? nil : settings[key])
    }
  }

  /// The settings that differ from their defaults, by key.
  package var changes: [String] {
    let defaults = ExperimentCatalog.find(command).map { Self.defaults($0) } ?? [:]
    return settings.filter { defaults[$0.key] != $0.value }.map { "\($0.key)=\($0.value)" }.sorted()
  }

  private static func defaults<E: Experiment>(_ type: E.Type) -> [String: String] { E.Settings().texts }
}

/// Figures stand beside the facts.
extension RunEntry: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: NameKey.self)
    for (key, value) in figures {
      if let whole = Int(MetricCatalog.text(value, of: key)) {
        try values.encode(whole, forKey: NameKey(key))
      } else {
        try values.encode(value, forKey: NameKey(key))
      }
    }
    try values.encode(name, forKey: "name")
    try values.encode(command, forKey: "command")
    try values.encode(status, forKey: "status")
    try values.encode(seeds, forKey: "seeds")
    try values.encodeIfPresent(seconds, forKey: "seconds")
    try values.encode(updated, forKey: "updated")
    try values.encodeIfPresent(digest, forKey: "digest")
    try values.encodeIfPresent(problem, forKey: "problem")
    try values.encode(settings, forKey: "settings")
    try values.encode(reproduce, forKey: "reproduce")
    try values.encodeIfPresent(dataDigest, forKey: "dataDigest")
  }
}

extension RunEntry {
  /// Facts that every list shows, settings and figures of which it shows those that a run has.
  private static let usualFacts = ["name", "status"]
  private static let usualSettings = ["data", "model", "algorithm", "criterion"]

  /// What a list of these runs shows where nothing else is said: what experiments call their figures, beside what is usual;
  /// metrics of networks where they are asked for.
  package static func columns(of runs: [RunEntry]) -> [String] {
    func present(_ keys: [String]) -> [String] { keys.filter { key in runs.contains { $0[key] != nil } } }
    let usual = usualFigures.filter { $0 != "round" }, common = MetricCatalog.common.map(\.key)
    let others = Set(runs.flatMap { $0.figures.keys }).subtracting(usual + common + ["round"]).sorted()
    return usualFacts + present(usualSettings) + ["seeds"] + present(usual + others) + ["updated"]
  }
}

/// Dates in the zone of this machine.
extension Moment {
  package static func text(_ seconds: Double) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.dateFormat = "yyyy-MM-dd HH:mm"
    return formatter.string(from: Date(timeIntervalSince1970: seconds))
  }
}
