public import Foundations
import Lanes

/// y[o][r][c] = bias[o] + sum over inputs i, kernel rows a and columns b of weight[o][i][a][b] x[i][stride r + a - padding][stride c + b - padding],
/// where x is zero outside the image.
public struct Convolution: Layer, Equatable {
  public static let kind = "convolution"
  public static let summary = "two-dimensional convolution with a square kernel"

  public var outputs: Int
  public var kernel: Int
  public var stride: Int
  public var padding: Int
  public var hasBias: Bool

  public init(_ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, hasBias: Bool = true) {
    self.outputs = outputs
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.hasBias = hasBias
  }

  public var text: String {
    "convolution \(outputs) of \(kernel)x\(kernel)\(stride == 1 ? "" : ", stride \(stride)")"
      + "\(padding == 0 ? "" : ", padding \(padding)")\(hasBias ? "" : " without bias")"
  }
  public var rectifiesOutput: Bool { true }
  public var addsToOutput: Bool { true }
  public var gatesInputGradient: Bool { true }

  public func outputShape(of inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs.count == 1 else {
      throw Problem.badData("a convolution takes one input, not \(inputs.count).", remedy: "Name one input.")
    }
    guard outputs > 0 else {
      throw Problem.badData("a convolution cannot have \(outputs) outputs.", remedy: "Give it at least one.")
    }
    guard let size = window(over: inputs[0])?.outputSize(over: inputs[0]) else {
      throw Problem.badData(
        "a kernel of \(kernel)x\(kernel) with stride \(stride) and padding \(padding) does not fit an input of \(inputs[0]).",
        remedy: "Use larger images, a smaller kernel or more padding.")
    }
    return FeatureShape(channels: outputs, height: size.height, width: size.width)
  }

  public func parameters(of inputs: [FeatureShape]) -> [ParameterShape] {
    let channels = inputs[0].channels, fanIn = channels * kernel * kernel, fanOut = outputs * kernel * kernel
    let weight = ParameterShape(.weight, [outputs, channels, kernel, kernel], fanIn: fanIn, fanOut: fanOut)
    return hasBias ? [weight, ParameterShape(.bias, [outputs], fanIn: fanIn, fanOut: fanOut)] : [weight]
  }

  public func window(over input: FeatureShape) -> Window? {
    Window(height: kernel, width: kernel, stride: stride, padding: padding)
  }

  public func forward(_ node: PlanNode, _ emit: Emitter) { emit.product(node, hasBias: hasBias) }

  /// dw[o][i][a][b] = sum over samples and places of dy[o][r][c] x[i][stride r + a - padding][stride c + b - padding];
  /// dx = sum over outputs, kernel rows and columns of the weights times the dy that their windows put there.
  public func backward(_ node: PlanNode, _ emit: Emitter) {
    emit.weightGradient(node, hasBias: hasBias)
    emit.inputGradient(node)
  }
}
