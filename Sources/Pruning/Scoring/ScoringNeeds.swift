public import Basics

/// What a criterion looks at beyond the mask and the initial weights.
public struct ScoringNeeds: Equatable, Sendable {
  /// Weights after training.
  public var isTrained = false
  /// Weights of the dense network after some steps.
  public var early: Set<Step> = []
  /// The network and its data: gradients, or evaluations of its own.
  public var isProbing = false

  public static let nothing = ScoringNeeds()
  public static let trained = ScoringNeeds(isTrained: true)
  public static let probe = ScoringNeeds(isProbing: true)

  public init(isTrained: Bool = false, early: Set<Step> = [], isProbing: Bool = false) {
    self.isTrained = isTrained
    self.early = early
    self.isProbing = isProbing
  }

  public func union(_ other: ScoringNeeds) -> ScoringNeeds {
    ScoringNeeds(
      isTrained: isTrained || other.isTrained, early: early.union(other.early),
      isProbing: isProbing || other.isProbing)
  }

  /// The weights of a point of training.
  static func weights(at time: ScoringTime) -> ScoringNeeds {
    switch time {
    case .start: .nothing
    case .step(let step): ScoringNeeds(early: [step])
    case .end: .trained
    }
  }
}
