public import Basics
import Lanes

/// y = all values of the inputs in one flat vector: input after input, each channel by channel, row by row. Several heads of
/// a network become its one output this way.
public struct Join: Layer, Equatable {
  public static let kind = "join"
  public static let summary = "all values of its inputs in one vector, input after input"

  public init() {}

  public var gatesInputGradient: Bool { true }
  public var keepsPlacement: Bool { false }

  public func outputShape(of inputs: [FeatureShape]) throws -> FeatureShape {
    guard !inputs.isEmpty else {
      throw Problem.badData("join takes one input or more, not none.", remedy: "Name at least one input.")
    }
    return FeatureShape(channels: inputs.reduce(0) { $0 + $1.count })
  }

  public func forward(_ node: PlanNode, _ emit: Emitter) { emit.join(node) }

  /// Every input's gradient is its part of dy.
  public func backward(_ node: PlanNode, _ emit: Emitter) { emit.joinGradient(node) }
}
