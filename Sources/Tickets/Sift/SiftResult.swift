public import Analysis
public import Basics

/// One round of an arm, over the seeds that reached it.
public struct SiftRound: Codable, Sendable {
  public var round: Int
  /// Surviving share of the first layer's weights, of the first seed.
  public var density: Double
  public var testAccuracy: Interval
  public var validationAccuracy: Interval
  /// Share of units with an incoming weight, by hidden layer; means over the seeds.
  public var liveShares: [Double]
  public var measures: [LocalityMeasure: Interval]
  /// By null model; absent where a seed has no score, as with a full mask.
  public var scores: [NullModel: [LocalityMeasure: Interval]]
  /// Mean correlation of two units' masks around their centres, and its score beside degree-preserving draws.
  public var patchSimilarity: Interval?
  public var patchScore: Interval?
  /// Mean distance of two inputs of a unit and channel, in pixels.
  public var meanDistance: Interval?

  public func score(_ measure: LocalityMeasure, _ model: NullModel) -> Interval? { scores[model]?[measure] }
}

/// The ladder of one arm.
public struct SiftArmResult: Codable, Sendable {
  public var arm: SiftArm
  /// The data set's name as the arm changes it.
  public var data: String
  public var rounds: [SiftRound]
}

/// How far apart the masks of `permuted-alike` and `iterative` are after un-permuting.
public struct SiftAgreement: Codable, Sendable {
  public var round: Int
  /// Surviving weights of the first layer that both masks hold, over those of one; one value a seed.
  public var overlap: Interval
}

/// The result of `tombola sift`: what `--json` prints and `result.json` keeps.
public struct SiftResult: Codable, Sendable {
  public var command = "sift"
  public var settings: [String: String]
  public var seeds: [UInt64]
  public var draws: Int
  public var dataset: DatasetSummary
  public var arms: [SiftArmResult]
  /// Empty unless both arms were run.
  public var agreement: [SiftAgreement]
  public var ablation: [AblationCurve]
  /// The round that the pictures and the ablation are of.
  public var portraitRound: Int?
  /// Deeper layers at that round.
  public var deeper: [DeeperLayer]
  /// Core seconds of training and of evaluation, wall-clock seconds of `data`, `analysis` and `total`.
  public var seconds: [String: Double]
  public var reproduce: String
  public var residentBytes: Int
}

/// Where the units of a layer look through the layers before it.
public struct DeeperLayer: Codable, Sendable {
  public var layer: String
  /// Share of (unit, pixel) pairs that a path connects.
  public var connected: Double
  /// Share of pairs of pixels at most 2 apart: of connected pixels; weighted by paths; weighted by products of weights.
  public var within2: Double?
  public var within2ByPaths: Double?
  public var within2ByWeights: Double?
}

/// Accuracy against the number of first-layer units removed.
public struct AblationCurve: Codable, Sendable {
  /// `most`, `fewest` or `random` connections first.
  public var order: String
  public var removed: [Int]
  public var testAccuracy: [Double]
}

/// A result, and what its page draws of the first arm and seed.
public struct SiftOutcome: Sendable {
  public var result: SiftResult
  /// Analyses of all rounds.
  public var analyses: [LocalityAnalysis]
  public var portrait: SiftPortrait?
}

/// The most connected units of one round.
public struct SiftPortrait: Sendable {
  public var round: Int
  public var shape: FeatureShape
  /// Masked weights of each unit, [channel][row][column], and which of them survive.
  public var units: [(weights: [Float], keeps: [Bool])]
}
