public import Foundations

/// The Conv-2, Conv-4 and Conv-6 networks of Frankle & Carbin 2019 (arXiv:1803.03635): pairs of 3x3 convolutions of 64, 128
/// and 256 outputs with max pooling, then linear layers of 256 and 256 units. For 32x32 colour images and 10 classes they have
/// 4,300,992, 2,425,024 and 2,261,184 weights.
private struct PairedConvolutions {
  var pairs: Int

  var summary: String { "\(2 * pairs) convolutions of 3x3 in pairs, then 256 and 256 hidden units" }

  func architecture(_ name: String, _ arguments: String?, _ input: FeatureShape, _ classes: Int) throws -> Architecture
  {
    let parts = [64, 128, 256].prefix(pairs).flatMap {
      [ConvolutionStack.Part.convolution($0), .convolution($0), .pool]
    }
    return try ConvolutionStack(name, arguments).architecture(
      parts, linear: [256, 256], input: input, classes: classes)
  }
}

public enum Conv2: Model {
  public static let name = "conv-2"
  public static let summary = PairedConvolutions(pairs: 1).summary

  public static func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    try PairedConvolutions(pairs: 1).architecture(name, arguments, input, classes)
  }
}

public enum Conv4: Model {
  public static let name = "conv-4"
  public static let summary = PairedConvolutions(pairs: 2).summary

  public static func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    try PairedConvolutions(pairs: 2).architecture(name, arguments, input, classes)
  }
}

public enum Conv6: Model {
  public static let name = "conv-6"
  public static let summary = PairedConvolutions(pairs: 3).summary

  public static func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    try PairedConvolutions(pairs: 3).architecture(name, arguments, input, classes)
  }
}
