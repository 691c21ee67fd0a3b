public import Basics

/// The Conv-2, Conv-4 and Conv-6 networks of Frankle & Carbin 2019 (arXiv:1803.03635), and Conv-8 of Ramanujan et al. 2020
/// (arXiv:1911.13299): pairs of 3x3 convolutions of 64, 128, 256 and 512 outputs with max pooling, then linear layers of 256
/// and 256 units. For 32x32 colour images and 10 classes they have 4,300,992, 2,425,024, 2,261,184 and 5,275,840 weights.
public struct PairedConvolutions: Model {
  let pairs: Int

  /// - Parameter pairs: From 1 to 4.
  public init(pairs: Int) { self.pairs = pairs }

  public var name: String { "conv-\(2 * pairs)" }
  public var summary: String { "\(2 * pairs) convolutions of 3x3 in pairs, then 256 and 256 hidden units" }

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    var net = try ModelBuilder(name, arguments, input: input)
    for pair in 1...pairs {
      for i in [2 * pair - 1, 2 * pair] {
        try net.append("conv\(i)", Convolution(net.scaled(32 << pair), kernel: 3, padding: 1))
        try net.append("relu\(i)", Rectifier())
      }
      try net.append("pool\(pair)", MaxPool())
    }
    try net.appendLinear([256, 256], classes: classes)
    return net.architecture
  }
}
