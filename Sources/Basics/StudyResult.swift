/// What a study found: every arm over its seeds, and arms against each other. `result.json` of a study holds it.
public struct StudyResult: Codable, Equatable, Sendable {
  public var name: String
  public var purpose: String
  public var seeds: [UInt64]
  /// Settings in which arms differ.
  public var varying: [String]
  /// Settings that all arms share and that differ from the defaults.
  public var shared: [String: String]
  public var arms: [StudyArm]
  /// The label of the arm that others are compared with.
  public var baseline: String
  public var comparisons: [StudyComparison]
  /// One sentence a line: controls first.
  public var verdict: [String]
  /// Units done, failed, and neither.
  public var done: Int
  public var failed: Int
  public var missing: Int
  /// Seconds of training and evaluation.
  public var seconds: Double
  public var reproduce: String
  /// The study file.
  public var source: String

  public init(
    name: String, purpose: String, seeds: [UInt64], varying: [String], shared: [String: String], arms: [StudyArm],
    baseline: String, comparisons: [StudyComparison], verdict: [String], done: Int, failed: Int, missing: Int,
    seconds: Double, reproduce: String, source: String
  ) {
    self.name = name
    self.purpose = purpose
    self.seeds = seeds
    self.varying = varying
    self.shared = shared
    self.arms = arms
    self.baseline = baseline
    self.comparisons = comparisons
    self.verdict = verdict
    self.done = done
    self.failed = failed
    self.missing = missing
    self.seconds = seconds
    self.reproduce = reproduce
    self.source = source
  }
}

/// One choice of settings over those of its seeds that are done.
public struct StudyArm: Codable, Equatable, Sendable {
  public var label: String
  /// The run folder's name.
  public var run: String
  public var values: [String: String]
  public var seeds: [UInt64]
  public var failures: [StudyFailure]
  /// Test accuracies as shares, one value a seed; absent if no seed is done.
  public var dense: Interval?
  public var rounds: [StudyRound]
  /// The sparsest round whose validation accuracy matches the dense network's.
  public var matching: Int?
  public var seconds: Double
  /// SHA-256 over all seeds' digests.
  public var digest: String
  /// The command that makes the arm alone.
  public var reproduce: String
  /// Surviving connections of each input (channel, row, column) in the chosen round's mask of the first seed, and channels,
  /// height and width; absent where the first layer is not fully connected, and in studies of many arms.
  public var inputConnections: [Int]?
  public var inputShape: [Int]?

  public init(
    label: String, run: String, values: [String: String], seeds: [UInt64], failures: [StudyFailure], dense: Interval?,
    rounds: [StudyRound], matching: Int?, seconds: Double, digest: String, reproduce: String
  ) {
    self.label = label
    self.run = run
    self.values = values
    self.seeds = seeds
    self.failures = failures
    self.dense = dense
    self.rounds = rounds
    self.matching = matching
    self.seconds = seconds
    self.digest = digest
    self.reproduce = reproduce
  }

  /// The matching round, or else the last.
  public var chosen: StudyRound? { rounds.first { $0.round == matching } ?? rounds.last }
}

/// Test accuracies of one round, as shares, one value a seed.
public struct StudyRound: Codable, Equatable, Sendable {
  public var round: Int
  public var remaining: Int
  public var density: Double
  public var ticket: Interval
  public var reinit: Interval?
  public var shuffled: Interval?
  public var random: Interval?
  /// Ticket minus dense network and minus controls, paired by seed, by arm: `dense`, `reinit`, `shuffled`, `random`.
  public var leads: [String: Interval]

  public init(
    round: Int, remaining: Int, density: Double, ticket: Interval, reinit: Interval?, shuffled: Interval?,
    random: Interval?, leads: [String: Interval]
  ) {
    self.round = round
    self.remaining = remaining
    self.density = density
    self.ticket = ticket
    self.reinit = reinit
    self.shuffled = shuffled
    self.random = random
    self.leads = leads
  }
}

/// The tickets of an arm against those of the baseline at the same number of weights, over the seeds that both have.
public struct StudyComparison: Codable, Equatable, Sendable {
  public var arm: String
  public var baseline: String
  public var remaining: Int
  public var density: Double
  /// Test accuracy of the arm minus the baseline's.
  public var difference: Interval
  /// The probability of a mean difference at least as large, in either direction, if there were none (Student's t, paired).
  public var chance: Double
  /// The same, adjusted for all comparisons of the study (Holm 1979).
  public var adjusted: Double

  public init(
    arm: String, baseline: String, remaining: Int, density: Double, difference: Interval, chance: Double,
    adjusted: Double
  ) {
    self.arm = arm
    self.baseline = baseline
    self.remaining = remaining
    self.density = density
    self.difference = difference
    self.chance = chance
    self.adjusted = adjusted
  }
}

/// A seed that stopped for good.
public struct StudyFailure: Codable, Equatable, Sendable {
  public var seed: UInt64
  public var problem: String
  public var log: String

  public init(seed: UInt64, problem: String, log: String) {
    self.seed = seed
    self.problem = problem
    self.log = log
  }
}
