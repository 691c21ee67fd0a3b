public import Foundations

/// VGG (Simonyan & Zisserman 2015, arXiv:1409.1556) for small images: 3x3 convolutions, one linear layer after them. An image
/// of 32x32 shrinks to 1x1 in five poolings; smaller images leave out the last ones.
private struct VGG {
  /// Convolutions of 64, 128, 256, 512 and 512 outputs.
  var depths: [Int]

  var layers: Int { depths.reduce(1, +) }
  var summary: String { "\(layers - 1) convolutions of 3x3 and one linear layer" }

  func architecture(_ name: String, _ arguments: String?, _ input: FeatureShape, _ classes: Int) throws -> Architecture
  {
    var parts: [ConvolutionStack.Part] = [], size = min(input.height, input.width)
    for (depth, outputs) in zip(depths, [64, 128, 256, 512, 512]) {
      parts += [ConvolutionStack.Part](repeating: .convolution(outputs), count: depth)
      if size > 1 { parts.append(.pool) }
      size /= 2
    }
    return try ConvolutionStack(name, arguments).architecture(parts, linear: [], input: input, classes: classes)
  }
}

public enum VGG11: Model {
  public static let name = "vgg-11"
  public static let summary = VGG(depths: [1, 1, 2, 2, 2]).summary

  public static func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    try VGG(depths: [1, 1, 2, 2, 2]).architecture(name, arguments, input, classes)
  }
}

public enum VGG13: Model {
  public static let name = "vgg-13"
  public static let summary = VGG(depths: [2, 2, 2, 2, 2]).summary

  public static func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    try VGG(depths: [2, 2, 2, 2, 2]).architecture(name, arguments, input, classes)
  }
}

public enum VGG16: Model {
  public static let name = "vgg-16"
  public static let summary = VGG(depths: [2, 2, 3, 3, 3]).summary

  public static func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    try VGG(depths: [2, 2, 3, 3, 3]).architecture(name, arguments, input, classes)
  }
}

public enum VGG19: Model {
  public static let name = "vgg-19"
  public static let summary = VGG(depths: [2, 2, 4, 4, 4]).summary

  public static func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    try VGG(depths: [2, 2, 4, 4, 4]).architecture(name, arguments, input, classes)
  }
}
