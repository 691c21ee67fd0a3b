public import Basics

/// A point of training whose weights a criterion looks at.
public enum ScoringTime: Hashable, Sendable {
  /// Before the first step.
  case start
  /// After some steps of the dense network.
  case step(Step)
  /// After the last step.
  case end

  /// Reads `init`, `end`, or a step such as `500it`; anything else gives `nil`.
  public init?(_ text: String) {
    switch text {
    case "init": self = .start
    case "end": self = .end
    default:
      guard let step = Step(text) else { return nil }
      self = step == .zero ? .start : .step(step)
    }
  }

  public var text: String {
    switch self {
    case .start: "init"
    case .step(let step): step.description
    case .end: "end"
    }
  }
}
