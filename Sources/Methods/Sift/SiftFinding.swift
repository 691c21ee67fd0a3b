package import Analysis
public import Basics

/// What a sifting study has found.
public struct SiftFinding: Codable, Equatable, Sendable {
  /// One round of an arm, over the seeds that reached it.
  package struct Round: Codable, Equatable, Sendable {
    package var round: Int
    /// Surviving share of the first layer's weights, of the first seed.
    package var density: Double
    package var testAccuracy: Interval
    package var validationAccuracy: Interval
    /// Share of units with an incoming weight, by hidden layer; means over the seeds.
    package var liveShares: [Double]
    package var measures: [LocalityMeasure: Interval]
    /// By null model; absent where a seed has no score, as with a full mask.
    package var scores: [NullModel: [LocalityMeasure: Interval]]
    /// Mean correlation of two units' masks around their centres, and its score beside degree-preserving draws.
    package var patchSimilarity: Interval?
    package var patchScore: Interval?
    /// Mean distance of two inputs of a unit and channel, in pixels.
    package var meanDistance: Interval?

    package func score(_ model: NullModel) -> Interval? { scores[model]?[.within2] }
    /// The round of an arm with the highest is drawn.
    var peak: Double { score(.degreePreserving)?.mean ?? -.infinity }
  }

  /// The ladder of one arm.
  package struct Arm: Codable, Equatable, Sendable {
    package var arm: SiftArm
    /// The data set's name as the arm changes it.
    package var data: String
    package var rounds: [Round]
  }

  /// How far apart the masks of `permuted-alike` and `iterative` are after un-permuting.
  package struct Agreement: Codable, Equatable, Sendable {
    package var round: Int
    /// Surviving weights of the first layer that both masks hold, over those of one; one value a seed.
    package var overlap: Interval
  }

  /// Accuracy against the number of first-layer units removed.
  package struct Ablation: Codable, Equatable, Sendable {
    /// `most`, `fewest` or `random` connections first.
    package var order: String
    package var removed: [Int]
    package var testAccuracy: [Double]
  }

  /// Where the units of a layer look through the layers before it.
  package struct Deeper: Codable, Equatable, Sendable {
    package var layer: String
    /// Share of (unit, pixel) pairs that a path connects.
    package var connected: Double
    /// Share of pairs of pixels at most 2 apart: of connected pixels; weighted by paths; weighted by products of weights.
    package var within2: Double?
    package var within2ByPaths: Double?
    package var within2ByWeights: Double?
  }

  /// What is drawn of the first layer in one round of the first arm and seed.
  package struct Portrait: Codable, Equatable, Sendable {
    /// One of the most connected units: the inputs that it reads, [channel][row][column], and their weights.
    package struct Unit: Codable, Equatable, Sendable {
      package var inputs: [Int]
      package var weights: [Float]
    }

    package var units: [Unit]
    package var inputDegrees: [Int]
    package var unitDegrees: [Int]
    package var patch: RecentredPatch
    package var nullPatch: RecentredPatch
  }

  package var draws: Int
  package var arms: [Arm]
  /// Empty unless both arms were run.
  package var agreement: [Agreement]
  package var ablation: [Ablation]
  /// The round that the pictures and the ablation are of.
  package var portraitRound: Int?
  /// Deeper layers at that round.
  package var deeper: [Deeper]
  /// Absent in results of older versions.
  package var portrait: Portrait?
  /// A map a round of the first arm and seed; absent in results of older versions.
  package var displacements: [DisplacementMap]?

  /// The round that is drawn.
  var drawn: Round? { arms.first?.rounds.first { $0.round == portraitRound } }
}

extension SiftFinding: Sound {
  /// Pictures have as many numbers as pixels, and units read inputs that there are.
  public var isSound: Bool {
    let maps = displacements ?? []
    let inputs = portrait?.inputDegrees.indices ?? 0..<0
    return maps.allSatisfy { $0.isSound && $0.height == maps[0].height && $0.width == maps[0].width }
      && [portrait?.patch, portrait?.nullPatch].allSatisfy { $0?.isSound ?? true }
      && (portrait?.units ?? []).allSatisfy { $0.inputs.allSatisfy(inputs.contains) }
  }
}
