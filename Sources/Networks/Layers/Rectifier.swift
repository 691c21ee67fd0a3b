public import Basics
import Lanes

/// y = max(0, x). Where it follows a layer that can apply it to its own output, no work of its own is left.
public struct Rectifier: Layer, Equatable {
  public static let kind = "relu"
  public static let summary = "rectified linear unit"

  public init() {}

  public func outputShape(of inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs.count == 1 else {
      throw Problem.badData("relu takes one input, not \(inputs.count).", remedy: "Name one input.")
    }
    return inputs[0]
  }

  public func forward(_ node: PlanNode, _ emit: Emitter) { emit.rectify(node) }

  /// dx = dy where y is positive, else 0.
  public func backward(_ node: PlanNode, _ emit: Emitter) { emit.rectifyGradient(node) }
}
