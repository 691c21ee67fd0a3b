public import Basics

/// The Conv-2, 4, 6 and 8 networks of Diffenderfer & Kailkhura 2021 (arXiv:2103.09377) for binary activations: those of
/// Frankle & Carbin without biases, with batch norm behind every layer but the last, and with each pair's pooling before the
/// batch norm, where products are not yet signs. For 32x32 colour images and 10 classes they have as many weights as conv-2
/// to conv-8. (With binary weights alone the paper takes conv-2 to conv-8 as they are.)
public struct NormalisedConvolutions: Model {
  let pairs: Int

  /// - Parameter pairs: From 1 to 4.
  public init(pairs: Int) { self.pairs = pairs }

  public var name: String { "bn-conv-\(2 * pairs)" }
  public var summary: String { "conv-\(2 * pairs) with batch norm, pooling before it, for binary activations" }

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    var net = try ModelBuilder(name, arguments, input: input)
    try net.appendPairs((1...pairs).map { 32 << $0 })
    for i in 1...2 {
      try net.append("fc\(i)", Linear(net.scaled(256), hasBias: false))
      try net.append("fc-bn\(i)", BatchNorm())
      try net.append("fc-relu\(i)", Rectifier())
    }
    try net.append("fc3", Linear(classes, hasBias: false))
    return net.architecture
  }
}

extension ModelBuilder {
  /// Pairs of 3x3 convolutions without biases, each followed by batch norm and a rectifier; the second of a pair is pooled
  /// before its batch norm.
  mutating func appendPairs(_ widths: [Int]) throws {
    for i in 1...2 * widths.count {
      try append("conv\(i)", Convolution(scaled(widths[(i - 1) / 2]), kernel: 3, padding: 1, hasBias: false))
      if i % 2 == 0 { try append("pool\(i / 2)", MaxPool()) }
      try append("bn\(i)", BatchNorm())
      try append("relu\(i)", Rectifier())
    }
  }
}
