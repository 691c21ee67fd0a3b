import Foundations
import Lanes

/// y[o] = bias[o] + sum over inputs i of weight[o][i] x[i]; an input with height and width is read channel by channel.
public struct Linear: Layer, Equatable {
  public static let kind = "linear"
  public static let summary = "fully connected layer"

  public var outputs: Int
  public var hasBias: Bool

  public init(_ outputs: Int, hasBias: Bool = true) {
    self.outputs = outputs
    self.hasBias = hasBias
  }

  public var text: String { "linear \(outputs)\(hasBias ? "" : " without bias")" }
  public var rectifiesOutput: Bool { true }
  public var gatesInputGradient: Bool { true }

  public func outputShape(of inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs.count == 1 else {
      throw Problem.badData("a linear layer takes one input, not \(inputs.count).", remedy: "Name one input.")
    }
    guard outputs > 0 else {
      throw Problem.badData("a linear layer cannot have \(outputs) outputs.", remedy: "Give it at least one.")
    }
    return FeatureShape(channels: outputs)
  }

  public func parameters(of inputs: [FeatureShape]) -> [ParameterShape] {
    let fanIn = inputs[0].count
    let weight = ParameterShape(.weight, [outputs, fanIn], fanIn: fanIn, fanOut: outputs)
    return hasBias ? [weight, ParameterShape(.bias, [outputs], fanIn: fanIn, fanOut: outputs)] : [weight]
  }

  public func forward(_ node: PlanNode, _ emit: Emitter) {
    let x = emit.tensor(node.inputs[0]), y = emit.tensor(node.name)
    let epilogue = Epilogue(
      bias: hasBias ? UnsafePointer(emit.weights(node, .bias)) : nil, rectified: emit.isRectified(node))
    let weights = UnsafePointer(emit.weights(node, .weight))
    switch emit.operators(node) {
    case .sparse(let op):
      emit.program.sparseProduct(x.operand, op.forward, weights: weights, into: y.operand, epilogue)
    case .dense(let op):
      emit.program.denseProduct(
        x.operand, op.forward, weights: weights, into: y.operand, epilogue, threads: emit.threads)
    }
  }

  public func backward(_ node: PlanNode, _ emit: Emitter) {
    weightGradient(node, emit)
    inputGradient(node, emit)
  }

  /// dw[o][i] = sum over samples of dy[o] x[i]; db[o] = sum over samples of dy[o].
  public func weightGradient(_ node: PlanNode, _ emit: Emitter) {
    let x = emit.tensor(node.inputs[0]).operand, dy = emit.gradient(node.name).operand
    let dw = emit.weightGradients(node, .weight), db = hasBias ? emit.weightGradients(node, .bias) : nil
    let independent = emit.inputGradient(node, 0) != nil
    switch emit.operators(node) {
    case .sparse(let op):
      emit.program.sparseGradient(x, dy, op.forward, weights: dw, biases: db, independent: independent)
    case .dense(let op):
      emit.program.denseGradient(x, dy, op.forward, weights: dw, biases: db, independent: independent)
    }
  }

  /// dx[i] = sum over outputs o of weight[o][i] dy[o], where the input needs it.
  public func inputGradient(_ node: PlanNode, _ emit: Emitter) {
    guard let dx = emit.inputGradient(node, 0) else { return }
    let dy = emit.gradient(node.name).operand, weights = emit.weights(node, .weight)
    switch emit.operators(node) {
    case .sparse(let op):
      guard let backward = op.backward else { return }
      emit.program.gather(weights, op.transposition, into: op.transposed, count: op.count)
      emit.program.sparseProduct(dy, backward, weights: op.transposed, into: dx.operand, Epilogue(gate: dx.gate))
    case .dense(let op):
      emit.program.denseProduct(
        dy, op.backward, weights: weights, into: dx.operand, Epilogue(gate: dx.gate), threads: emit.threads)
    }
  }
}
