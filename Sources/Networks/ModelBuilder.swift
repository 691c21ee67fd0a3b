import Basics

/// A network under construction: names, scales and appends what the families of models share.
struct ModelBuilder {
  private(set) var architecture: Architecture
  /// Multiplies the number of outputs of every hidden layer.
  private let width: Double

  /// - Parameter arguments: A width multiplier, or `nil` for 1.
  init(_ name: String, _ arguments: String?, input: FeatureShape) throws {
    guard let width = Double(arguments ?? "1"), width.isFinite, 0 < width, width <= 64 else {
      throw Problem.usage(
        "'\(name):\(arguments ?? "")' names no width.", remedy: "Write a multiplier like \(name):0.5, or \(name) alone."
      )
    }
    self.width = width
    architecture = Architecture(name: width == 1 ? name : "\(name):\(width)", input: input)
  }

  func scaled(_ outputs: Int) -> Int { max(1, Int((Double(outputs) * width).rounded())) }

  /// The node appended last, or the input.
  var last: String { architecture.outputName }
  var channels: Int { architecture.output.channels }

  /// Appends a node and returns its name.
  @discardableResult
  mutating func append(_ name: String, _ layer: any Layer, inputs: [String]? = nil) throws -> String {
    try architecture.append(name, layer, inputs: inputs)
    return name
  }

  /// Appends linear layers fc1, fc2, ... with rectifiers between them, the last without.
  mutating func appendLinear(_ widths: [Int], classes: Int) throws {
    for (i, outputs) in widths.enumerated() {
      try append("fc\(i + 1)", Linear(scaled(outputs)))
      try append("fc-relu\(i + 1)", Rectifier())
    }
    try append("fc\(widths.count + 1)", Linear(classes))
  }

  /// Appends the mean over the image and one linear layer.
  mutating func appendHead(classes: Int) throws {
    try append("pool", AveragePool())
    try append("fc", Linear(classes))
  }
}
