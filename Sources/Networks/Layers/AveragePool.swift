public import Basics
import Lanes

/// y = the mean of x over each window of size x size places, or over the whole image if `size` is `nil`.
///
/// Rows and columns that fill no window are left out.
public struct AveragePool: Layer, Equatable {
  public static let kind = "average-pool"
  public static let summary = "mean over windows that do not overlap, or over the whole image"

  public static let fields: [SettingField<AveragePool>] = [
    SettingField(
      "size", \.windowSize, "places of a window, in height and width; 0 for the whole image",
      valid: ("at least 0", { $0 >= 0 }))
  ]

  public var size: Int?
  private var windowSize: Int {
    get { size ?? 0 }
    set { size = newValue == 0 ? nil : newValue }
  }

  public init(size: Int?) { self.size = size }
  public init() { self.init(size: nil) }

  public var text: String { size.map { "\(Self.kind) \($0)x\($0)" } ?? "\(Self.kind) of the image" }
  public var gatesInputGradient: Bool { true }

  public func outputShape(of inputs: [FeatureShape]) throws -> FeatureShape {
    try pooledShape(of: inputs)
  }

  public func window(over input: FeatureShape) -> Window? {
    size.map { Window(height: $0, width: $0, stride: $0) }
      ?? Window(height: input.height, width: input.width, stride: max(input.height, input.width))
  }

  public func forward(_ node: PlanNode, _ emit: Emitter) {
    emit.pool(node, isMaximum: false)
  }

  public func backward(_ node: PlanNode, _ emit: Emitter) {
    emit.poolGradient(node, isMaximum: false)
  }
}
