public import Basics
import Lanes

/// y = the sum of all inputs, place by place: the end of a residual block (He et al. 2016, arXiv:1512.03385).
///
/// A sum of two inputs costs nothing where the layer that computes the later one can add the other to its own output.
public struct Sum: Layer, Equatable {
  public static let kind = "sum"
  public static let summary = "sum of two or more inputs of the same shape"

  public init() {}

  public var rectifiesOutput: Bool { true }
  public var gatesInputGradient: Bool { true }

  public func outputShape(of inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs.count > 1 else {
      throw Problem.badData("a sum takes two or more inputs, not \(inputs.count).", remedy: "Name at least two inputs.")
    }
    guard inputs.allSatisfy({ $0 == inputs[0] }) else {
      throw Problem.badData(
        "the inputs of a sum have different shapes: \(inputs.map(\.description).joined(separator: ", ")).",
        remedy: "Bring them to one shape, for instance by a 1x1 convolution.")
    }
    return inputs[0]
  }

  public func forward(_ node: PlanNode, _ emit: Emitter) { emit.sum(node) }

  /// Every input's gradient is dy.
  public func backward(_ node: PlanNode, _ emit: Emitter) { emit.sumGradient(node) }
}
