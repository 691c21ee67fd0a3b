import Foundations
import Lanes
public import Networks

/// What a criterion may look at.
public struct ScoringContext: Sendable {
  /// The weights after training, zero where pruned.
  public var trained: Parameters
  /// The weights at initialisation.
  public var initial: Parameters
  public var mask: Mask
  public var seed: UInt64
  /// The round whose mask is being made, from 1.
  public var round: Int

  public init(trained: Parameters, initial: Parameters, mask: Mask, seed: UInt64, round: Int) {
    self.trained = trained
    self.initial = initial
    self.mask = mask
    self.seed = seed
    self.round = round
  }
}

/// How much each weight matters: the lowest scores go first.
///
/// A new criterion is one file in `Criteria/` plus one line in `CriterionCatalog`.
public protocol Criterion: Sendable {
  static var name: String { get }
  static var summary: String { get }
  init()
  /// One finite number a parameter; those of pruned weights are ignored.
  func scores(_ context: ScoringContext) -> [Float]
}

/// All criteria.
public enum CriterionCatalog {
  public static let all: [any Criterion.Type] = [
    Magnitude.self,
    InitialMagnitude.self,
    NormalisedMagnitude.self,
    RandomScore.self,
  ]

  public static func criterion(named name: String) throws -> any Criterion {
    if let type = all.first(where: { $0.name == name }) { return type.init() }
    throw Problem.usage(
      "There is no criterion '\(name)'.", remedy: Suggestion.sentence(for: name, among: all.map { $0.name }))
  }
}
