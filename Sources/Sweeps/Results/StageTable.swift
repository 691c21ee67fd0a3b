import Analysis
package import Basics
import Tickets

/// Seeds of one run side by side: intervals by network and metric.
package struct StageTable: Sendable {
  package let summaries: [SeedSummary]

  package init(_ summaries: [SeedSummary]) { self.summaries = summaries }

  /// One network over the seeds that are done.
  package struct Row: Codable, Equatable, Sendable {
    /// `dense`, `round-03`, `at-100.copy-2`: the name of its record.
    package var name: String
    package var round: Int
    package var arm: String
    package var remaining: Int?
    package var density: Double?
    /// What every seed measured, one value a seed.
    package var metrics: [String: Interval]
  }

  /// The networks that every seed has, in the order of the first.
  package var rows: [Row] {
    (summaries.first?.stages ?? []).compactMap { stage in
      let all = summaries.compactMap { $0.stages.first { $0.name == stage.name } }
      guard all.count == summaries.count else { return nil }
      let metrics = stage.metrics.keys.compactMap { key -> (String, Interval)? in
        let values = all.compactMap { $0.metrics[key] }
        return values.count == all.count ? (key, Interval(of: values)) : nil
      }
      return Row(
        name: stage.name, round: stage.round, arm: stage.arm, remaining: stage.remaining, density: stage.density,
        metrics: Dictionary(uniqueKeysWithValues: metrics))
    }
  }

  /// `nil` unless every seed has a value.
  private func values(_ arm: String, _ round: Int, _ value: (SeedSummary.Stage) -> Double?) -> [Double]? {
    let values = summaries.compactMap { $0.stage(arm, round: round).flatMap(value) }
    return values.isEmpty || values.count < summaries.count ? nil : values
  }

  func interval(_ arm: String, _ round: Int, _ metric: String = "testAccuracy") -> Interval? {
    values(arm, round) { $0.metrics[metric] }.map { Interval(of: $0) }
  }

  func mean(_ arm: String, _ round: Int, _ value: (SeedSummary.Stage) -> Double?) -> Double? {
    values(arm, round, value).map { $0.reduce(0, +) / Double($0.count) }
  }

  /// SHA-256 over all seeds' digests.
  package var digest: String { Digest.sha256(summaries.map { "\($0.seed) \($0.digest)\n" }.joined()) }
  package var seconds: Double { summaries.reduce(0) { $0 + $1.seconds } }
}

/// Test accuracies of one round of tickets and their controls, as shares, one value a seed.
package struct TicketRound: Equatable, Sendable {
  package var round: Int
  package var remaining: Int
  package var density: Double
  /// `ticket`, and the controls by their names; in JSON beside the other values.
  package var arms: [String: Interval]
  /// Ticket minus dense network and minus controls, paired by seed, by arm.
  package var leads: [String: Interval]

  package var ticket: Interval { arms["ticket"]! }
}

extension TicketRound: Codable {
  private enum Key: String, CodingKey { case round, remaining, density, leads }
  private static let names = (["ticket"] + ControlCatalog.all.map { $0.name }).map { NameKey($0) }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    round = try values.decode(Int.self, forKey: .round)
    remaining = try values.decode(Int.self, forKey: .remaining)
    density = try values.decode(Double.self, forKey: .density)
    leads = try values.decode([String: Interval].self, forKey: .leads)
    arms = try decoder.container(keyedBy: NameKey.self).named(Self.names, needed: "ticket")
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self), all = encoder.container(keyedBy: NameKey.self)
    try values.encode(round, forKey: .round)
    try values.encode(remaining, forKey: .remaining)
    try values.encode(density, forKey: .density)
    try values.encode(leads, forKey: .leads)
    try all.encode(named: arms)
  }
}

extension SweepArm {
  /// Whether the ticket matches the dense network, in a word or two.
  var matches: String {
    if learning?.hasLearned == false { return "did not learn" }
    guard matching != nil, let claim else { return "no" }
    return claim.match.isShown ? "yes" : claim.match.isRefuted ? "no" : "not shown"
  }
}

extension [TicketRound] {
  /// Those that some round has.
  var controls: [any Control.Type] { ControlCatalog.all.filter { type in contains { $0.arms[type.name] != nil } } }
}

// MARK: runs that find tickets

extension StageTable {
  package var dense: Interval? { interval("dense", 0) }

  /// Rounds of pruning, from the densest.
  var roundNumbers: [Int] { (summaries.first?.stages ?? []).filter { $0.arm == "ticket" }.map(\.round) }

  package var rounds: [TicketRound] {
    (summaries.first?.stages ?? []).filter { $0.arm == "ticket" }.compactMap { stage in
      guard let ticket = interval("ticket", stage.round), let remaining = stage.remaining, let density = stage.density
      else { return nil }
      var arms: [String: Interval] = [:]
      for control in ControlCatalog.all {
        arms[control.name] = interval(control.name, control.isDense ? 0 : stage.round)
      }
      var leads = arms.mapValues { ticket.difference(to: $0) }
      leads["dense"] = dense.map { ticket.difference(to: $0) }
      arms["ticket"] = ticket
      return TicketRound(round: stage.round, remaining: remaining, density: density, arms: arms, leads: leads)
    }
  }

  /// The round of the ticket that a search with these settings recommends; none where the dense network did not learn.
  func matchingRound(_ settings: [String: String], against guess: GuessingShare?) -> Int? {
    guard let dense = interval("dense", 0, "validationAccuracy") else { return nil }
    if let guess, let test = self.dense, !LearningTest(test.values, against: guess).hasLearned { return nil }
    let rounds = roundNumbers.compactMap { round in
      interval("ticket", round, "validationAccuracy").map { (round, $0) }
    }
    return rounds.map { Standing.match($1, dense, margin: Self.margin(settings)) }
      .sparsestMatch(tolerance: settings["tolerance"].flatMap { Double($0) } ?? 0).map { rounds[$0].0 }
  }

  /// As a share.
  static func margin(_ settings: [String: String]) -> Double {
    (settings["margin"].flatMap { Double($0) } ?? SearchSettings().margin) / 100
  }
}
