public import Basics
import Lanes

/// y = scale (x - mean) / sqrt(variance + epsilon) + shift for every channel, with mean and (biased) variance over the
/// batch's samples and places in training, and running ones in evaluation.
///
/// Ioffe & Szegedy 2015 (arXiv:1502.03167). After each training step running = (1 - momentum) running + momentum batch,
/// where the batch's variance is the unbiased one, as in PyTorch; a batch of a single value leaves the running variance
/// alone. Works on images and on plain features.
public struct BatchNorm: Layer, Equatable {
  public static let kind = "batch-norm"
  public static let summary = "normalises every channel over the batch"

  public static let fields: [SettingField<BatchNorm>] = [
    SettingField("affine", \.affine, "whether a scale and a shift are learnt"),
    SettingField(
      "momentum", \.momentum, "the batch's share in the running statistics",
      valid: ("from 0 to 1", { 0...1 ~= $0 })),
    SettingField("epsilon", \.epsilon, "added to the variance", valid: ("at least 0", { $0 >= 0 })),
  ]

  /// Whether a scale and a shift are learnt.
  public var affine: Bool
  /// The batch's share in the running statistics.
  public var momentum: Double
  public var epsilon: Double

  public init() { self.init(affine: true) }

  public init(affine: Bool = true, momentum: Double = 0.1, epsilon: Double = 1e-5) {
    self.affine = affine
    self.momentum = momentum
    self.epsilon = epsilon
  }

  public var text: String { affine ? Self.kind : "\(Self.kind) without scale and shift" }
  public var rectifiesOutput: Bool { true }
  public var addsToOutput: Bool { true }
  public var gatesInputGradient: Bool { true }
  public var gatesOutputGradient: Bool { true }
  public var keepsPlacement: Bool { false }

  public func outputShape(of inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs.count == 1 else {
      throw Problem.badData("batch-norm takes one input, not \(inputs.count).", remedy: "Name one input.")
    }
    guard momentum.isFinite, 0...1 ~= momentum, epsilon.isFinite, epsilon >= 0 else {
      throw Problem.badData(
        "batch-norm cannot have momentum \(momentum) and epsilon \(epsilon).",
        remedy: "Use a momentum from 0 to 1 and an epsilon of 0 or more, such as 0.1 and 1e-5.")
    }
    return inputs[0]
  }

  public func parameters(of inputs: [FeatureShape]) -> [ParameterShape] {
    let roles: [ParameterShape.Role] =
      affine ? [.scale, .shift, .runningMean, .runningVariance] : [.runningMean, .runningVariance]
    return roles.map { ParameterShape($0, [inputs[0].channels], fanIn: 1, fanOut: 1) }
  }

  /// Mean and 1 / sqrt(variance + epsilon).
  public func keptCount(of inputs: [FeatureShape]) -> Int { 2 * inputs[0].channels }

  public func forward(_ node: PlanNode, _ emit: Emitter) { emit.normalise(node, self) }

  /// With g = dy scale / sqrt(variance + epsilon) and xhat the normalised x: dx = g - mean(g) - xhat mean(g xhat);
  /// dscale = sum of dy xhat; dshift = sum of dy.
  public func backward(_ node: PlanNode, _ emit: Emitter) { emit.normaliseGradient(node, self) }
}
