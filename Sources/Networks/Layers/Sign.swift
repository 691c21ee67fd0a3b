public import Basics
import Lanes

/// y = 1 where x >= 0, else -1: the activation of binary networks. `sign(0)` is +1.
///
/// The backward pass takes the slope of a quadratic spline in place of the sign's, which is zero: dx = 2 (1 - min(|x|, 1)) dy
/// (Liu et al. 2018, arXiv:1808.00278, as Diffenderfer & Kailkhura 2021 use it, arXiv:2103.09377).
public struct Sign: Layer, Equatable {
  public static let kind = "sign"
  public static let summary = "plus or minus one"

  public init() {}

  public func outputShape(of inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs.count == 1 else {
      throw Problem.badData("sign takes one input, not \(inputs.count).", remedy: "Name one input.")
    }
    return inputs[0]
  }

  public func forward(_ node: PlanNode, _ emit: Emitter) { emit.sign(node) }
  public func backward(_ node: PlanNode, _ emit: Emitter) { emit.signGradient(node) }
}

extension Architecture {
  /// The same network with signs in place of its rectifiers, and so named.
  ///
  /// - Throws: `Problem.usage` if it has no rectifier, or a sum behind which the sign would lose what was added.
  public func withSigns() throws -> Architecture {
    guard nodes.contains(where: { $0.layer is Rectifier }) else {
      throw Problem.usage(
        "\(name) has no rectifier that could become a sign.",
        remedy: "Choose a network with rectifiers, such as conv-4.")
    }
    var result = Architecture(name: "\(name)+sign", input: input)
    for node in nodes {
      try result.append(node.name, node.layer is Rectifier ? Sign() : node.layer, inputs: node.inputs)
    }
    return result
  }
}
