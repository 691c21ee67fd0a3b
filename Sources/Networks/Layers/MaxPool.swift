public import Basics
import Lanes

/// y = the largest x of each window of size x size places; the gradient goes to the first place that has it.
///
/// Rows and columns that fill no window are left out.
public struct MaxPool: Layer, Equatable {
  public static let kind = "max-pool"
  public static let summary = "maximum over windows that do not overlap"

  public static let fields: [SettingField<MaxPool>] = [
    SettingField("size", \.size, "places of a window, in height and width", valid: ("at least 1", { $0 >= 1 }))
  ]

  public var size: Int

  public init(size: Int) { self.size = size }
  public init() { self.init(size: 2) }

  public var text: String { "\(Self.kind) \(size)x\(size)" }
  public var gatesInputGradient: Bool { true }

  public func outputShape(of inputs: [FeatureShape]) throws -> FeatureShape {
    try pooledShape(of: inputs)
  }

  public func window(over input: FeatureShape) -> Window? {
    Window(height: size, width: size, stride: size)
  }

  public func forward(_ node: PlanNode, _ emit: Emitter) {
    emit.pool(node, isMaximum: true)
  }

  public func backward(_ node: PlanNode, _ emit: Emitter) {
    emit.poolGradient(node, isMaximum: true)
  }
}
