public import Foundations
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
    emit.program.rectify(x.memory, into: y.memory, count: y.placement.count)
  }

  public func backward(_ node: PlanNode, _ emit: Emitter) {
    let y = emit.tensor(node.name), dy = emit.gradient(node.name)
    guard emit.inputGradient(node, 0) != nil else { return }
    let dx = emit.gradient(node.inputs[0])
    if dx.base == dy.base && emit.isGated(node.name) { return }
    emit.program.rectify(dy.memory, into: dx.memory, gate: y.memory, count: y.placement.count)
  }
}
