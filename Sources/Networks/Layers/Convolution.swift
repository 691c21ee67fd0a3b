public import Basics
import Lanes

/// y[o][r][c] = bias[o] + sum over inputs i, kernel rows a and columns b of weight[o][i][a][b] x[i][stride r + a - padding][stride c + b - padding],
/// where x is zero outside the image.
///
/// With `groups` the channels fall into as many stretches, and outputs of a stretch read the inputs of that stretch alone:
/// weight is [outputs][inputs / groups][kernel][kernel]. As many groups as inputs make a depthwise convolution.
public struct Convolution: Layer, Equatable {
  public static let kind = "convolution"
  public static let summary = "two-dimensional convolution with a square kernel"

  public static let required = ["outputs", "kernel"]
  public static let fields: [SettingField<Convolution>] = [
    SettingField("outputs", \.outputs, "channels of the output", valid: ("at least 1", { $0 >= 1 })),
    SettingField("kernel", \.kernel, "places of the window, in height and width", valid: ("at least 1", { $0 >= 1 })),
    SettingField("stride", \.stride, "places from window to window", valid: ("at least 1", { $0 >= 1 })),
    SettingField("padding", \.padding, "zeros around the image", valid: ("at least 0", { $0 >= 0 })),
    SettingField("groups", \.groups, "stretches of channels kept apart", valid: ("at least 1", { $0 >= 1 })),
    SettingField("bias", \.hasBias, "whether a bias is added"),
  ]

  public var outputs: Int
  public var kernel: Int
  public var stride: Int
  public var padding: Int
  public var groups: Int
  public var hasBias: Bool

  public init(_ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1, hasBias: Bool = true) {
    self.outputs = outputs
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.hasBias = hasBias
  }

  public init() { self.init(0, kernel: 0) }

  public var text: String {
    "convolution \(outputs) of \(kernel)x\(kernel)\(stride == 1 ? "" : ", stride \(stride)")"
      + "\(padding == 0 ? "" : ", padding \(padding)")\(groups == 1 ? "" : ", \(groups) groups")"
      + "\(hasBias ? "" : " without bias")"
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
    guard groups > 0, inputs[0].channels % groups == 0, outputs % groups == 0 else {
      throw Problem.badData(
        "\(groups) groups do not divide \(inputs[0].channels) inputs and \(outputs) outputs.",
        remedy: "Choose groups that divide both.")
    }
    guard 1...255 ~= kernel, 0..<kernel ~= padding else {
      throw Problem.badData(
        "a kernel of \(kernel)x\(kernel) cannot have a padding of \(padding).",
        remedy: "Use a kernel of at most 255 and a padding below it.")
    }
    guard let size = window(over: inputs[0])?.outputSize(over: inputs[0]) else {
      throw Problem.badData(
        "a kernel of \(kernel)x\(kernel) with stride \(stride) and padding \(padding) does not fit an input of \(inputs[0]).",
        remedy: "Use larger images, a smaller kernel or more padding.")
    }
    return FeatureShape(channels: outputs, height: size.height, width: size.width)
  }

  public func parameters(of inputs: [FeatureShape]) -> [ParameterShape] {
    let channels = inputs[0].channels / groups, fanIn = channels * kernel * kernel
    let fanOut = outputs / groups * kernel * kernel
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
    emit.inputGradient(node)
    emit.weightGradient(node, hasBias: hasBias)
  }
}

extension Convolution {
  private enum CodingKeys: String, CodingKey { case outputs, kernel, stride, padding, groups, hasBias }

  /// Files written before there were groups name none.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try values.decode(Int.self, forKey: .outputs), kernel: try values.decode(Int.self, forKey: .kernel),
      stride: try values.decode(Int.self, forKey: .stride), padding: try values.decode(Int.self, forKey: .padding),
      groups: try values.decodeIfPresent(Int.self, forKey: .groups) ?? 1,
      hasBias: try values.decode(Bool.self, forKey: .hasBias))
  }
}
