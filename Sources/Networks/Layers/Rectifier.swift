import Foundations
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

  public func forward(_ node: PlanNode, _ emit: Emitter) {
    let x = emit.tensor(node.inputs[0]), y = emit.tensor(node.name)
    guard x.base != y.base else { return }
    emit.program.rectify(x.base, into: y.base, count: y.placement.count)
  }

  public func backward(_ node: PlanNode, _ emit: Emitter) {
    let y = emit.tensor(node.name), dy = emit.gradient(node.name)
    guard let dx = emit.inputGradient(node, 0) else { return }
    if dx.base == dy.base && emit.isGated(node.name) { return }
    emit.program.rectify(dy.base, into: dx.base, gate: y.base, count: y.placement.count)
  }
}
