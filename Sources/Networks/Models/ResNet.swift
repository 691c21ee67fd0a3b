public import Basics

/// Residual networks of two 3x3 convolutions a block (He et al. 2016, arXiv:1512.03385), for small images: a 3x3 stem
/// without pooling, the mean over the image, one linear layer. Convolutions have no biases; each is followed by batch norm.
///
/// Where a block changes the shape, its shortcut is a 1x1 convolution with batch norm, as in OpenLTH and most papers on
/// lottery tickets; the CIFAR networks of the original paper subsample and pad with zeros instead. For 32x32 colour images
/// and 10 classes ResNet-14, 20, 32, 44, 56 and 110 have 175,258, 272,474, 466,906, 661,338, 855,770 and 1,730,714 parameters, ResNet-18
/// and 34 have 11,173,962 and 21,282,122.
public struct ResNet: Model {
  public enum Family: Sendable {
    /// Three stages of 16, 32 and 64 outputs, for CIFAR.
    case narrow
    /// Four stages of 64, 128, 256 and 512 outputs, as for ImageNet.
    case wide
  }

  let family: Family
  let depth: Int

  /// - Parameter depth: 6 n + 2 layers in the narrow family; 18 or 34 in the wide one.
  public init(_ family: Family, depth: Int) {
    self.family = family
    self.depth = depth
  }

  public var name: String { "resnet-\(depth)" }
  public var summary: String {
    "residual network, \(stages.count) stages of \(stages[0].outputs) to \(stages.last!.outputs) outputs"
  }

  private var stages: [(outputs: Int, blocks: Int)] {
    switch family {
    case .narrow: [16, 32, 64].map { ($0, (depth - 2) / 6) }
    case .wide: Array(zip([64, 128, 256, 512], depth == 18 ? [2, 2, 2, 2] : [3, 4, 6, 3]))
    }
  }

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    var net = try ModelBuilder(name, arguments, input: input), block = 0
    try net.append("conv1", Convolution(net.scaled(stages[0].outputs), kernel: 3, padding: 1, hasBias: false))
    try net.append("bn1", BatchNorm())
    try net.append("relu1", Rectifier())
    for (i, stage) in stages.enumerated() {
      for j in 0..<stage.blocks {
        block += 1
        try appendBlock("block\(block)", net.scaled(stage.outputs), stride: i > 0 && j == 0 ? 2 : 1, to: &net)
      }
    }
    try net.appendHead(classes: classes)
    return net.architecture
  }

  private func appendBlock(_ block: String, _ outputs: Int, stride: Int, to net: inout ModelBuilder) throws {
    let input = net.last
    var shortcut = input
    if stride > 1 || net.channels != outputs {
      try net.append("\(block)/shortcut", Convolution(outputs, kernel: 1, stride: stride, hasBias: false))
      shortcut = try net.append("\(block)/shortcut-bn", BatchNorm())
    }
    try net.append(
      "\(block)/conv1", Convolution(outputs, kernel: 3, stride: stride, padding: 1, hasBias: false), inputs: [input])
    try net.append("\(block)/bn1", BatchNorm())
    try net.append("\(block)/relu1", Rectifier())
    try net.append("\(block)/conv2", Convolution(outputs, kernel: 3, padding: 1, hasBias: false))
    try net.append("\(block)/bn2", BatchNorm())
    try net.append("\(block)/sum", Sum(), inputs: [net.last, shortcut])
    try net.append("\(block)/relu2", Rectifier())
  }
}
