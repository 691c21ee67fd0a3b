import Basics
import Foundation

/// A measured value beside its distribution under a null model.
public struct NullComparison: Equatable, Sendable, Codable {
  public var mean: Double
  /// Standard deviation of the draws.
  public var deviation: Double
  /// (value - mean) / deviation; `nil` where all draws are equal, as they are for a full mask.
  public var z: Double?

  /// - Parameter draws: The measure in random fields.
  init(_ value: Double, draws: [Double]) {
    let n = Double(draws.count), mean = draws.reduce(0, +) / n
    let deviation = (draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)).squareRoot()
    self.mean = mean
    self.deviation = deviation
    z = deviation > 1e-12 * max(1, mean.magnitude) ? (value - mean) / deviation : nil
  }
}

/// Where the units of a layer look, and whether that could be chance.
public struct LocalityAnalysis: Equatable, Sendable, Codable {
  public var statistics: LocalityStatistics
  public var comparisons: [NullModel: [LocalityMeasure: NullComparison]]
  public var displacements: DisplacementMap
  /// Mean Euclidean distance of two inputs of one unit and channel, in pixels.
  public var meanDistance: Double?
  /// How many units read each input: [channel][row][column].
  public var inputDegrees: [Int]
  /// How many inputs each unit reads.
  public var unitDegrees: [Int]
  public var patch: RecentredPatch
  /// The average patch of random fields with the same degrees.
  public var nullPatch: RecentredPatch
  public var patchComparison: NullComparison?

  public func comparison(_ measure: LocalityMeasure, _ model: NullModel) -> NullComparison? {
    comparisons[model]?[measure]
  }

  /// What the chain does before the first draw and between draws, in rounds; a round has every unit trade half of what it
  /// does not share with another.
  static let burnIn = 16
  static let thinning = 4

  /// - Parameters:
  ///   - available: Inputs that a unit could read, where some are constant and were never connected; all if `nil`.
  ///   - draws: Random masks for each null model.
  ///   - seed: Streams `locality-null/uniform` and `locality-null/degree-preserving`.
  public init(_ fields: ReceptiveFields, available: [Bool]? = nil, draws: Int = 64, seed: UInt64 = 0) {
    precondition(draws >= 2, "\(draws) draws")
    let inputs = (0..<fields.shape.count).filter { available?[$0] ?? true }
    let parts = concurrently(NullModel.allCases.count, parts: NullModel.allCases.count) { models in
      models.map { Self.draw(NullModel.allCases[$0], fields, inputs, draws, seed) }
    }.flatMap { $0 }
    let statistics = LocalityStatistics(fields), patch = RecentredPatch(fields)
    comparisons = zip(NullModel.allCases, parts).reduce(into: [:]) { result, pair in
      result[pair.0] = statistics.values.reduce(into: [:]) { comparisons, measure in
        let values = pair.1.statistics.compactMap { $0[measure.key] }
        if values.count == draws { comparisons[measure.key] = NullComparison(measure.value, draws: values) }
      }
    }
    self.statistics = statistics
    self.patch = patch
    let patches = parts.flatMap(\.patches), similarities = patches.compactMap(\.similarity)
    nullPatch = patches[0]
    patchComparison = patch.similarity.flatMap {
      similarities.count == patches.count ? NullComparison($0, draws: similarities) : nil
    }
    displacements = DisplacementMap(fields)
    meanDistance = displacements.meanDistance
    inputDegrees = fields.inputDegrees
    unitDegrees = fields.unitDegrees
  }

  private struct Draws: Sendable {
    var statistics: [LocalityStatistics] = []
    /// Of the degree-preserving model alone.
    var patches: [RecentredPatch] = []
  }

  private static func draw(
    _ model: NullModel, _ fields: ReceptiveFields, _ available: [Int], _ count: Int, _ seed: UInt64
  ) -> Draws {
    var result = Draws()
    let stream = "locality-null/\(model.rawValue)"
    switch model {
    case .uniform:
      var draws = UniformDraws(like: fields, available: available, seed: seed, stream: stream)
      for _ in 0..<count { result.statistics.append(LocalityStatistics(draws.next())) }
    case .degreePreserving:
      var chain = DegreePreservingChain(fields, seed: seed, stream: stream)
      chain.advance(rounds: burnIn)
      for draw in 0..<count {
        chain.advance(rounds: thinning)
        result.statistics.append(LocalityStatistics(chain.fields))
        if draw < 16 { result.patches.append(RecentredPatch(chain.fields)) }
      }
    }
    return result
  }
}
