public import Basics
import Lanes

/// y[o] = bias[o] + sum over inputs i of weight[o][i] x[i]; an input with height and width is read channel by channel.
public struct Linear: Layer, Equatable {
  public static let kind = "linear"
  public static let summary = "fully connected layer"

  public static let required = ["outputs"]
  public static let fields: [SettingField<Linear>] = [
    SettingField("outputs", \.outputs, "units", valid: ("at least 1", { $0 >= 1 })),
    SettingField("bias", \.hasBias, "whether a bias is added"),
  ]

  public var outputs: Int
  public var hasBias: Bool

  public init(_ outputs: Int, hasBias: Bool = true) {
    self.outputs = outputs
    self.hasBias = hasBias
  }

  public init() { self.init(0) }

  public var text: String { "linear \(outputs)\(hasBias ? "" : " without bias")" }
  public var rectifiesOutput: Bool { true }
  public var addsToOutput: Bool { true }
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

  /// The whole input is one window.
  public func window(over input: FeatureShape) -> Window? {
    Window(height: input.height, width: input.width, stride: max(input.height, input.width))
  }

  public func forward(_ node: PlanNode, _ emit: Emitter) { emit.product(node, hasBias: hasBias) }

  public func backward(_ node: PlanNode, _ emit: Emitter) {
    inputGradient(node, emit)
    weightGradient(node, emit)
  }

  /// dw[o][i] = sum over samples of dy[o] x[i]; db[o] = sum over samples of dy[o].
  public func weightGradient(_ node: PlanNode, _ emit: Emitter) { emit.weightGradient(node, hasBias: hasBias) }

  /// dx[i] = sum over outputs o of weight[o][i] dy[o], where the input needs it.
  public func inputGradient(_ node: PlanNode, _ emit: Emitter) { emit.inputGradient(node) }
}
