import Analysis
package import Basics
import Tickets

/// What a sweep found: every arm over its seeds, and arms against each other. `result.json` of a sweep holds it.
package struct SweepResult: Codable, Equatable, Sendable {
  package var name: String
  package var purpose: String
  /// The experiment's name.
  package var experiment: String
  package var seeds: [UInt64]
  /// Settings in which arms differ.
  package var varying: [String]
  /// Settings that all arms share and that differ from the defaults.
  package var shared: [String: String]
  package var arms: [SweepArm]
  /// Every network of every arm, by the arm's run folder.
  package var stages: [String: [StageTable.Row]]
  /// What the experiment calls the figures of a run, by run folder; none of runs that find tickets, whose arms hold more.
  package var figures: [String: [String: Double]]
  /// The label of the arm that others are compared with.
  package var baseline: String
  /// What is compared.
  package var metric: String
  package var comparisons: [PairedComparison]
  /// One sentence a line: controls first.
  package var verdict: [String]
  /// Units done, failed, and neither.
  package var done: Int
  package var failed: Int
  package var missing: Int
  /// Seconds of training and evaluation.
  package var seconds: Double
  package var reproduce: String
  /// The study file.
  package var source: String

  /// Whether its runs find tickets, which stand beside controls.
  package var hasTickets: Bool { arms.contains { !$0.rounds.isEmpty } }
}

/// One choice of settings over those of its seeds that are done.
package struct SweepArm: Codable, Equatable, Sendable {
  package var label: String
  /// The run folder's name.
  package var run: String
  package var values: [String: String]
  package var seeds: [UInt64]
  package var failures: [SweepFailure]
  /// Test accuracies of the dense network as shares, one value a seed; absent where there is none.
  package var dense: Interval?
  package var rounds: [TicketRound]
  /// The round of the ticket that the arm recommends.
  package var matching: Int?
  /// By which a matching ticket may be worse, as a share, and what networks reach that have learned nothing; absent in
  /// results of older versions.
  package var margin: Double?
  package var guess: GuessingShare?
  package var seconds: Double
  /// SHA-256 over all seeds' digests.
  package var digest: String
  /// The command that makes the arm alone.
  package var reproduce: String
  /// Surviving connections of each input (channel, row, column) in the chosen round's mask of the first seed, and channels,
  /// height and width; absent where the first layer is not fully connected, and in sweeps of many arms.
  package var inputConnections: [Int]?
  package var inputShape: [Int]?

  /// Whether the dense network learned anything.
  var learning: LearningTest? {
    guard let guess, let dense else { return nil }
    return LearningTest(dense.values, against: guess)
  }

  /// What may be said of the chosen round's ticket.
  var claim: TicketClaim? {
    guard let chosen, let dense else { return nil }
    return TicketClaim(
      ticket: chosen.ticket, dense: dense, margin: margin ?? SearchSettings().margin / 100,
      controls: [chosen].controls.map { ($0, chosen.arms[$0.name]!) })
  }

  /// The recommended round, or else the last.
  package var chosen: TicketRound? { rounds.first { $0.round == matching } ?? rounds.last }
}

/// A seed that stopped for good.
package struct SweepFailure: Codable, Equatable, Sendable {
  package var seed: UInt64
  package var problem: String
  package var log: String

  /// What a unit's record of failure says; `nil` if it has none.
  package init?(_ unit: SweepPlan.Unit, in folder: SweepFolder) {
    guard let failure = folder.failure(unit) else { return nil }
    (seed, problem, log) = (unit.seed, failure.problem, "logs/\(unit.name).log")
  }
}
