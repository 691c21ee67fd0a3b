extension ParameterLayout.Entry {
  /// What the tensor is called in its layer by PyTorch: `weight`, `running_mean`.
  public var stateDictPart: String {
    switch shape.role {
    case .weight, .scale: "weight"
    case .bias, .shift: "bias"
    case .runningMean: "running_mean"
    case .runningVariance: "running_var"
    }
  }

  /// The tensor's name in a PyTorch `state_dict` of a module whose layers have the network's names: `bn1.running_mean`.
  ///
  /// Weights are [outputs, inputs] and [outputs, inputs, height, width], and images are flattened channels first: PyTorch's
  /// layouts, so that no value moves and no bit changes between the two. Layers of an ONNX file have `/` for the dots of modules.
  public var stateDictName: String { "\(layer.replacing("/", with: ".")).\(stateDictPart)" }
}
