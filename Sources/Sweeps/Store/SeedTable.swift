import Analysis
import Basics

/// Seeds of one run side by side: intervals by arm and round.
struct SeedTable {
  let summaries: [SeedSummary]

  init(_ summaries: [SeedSummary]) { self.summaries = summaries }

  /// `nil` unless every seed has a value.
  private func values(_ arm: String, _ round: Int, _ path: KeyPath<SeedSummary.Stage, Double?>) -> [Double]? {
    let values = summaries.compactMap { $0.stage(arm, round: round)?[keyPath: path] }
    return values.isEmpty || values.count < summaries.count ? nil : values
  }

  func interval(_ arm: String, _ round: Int, _ path: KeyPath<SeedSummary.Stage, Double?>) -> Interval? {
    values(arm, round, path).map { Interval(of: $0) }
  }

  func mean(_ arm: String, _ round: Int, _ path: KeyPath<SeedSummary.Stage, Double?>) -> Double? {
    values(arm, round, path).map { $0.reduce(0, +) / Double($0.count) }
  }

  /// Rounds of pruning, from the densest.
  var rounds: [Int] { (summaries.first?.stages ?? []).filter { $0.arm == "ticket" }.map(\.round) }

  var results: [StudyRound] {
    guard let first = summaries.first else { return [] }
    let dense = interval("dense", 0, \.testAccuracy)
    return first.stages.filter { $0.arm == "ticket" }.compactMap { stage -> StudyRound? in
      func accuracy(_ arm: String) -> Interval? { interval(arm, stage.round, \.testAccuracy) }
      guard let ticket = accuracy("ticket"), let remaining = stage.remaining, let density = stage.density else {
        return nil
      }
      let controls = ["reinit", "shuffled", "random"].map { ($0, accuracy($0)) }
      let leads = ([("dense", dense)] + controls).compactMap { name, other in
        other.map { (name, ticket.difference(to: $0)) }
      }
      return StudyRound(
        round: stage.round, remaining: remaining, density: density, ticket: ticket,
        reinit: controls[0].1, shuffled: controls[1].1, random: controls[2].1,
        leads: Dictionary(uniqueKeysWithValues: leads))
    }
  }

  /// The sparsest round whose mean validation accuracy loses no more than `tolerance` against the dense network, as
  /// `SearchVerdict` chooses.
  func matchingRound(tolerance: Double) -> Int? {
    guard let dense = mean("dense", 0, \.validationAccuracy) else { return nil }
    return rounds.last { round in
      mean("ticket", round, \.validationAccuracy).map { $0 - dense >= -tolerance } ?? false
    }
  }

  /// SHA-256 over all seeds' digests.
  var digest: String { Digest.sha256(summaries.map { "\($0.seed) \($0.digest)\n" }.joined()) }
  var seconds: Double { summaries.reduce(0) { $0 + $1.seconds } }
}
