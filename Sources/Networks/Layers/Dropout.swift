public import Basics
import Lanes

/// In training y = x / (1 - probability) for values that stay and 0 for those that are dropped, each with the given
/// probability on its own; in evaluation y = x.
///
/// Srivastava et al. 2014 ("Dropout: a simple way to prevent neural networks from overfitting"), scaled in training as all
/// frameworks do. What is dropped is a function of the seed, the node's name, the step, the sample's place in the batch and
/// the value's place in the sample.
public struct Dropout: Layer, Equatable {
  public static let kind = "dropout"
  public static let summary = "drops values at random in training"
  public static let fields: [SettingField<Dropout>] = [
    SettingField(
      "probability", \.probability, "of a value to be dropped", valid: ("from 0 to below 1", { 0 <= $0 && $0 < 1 }))
  ]

  public var probability: Double

  public init(_ probability: Double) { self.probability = probability }
  public init() { self.init(0.5) }

  public var text: String { "\(Self.kind) \(probability)" }
  public var gatesInputGradient: Bool { true }

  public func outputShape(of inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs.count == 1 else {
      throw Problem.badData("dropout takes one input, not \(inputs.count).", remedy: "Name one input.")
    }
    guard probability.isFinite, 0 <= probability, probability < 1 else {
      throw Problem.badData(
        "dropout cannot have the probability \(probability).", remedy: "Use one from 0 to below 1, such as 0.5.")
    }
    return inputs[0]
  }

  public func forward(_ node: PlanNode, _ emit: Emitter) { emit.dropout(node, probability) }

  /// dx = dy / (1 - probability) for the values that stayed, else 0: what was dropped is drawn again.
  public func backward(_ node: PlanNode, _ emit: Emitter) { emit.dropoutGradient(node, probability) }
}
