/// What one criterion reached at one density, over all seeds.
public struct CriterionCell: Codable, Equatable, Sendable {
  public var criterion: String
  /// The density that was asked for.
  public var density: Double
  /// Surviving prunable weights, equal for all seeds.
  public var remaining: Int
  public var testAccuracy: Interval
  public var validationAccuracy: Interval
  /// Test accuracy with each layer's mask in random order.
  public var shuffled: Interval?
  /// The layers of the first seed's mask.
  public var layers: [LayerCount]
  /// Survivors on a path from an input to an output, in the first seed's mask.
  public var effective: Int
  /// In how many seeds each layer lost all its weights; only layers that did.
  public var emptied: [String: Int]

  public init(
    criterion: String, density: Double, remaining: Int, testAccuracy: Interval, validationAccuracy: Interval,
    shuffled: Interval?, layers: [LayerCount], effective: Int, emptied: [String: Int]
  ) {
    self.criterion = criterion
    self.density = density
    self.remaining = remaining
    self.testAccuracy = testAccuracy
    self.validationAccuracy = validationAccuracy
    self.shuffled = shuffled
    self.layers = layers
    self.effective = effective
    self.emptied = emptied
  }
}

/// What a data factor adds to a static factor: test accuracy with it less test accuracy without, paired by seed.
public struct DataEffect: Codable, Equatable, Sendable {
  /// The static factor: `magnitude`.
  public var factor: String
  /// The data factor: `fisher@init`.
  public var data: String
  public var density: Double
  public var difference: Interval
  /// Probability of a difference as far from 0, two-sided, after Holm's correction over all effects; 1 with one seed.
  public var chance: Double

  public init(factor: String, data: String, density: Double, difference: Interval, chance: Double) {
    self.factor = factor
    self.data = data
    self.density = density
    self.difference = difference
    self.chance = chance
  }
}

/// How alike two criteria's masks are: surviving prunable weights in both over those in either, mean over seeds.
public struct MaskOverlap: Codable, Equatable, Sendable {
  public var first: String
  public var second: String
  public var density: Double
  public var jaccard: Double

  public init(first: String, second: String, density: Double, jaccard: Double) {
    self.first = first
    self.second = second
    self.density = density
    self.jaccard = jaccard
  }
}

/// The result of `tombola criteria`: what `--json` prints, what `result.json` keeps and what the report is made from.
public struct CriteriaResult: Codable, Equatable, Sendable {
  public var command: String
  public var settings: [String: String]
  public var criteria: [String]
  public var densities: [Double]
  public var seeds: [UInt64]
  public var dataset: DatasetSummary
  /// The dense network's test accuracy.
  public var dense: Interval
  /// Criterion by criterion, in each by density.
  public var cells: [CriterionCell]
  public var effects: [DataEffect]
  public var overlaps: [MaskOverlap]
  /// One sentence each: emptied layers, weights on no path, networks at chance.
  public var warnings: [String]
  /// One sentence a line.
  public var verdict: [String]
  /// Wall-clock seconds by phase: `data`, `dense`, `scoring`, `tickets`, `controls`, `evaluation`, `total`.
  public var seconds: [String: Double]
  public var reproduce: String
  /// Largest resident size of the process, in bytes.
  public var residentBytes: Int

  public init(
    command: String, settings: [String: String], criteria: [String], densities: [Double], seeds: [UInt64],
    dataset: DatasetSummary, dense: Interval, cells: [CriterionCell], effects: [DataEffect], overlaps: [MaskOverlap],
    warnings: [String], verdict: [String], seconds: [String: Double], reproduce: String, residentBytes: Int
  ) {
    self.command = command
    self.settings = settings
    self.criteria = criteria
    self.densities = densities
    self.seeds = seeds
    self.dataset = dataset
    self.dense = dense
    self.cells = cells
    self.effects = effects
    self.overlaps = overlaps
    self.warnings = warnings
    self.verdict = verdict
    self.seconds = seconds
    self.reproduce = reproduce
    self.residentBytes = residentBytes
  }

  public func cell(_ criterion: String, _ density: Double) -> CriterionCell? {
    cells.first { $0.criterion == criterion && $0.density == density }
  }
}
