public import Basics

/// A layer: a value that knows its shapes and parameters, and how to compute forward and backward.
///
/// Its settings, with their defaults, are what a graph file may say of it.
///
/// A new layer is one file in `Layers/` plus one line in `Layers/LayerCatalog.swift`; the laws of the catalogue (gradient check,
/// same bits for dense and sparse, threads and CPU levels) then run on it.
public protocol Layer: Configurable, Codable {
  /// The name in graph files: `linear`.
  static var kind: String { get }
  static var summary: String { get }
  /// Settings that have no default: a layer fresh from `init()` cannot do without them.
  static var required: [String] { get }

  /// - Throws: `Problem.badData` if the layer cannot take such inputs.
  func outputShape(of inputs: [FeatureShape]) throws -> FeatureShape
  /// Weights before biases, running statistics last.
  func parameters(of inputs: [FeatureShape]) -> [ParameterShape]
  /// Floats that the forward pass leaves for the backward pass, beside its output.
  func keptCount(of inputs: [FeatureShape]) -> Int
  /// Appends the kernel calls of the forward pass.
  func forward(_ node: PlanNode, _ emit: Emitter)
  /// Appends the kernel calls that turn the gradient of the output into those of parameters and inputs.
  func backward(_ node: PlanNode, _ emit: Emitter)
  /// The places of the input that a place of the output reads; `nil` for layers that work value by value.
  func window(over input: FeatureShape) -> Window?
  /// For printing: `linear 300`.
  var text: String { get }
  /// Whether the layer's kernels can rectify their own output, so that a rectifier behind it costs nothing.
  var rectifiesOutput: Bool { get }
  /// Whether the layer's kernels can add another tensor to their output, so that a sum of two behind it costs nothing.
  var addsToOutput: Bool { get }
  /// Whether the layer's backward pass can drop the gradient where a rectifier before it was off.
  var gatesInputGradient: Bool { get }
  /// Whether the layer's backward pass can drop the gradient where its own output, rectified in place and nothing added,
  /// was off.
  var gatesOutputGradient: Bool { get }
  /// Whether inputs and outputs lie alike in memory, zero places around images included; asked of layers without window.
  var keepsPlacement: Bool { get }
}

extension Layer {
  public static var required: [String] { [] }
  public static var fields: [SettingField<Self>] { [] }

  /// The layer with the given settings.
  ///
  /// - Throws: `Problem` if there is no such setting, a value is out of range, or one is missing.
  static func reading(_ settings: [(key: String, value: String)]) throws -> Self {
    var layer = Self()
    for (key, value) in settings { try layer.set(key, to: value) }
    for key in required where !settings.contains(where: { $0.key == key }) {
      throw Problem.badData("\(kind) needs '\(key)'.", remedy: "Write '\(key): NUMBER' beside 'layer: \(kind)'.")
    }
    return layer
  }

  public func parameters(of inputs: [FeatureShape]) -> [ParameterShape] { [] }
  public func keptCount(of inputs: [FeatureShape]) -> Int { 0 }
  public func window(over input: FeatureShape) -> Window? { nil }
  public var text: String { Self.kind }
  public var rectifiesOutput: Bool { false }
  public var addsToOutput: Bool { false }
  public var gatesInputGradient: Bool { false }
  public var gatesOutputGradient: Bool { false }
  public var keepsPlacement: Bool { true }
}
