public import Basics

/// MobileNet (Howard et al. 2017, arXiv:1704.04861) for small images: a 3x3 convolution of stride 1, then thirteen blocks of
/// a depthwise 3x3 convolution and a 1x1 convolution, each with batch norm and rectifier, the mean over the image and one
/// linear layer. The paper's stem has stride 2. 3,217,226 parameters for colour images and 10 classes.
public struct MobileNet: Model {
  public let name = "mobilenet-v1"
  public let summary = "depthwise and 1x1 convolutions with batch norm"

  /// Outputs and stride of each block.
  private static let blocks =
    [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(Int, Int)](repeating: (512, 1), count: 5)
    + [(1024, 2), (1024, 1)]

  public init() {}

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    var net = try ModelBuilder(name, arguments, input: input)
    try net.append("conv1", Convolution(net.scaled(32), kernel: 3, padding: 1, hasBias: false))
    try net.append("bn1", BatchNorm())
    try net.append("relu1", Rectifier())
    for (i, (outputs, stride)) in Self.blocks.enumerated() {
      let block = "block\(i + 1)", inputs = net.channels
      try net.append(
        "\(block)/depthwise",
        Convolution(inputs, kernel: 3, stride: stride, padding: 1, groups: inputs, hasBias: false))
      try net.append("\(block)/bn1", BatchNorm())
      try net.append("\(block)/relu1", Rectifier())
      try net.append("\(block)/pointwise", Convolution(net.scaled(outputs), kernel: 1, hasBias: false))
      try net.append("\(block)/bn2", BatchNorm())
      try net.append("\(block)/relu2", Rectifier())
    }
    try net.appendHead(classes: classes)
    return net.architecture
  }
}
