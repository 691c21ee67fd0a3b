import Foundations

/// Stacks of 3x3 convolutions with pooling between them and linear layers behind: what the families share.
struct ConvolutionStack {
  enum Part { case convolution(Int), pool }

  let name: String
  /// Multiplies the number of outputs of every hidden layer.
  let width: Double

  /// - Parameter arguments: A width multiplier, or `nil` for 1.
  init(_ name: String, _ arguments: String?) throws {
    guard let width = Double(arguments ?? "1"), width.isFinite, 0 < width, width <= 64 else {
      throw Problem.usage(
        "'\(name):\(arguments ?? "")' names no width.", remedy: "Write a multiplier like \(name):0.5, or \(name) alone."
      )
    }
    self.name = name
    self.width = width
  }

  var title: String { width == 1 ? name : "\(name):\(width)" }

  func scaled(_ outputs: Int) -> Int { max(1, Int((Double(outputs) * width).rounded())) }

  /// Convolutions are named conv1, conv2, ..., pools pool1, ..., linear layers fc1, ...
  func architecture(_ parts: [Part], linear: [Int], input: FeatureShape, classes: Int) throws -> Architecture {
    var result = Architecture(name: title, input: input), convolutions = 0, pools = 0
    for part in parts {
      switch part {
      case .convolution(let outputs):
        convolutions += 1
        try result.append("conv\(convolutions)", Convolution(scaled(outputs), kernel: 3, padding: 1))
        try result.append("relu\(convolutions)", Rectifier())
      case .pool:
        pools += 1
        try result.append("pool\(pools)", MaxPool())
      }
    }
    try appendLinear(linear, classes: classes, to: &result)
    return result
  }

  func appendLinear(_ widths: [Int], classes: Int, to result: inout Architecture) throws {
    for (i, outputs) in widths.enumerated() {
      try result.append("fc\(i + 1)", Linear(scaled(outputs)))
      try result.append("fc-relu\(i + 1)", Rectifier())
    }
    try result.append("fc\(widths.count + 1)", Linear(classes))
  }
}
