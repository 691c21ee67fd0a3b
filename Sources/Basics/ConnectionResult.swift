/// The result of `tombola connect`: what `--json` prints, what `result.json` keeps and what its report is made from.
public struct ConnectionResult: Codable, Equatable, Sendable {
  /// Copies trained from one state, and the errors along the straight lines between them.
  public struct Fork: Codable, Equatable, Sendable {
    /// The step where the copies part.
    public var step: Int
    /// The length of training.
    public var totalSteps: Int
    /// Surviving share of the prunable weights.
    public var density: Double
    /// The ticket's file; absent for the dense network.
    public var ticket: String?
    /// The largest error along the line minus the mean error of its ends, as shares. One value a seed: the mean over the
    /// pairs of its copies.
    public var testInstability: Interval
    public var trainInstability: Interval
    /// Mean error of the two ends.
    public var testEndError: Interval
    public var trainEndError: Interval
    /// Errors along the line, one for each position.
    public var testPath: [Interval]
    public var trainPath: [Interval]
    /// Whether the mean test instability is below the threshold.
    public var isStable: Bool

    public init(
      step: Int, totalSteps: Int, density: Double, ticket: String?, testInstability: Interval,
      trainInstability: Interval, testEndError: Interval, trainEndError: Interval, testPath: [Interval],
      trainPath: [Interval], isStable: Bool
    ) {
      self.step = step
      self.totalSteps = totalSteps
      self.density = density
      self.ticket = ticket
      self.testInstability = testInstability
      self.trainInstability = trainInstability
      self.testEndError = testEndError
      self.trainEndError = trainEndError
      self.testPath = testPath
      self.trainPath = trainPath
      self.isStable = isStable
    }
  }

  public var command: String
  public var settings: [String: String]
  public var seeds: [UInt64]
  /// Copies trained from each state; every two of them make a pair.
  public var copies: Int
  /// Where errors are taken: 0 is the first copy, 1 the second.
  public var positions: [Double]
  /// Batches by which batch norm's statistics are measured anew at each position; 0 if the network has none.
  public var statisticsBatches: Int
  /// Training samples on which the training error is taken.
  public var trainSamples: Int
  /// Test instability below which a network counts as stable, as a share.
  public var threshold: Double
  public var dataset: DatasetSummary
  public var forks: [Fork]
  /// One sentence a fork.
  public var verdict: [String]
  /// Wall-clock seconds by phase: `data`, `training`, `paths`, `total`.
  public var seconds: [String: Double]
  /// The command that makes the same bits again.
  public var reproduce: String

  public init(
    command: String = "connect", settings: [String: String], seeds: [UInt64], copies: Int, positions: [Double],
    statisticsBatches: Int, trainSamples: Int, threshold: Double, dataset: DatasetSummary, forks: [Fork],
    verdict: [String], seconds: [String: Double], reproduce: String
  ) {
    self.command = command
    self.settings = settings
    self.seeds = seeds
    self.copies = copies
    self.positions = positions
    self.statisticsBatches = statisticsBatches
    self.trainSamples = trainSamples
    self.threshold = threshold
    self.dataset = dataset
    self.forks = forks
    self.verdict = verdict
    self.seconds = seconds
    self.reproduce = reproduce
  }
}
