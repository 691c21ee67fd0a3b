/// What one arm of a search (the dense network, the ticket, or a control) reached, over all seeds.
public struct ArmResult: Codable, Equatable, Sendable {
  /// Share of test images that the network has right after the last step.
  public var testAccuracy: Interval
  /// The step of least validation loss.
  public var earlyStopStep: Interval
  /// Test accuracy at that step.
  public var earlyStopTestAccuracy: Interval
  /// Validation accuracy after the last step: what choices are made by.
  public var validationAccuracy: Interval
  /// Means over the seeds as training went on; the first point is before the first step.
  public var curve: [CurvePoint]

  public init(
    testAccuracy: Interval, earlyStopStep: Interval, earlyStopTestAccuracy: Interval, validationAccuracy: Interval,
    curve: [CurvePoint]
  ) {
    self.testAccuracy = testAccuracy
    self.earlyStopStep = earlyStopStep
    self.earlyStopTestAccuracy = earlyStopTestAccuracy
    self.validationAccuracy = validationAccuracy
    self.curve = curve
  }
}

/// How many weights of a layer are left.
public struct LayerCount: Codable, Equatable, Sendable {
  public var name: String
  public var weights: Int
  public var remaining: Int

  public init(name: String, weights: Int, remaining: Int) {
    self.name = name
    self.weights = weights
    self.remaining = remaining
  }
}

/// One level of pruning with all its arms.
public struct RoundResult: Codable, Equatable, Sendable {
  public var round: Int
  /// Surviving prunable weights, a whole number, equal for all seeds.
  public var remaining: Int
  /// Surviving share of the prunable weights.
  public var density: Double
  public var ticket: ArmResult
  public var reinit: ArmResult?
  public var shuffled: ArmResult?
  public var random: ArmResult?
  /// The layers of the first seed's mask.
  public var layers: [LayerCount]
  /// Surviving connections of each input (channel, row, column) in the first seed's mask, where the first layer is fully connected.
  public var inputConnections: [Int]?

  public init(
    round: Int, remaining: Int, density: Double, ticket: ArmResult, reinit: ArmResult? = nil,
    shuffled: ArmResult? = nil, random: ArmResult? = nil, layers: [LayerCount] = [], inputConnections: [Int]? = nil
  ) {
    self.round = round
    self.remaining = remaining
    self.density = density
    self.ticket = ticket
    self.reinit = reinit
    self.shuffled = shuffled
    self.random = random
    self.layers = layers
    self.inputConnections = inputConnections
  }
}

/// The ticket that a search recommends.
public struct TicketSummary: Codable, Equatable, Sendable {
  public var path: String
  /// SHA-256 of masks and weights.
  public var digest: String
  public var bytes: Int
  public var density: Double
  public var round: Int

  public init(path: String, digest: String, bytes: Int, density: Double, round: Int) {
    self.path = path
    self.digest = digest
    self.bytes = bytes
    self.density = density
    self.round = round
  }
}

/// The result of `tombola find`: what `--json` prints, what `result.json` keeps and what the report is made from.
public struct SearchResult: Codable, Equatable, Sendable {
  public var command: String
  public var settings: [String: String]
  public var seeds: [UInt64]
  public var dataset: DatasetSummary
  public var dense: ArmResult
  public var rounds: [RoundResult]
  public var ticket: TicketSummary?
  /// One sentence a line: what the numbers say about the ticket, with their margins.
  public var verdict: [String]
  /// Wall-clock seconds by phase: `data`, `dense`, `ticket`, `controls`, `evaluation`, `total`.
  public var seconds: [String: Double]
  /// The command that makes the same bits again.
  public var reproduce: String
  /// Largest resident size of the process, in bytes.
  public var residentBytes: Int

  public init(
    command: String, settings: [String: String], seeds: [UInt64], dataset: DatasetSummary, dense: ArmResult,
    rounds: [RoundResult], ticket: TicketSummary?, verdict: [String], seconds: [String: Double], reproduce: String,
    residentBytes: Int
  ) {
    self.command = command
    self.settings = settings
    self.seeds = seeds
    self.dataset = dataset
    self.dense = dense
    self.rounds = rounds
    self.ticket = ticket
    self.verdict = verdict
    self.seconds = seconds
    self.reproduce = reproduce
    self.residentBytes = residentBytes
  }
}
