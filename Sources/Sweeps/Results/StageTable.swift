import Analysis
package import Basics

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
package struct TicketRound: Codable, Equatable, Sendable {
  package var round: Int
  package var remaining: Int
  package var density: Double
  package var ticket: Interval
  package var reinit: Interval?
  package var shuffled: Interval?
  package var random: Interval?
  /// Ticket minus dense network and minus controls, paired by seed, by arm: `dense`, `reinit`, `shuffled`, `random`.
  package var leads: [String: Interval]
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
      let controls = ["reinit", "shuffled", "random"].map { ($0, interval($0, stage.round)) }
      let leads = ([("dense", dense)] + controls).compactMap { name, other in
        other.map { (name, ticket.difference(to: $0)) }
      }
      return TicketRound(
        round: stage.round, remaining: remaining, density: density, ticket: ticket, reinit: controls[0].1,
        shuffled: controls[1].1, random: controls[2].1, leads: Dictionary(uniqueKeysWithValues: leads))
    }
  }

  /// The sparsest round whose mean validation accuracy loses no more than `tolerance` against the dense network, as a
  /// search chooses.
  func matchingRound(tolerance: Double) -> Int? {
    guard let dense = mean("dense", 0, \.validationAccuracy) else { return nil }
    return roundNumbers.last { round in
      mean("ticket", round, \.validationAccuracy).map { $0 - dense >= -tolerance } ?? false
    }
  }
}
