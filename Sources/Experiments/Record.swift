public import Analysis
public import Basics
import Foundation
public import Pages
import Tickets

/// A finding with all that it came from: what `result.json` holds and `--json` prints.
///
/// Envelope and finding stand side by side in one JSON object, so that results of versions without an envelope are read
/// as well.
public struct Record<Finding: Codable & Sendable>: Sendable {
  public var command: String
  /// All settings as text.
  public var settings: [String: String]
  public var seeds: [UInt64]
  public var dataset: DatasetSummary?
  /// What a network reaches that has learned nothing; absent in results of older versions.
  public var guess: GuessingShare?
  public var finding: Finding
  public var verdict: [String] = []
  /// Seconds by phase; `total` is wall-clock time, the others are added over what ran side by side.
  public var seconds: [String: Double] = [:]
  /// Largest resident size of the process.
  public var residentBytes = 0
  /// The command line that makes the same numbers again.
  public var reproduce: String
  /// See `Experiment.figures`.
  public var figures: [String: Double] = [:]
  /// Networks that could not be finished; `seeds` are those without them.
  public var failures: [NetworkFailure] = []

  public init(
    command: String, settings: [String: String], seeds: [UInt64], dataset: DatasetSummary?, finding: Finding,
    reproduce: String
  ) {
    self.command = command
    self.settings = settings
    self.seeds = seeds
    self.dataset = dataset
    self.finding = finding
    self.reproduce = reproduce
  }

  /// A setting as text.
  public subscript(setting: String) -> String { settings[setting] ?? "" }

  /// By which a matching ticket may be worse, as a share.
  public var margin: Double { (Double(self["margin"]) ?? SearchSettings().margin) / 100 }

  /// Whether the dense networks have learned anything; `nil` where nothing is known of the data.
  ///
  /// - Parameter accuracies: Theirs on the test set, one a seed.
  public func learning(_ accuracies: Interval) -> LearningTest? {
    (guess ?? dataset?.leastGuess).map { LearningTest(accuracies.values, against: $0) }
  }

  /// `mean ± half of the 95 % interval over 3 seeds`, or `one seed`.
  public var spread: String {
    seeds.count > 1 ? "mean ± half of the 95 % interval over \(seeds.count) seeds" : "one seed"
  }

  /// What could not be finished, and which seeds are left out for it.
  func failureSentences(of asked: [UInt64]) -> [String] {
    let left = asked.filter { !seeds.contains($0) }
    let out =
      left.isEmpty
      ? []
      : [
        "Left out: \(left.count) of \(asked.count) seeds (\(left.map(String.init).joined(separator: ", ")))."
      ]
    return out + failures.prefix(5).map(\.sentence)
      + (failures.count > 5 ? ["\(failures.count - 5) more networks could not be finished."] : [])
  }

  /// The networks that could not be finished; `nil` if all were.
  public var failed: Section? {
    guard !failures.isEmpty else { return nil }
    let rows = failures.map { failure in
      Table.Row([
        .text(String(failure.seed)), .text(failure.network),
        failure.learningRate.map { Cell("\("\($0)")", values: [$0]) } ?? .missing,
        failure.step.map { .count($0) } ?? .missing,
        .text("\(failure.problem) \(failure.remedy)"),
      ])
    }
    let columns: [Table.Column] = [
      .text("Seed"), .text("Network"), .number("Learning rate"), .number("Step"), .text("What happened"),
    ]
    return Section(
      "What could not be finished", id: "failures", isEssential: true,
      [
        .table(
          Table(
            "Networks that failed; what would follow from them is missing", columns: columns, rows: rows))
      ])
  }

  /// How to make the same bits again.
  public var provenance: Section {
    Provenance(
      command: command, reproduce: reproduce, settings: settings, seeds: seeds, dataset: dataset, seconds: seconds,
      residentBytes: residentBytes
    ).section
  }
}

extension Record: Sound {
  public var isSound: Bool {
    !seeds.isEmpty && dataset?.shape.count ?? 3 == 3 && (finding as? any Sound)?.isSound ?? true
  }
}

extension Record: Codable {
  private enum Key: String, CodingKey {
    case command, settings, seeds, dataset, guess, verdict, seconds, residentBytes, reproduce, figures, failures
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    command = try values.decode(String.self, forKey: .command)
    settings = try values.decode([String: String].self, forKey: .settings)
    seeds = try values.decode([UInt64].self, forKey: .seeds)
    dataset = try? values.decodeIfPresent(DatasetSummary.self, forKey: .dataset)
    guess = try? values.decodeIfPresent(GuessingShare.self, forKey: .guess)
    finding = try Finding(from: decoder)
    verdict = try values.decodeIfPresent([String].self, forKey: .verdict) ?? []
    // A single number in results of older versions.
    seconds = (try? values.decodeIfPresent([String: Double].self, forKey: .seconds)) ?? [:]
    residentBytes = try values.decodeIfPresent(Int.self, forKey: .residentBytes) ?? 0
    reproduce = try values.decodeIfPresent(String.self, forKey: .reproduce) ?? ""
    figures = try values.decodeIfPresent([String: Double].self, forKey: .figures) ?? [:]
    failures = try values.decodeIfPresent([NetworkFailure].self, forKey: .failures) ?? []
  }

  public func encode(to encoder: any Encoder) throws {
    try finding.encode(to: encoder)
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(command, forKey: .command)
    try values.encode(settings, forKey: .settings)
    try values.encode(seeds, forKey: .seeds)
    try values.encodeIfPresent(dataset, forKey: .dataset)
    try values.encodeIfPresent(guess, forKey: .guess)
    try values.encode(verdict, forKey: .verdict)
    try values.encode(seconds, forKey: .seconds)
    try values.encode(residentBytes, forKey: .residentBytes)
    try values.encode(reproduce, forKey: .reproduce)
    try values.encode(figures, forKey: .figures)
    if !failures.isEmpty { try values.encode(failures, forKey: .failures) }
  }
}
