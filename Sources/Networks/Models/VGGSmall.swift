public import Basics

/// VGG-small, the usual network of papers on binary networks (Zhang et al. 2018, arXiv:1807.10029; Diffenderfer & Kailkhura
/// 2021, arXiv:2103.09377): pairs of 3x3 convolutions of 128, 256 and 512 outputs with batch norm, the second of a pair
/// pooled before it, and one linear layer. For 32x32 colour images and 10 classes it has 4,656,512 weights.
///
/// The code of the second paper rectifies after the first convolution and before the linear layer alone; here every layer
/// but the last has its activation.
public struct VGGSmall: Model {
  public let name = "vgg-small"
  public let summary = "6 convolutions of 3x3 with batch norm, 128 to 512 outputs, and one linear layer"

  public init() {}

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    var net = try ModelBuilder(name, arguments, input: input)
    try net.appendPairs([128, 256, 512])
    try net.append("fc", Linear(classes, hasBias: false))
    return net.architecture
  }
}
