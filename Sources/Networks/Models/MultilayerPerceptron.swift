public import Basics

/// Fully connected layers of any widths with rectified units: `mlp:512,256`. Layers are named fc1, fc2, ...
public struct MultilayerPerceptron: Model {
  public let name = "mlp"
  public let summary = "fully connected, hidden widths after a colon: mlp:512,256"
  public let example = "mlp:20,10"

  public init() {}

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    let widths = try Self.widths(arguments, of: name)
    return try Self.architecture(
      name: "\(name):\(widths.map(String.init).joined(separator: ","))", widths: widths, input: input, classes: classes)
  }

  /// The hidden widths after a model's colon.
  static func widths(_ arguments: String?, of model: String) throws -> [Int] {
    let widths = (arguments ?? "").split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard arguments != nil, !widths.isEmpty, widths.allSatisfy({ 0 < $0 && $0 <= 1 << 20 }) else {
      throw Problem.usage(
        "'\(model):\(arguments ?? "")' names no widths.", remedy: "Write the hidden widths like \(model):512,256.")
    }
    return widths
  }

  static func architecture(name: String, widths: [Int], input: FeatureShape, classes: Int) throws -> Architecture {
    var result = Architecture(name: name, input: input)
    for (i, width) in widths.enumerated() {
      try result.append("fc\(i + 1)", Linear(width))
      try result.append("relu\(i + 1)", Rectifier())
    }
    try result.append("fc\(widths.count + 1)", Linear(classes))
    return result
  }
}
