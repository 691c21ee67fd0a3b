public import Basics

/// Wide residual networks (Zagoruyko & Komodakis 2016, arXiv:1605.07146): `wide-resnet-28-10` has 28 layers and ten times the
/// outputs of a narrow ResNet. Batch norm and rectifier stand before the convolutions, which have no biases; where a block
/// changes the shape, its shortcut is a 1x1 convolution of the rectified input. No dropout. 36,479,194 parameters for 28-10,
/// 32x32 colour images and 10 classes.
public struct WideResNet: Model {
  let depth: Int
  let factor: Int

  public init(depth: Int = 28, factor: Int = 10) {
    self.depth = depth
    self.factor = factor
  }

  public let name = "wide-resnet-D-K"
  public let summary = "wide residual network of D = 6 n + 4 layers and K times the width: wide-resnet-28-10"
  public let example = "wide-resnet-16-2"

  /// - Returns: The network of depth and factor that the name gives, if the depth is 6 n + 4.
  public func named(_ name: String) -> (any Model)? {
    guard name.hasPrefix("wide-resnet-") else { return nil }
    let numbers = name.dropFirst(12).split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard numbers.count == 2, 10...1000 ~= numbers[0], numbers[0] % 6 == 4, 1...64 ~= numbers[1] else { return nil }
    return WideResNet(depth: numbers[0], factor: numbers[1])
  }

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    var net = try ModelBuilder("wide-resnet-\(depth)-\(factor)", arguments, input: input), block = 0
    try net.append("conv1", Convolution(net.scaled(16), kernel: 3, padding: 1, hasBias: false))
    for (stage, outputs) in [16, 32, 64].enumerated() {
      for i in 0..<(depth - 4) / 6 {
        block += 1
        let stride = stage > 0 && i == 0 ? 2 : 1
        try appendBlock("block\(block)", net.scaled(outputs * factor), stride: stride, to: &net)
      }
    }
    try net.append("bn", BatchNorm())
    try net.append("relu", Rectifier())
    try net.appendHead(classes: classes)
    return net.architecture
  }

  private func appendBlock(_ block: String, _ outputs: Int, stride: Int, to net: inout ModelBuilder) throws {
    var shortcut = net.last
    let changesShape = stride > 1 || net.channels != outputs
    try net.append("\(block)/bn1", BatchNorm())
    let rectified = try net.append("\(block)/relu1", Rectifier())
    if changesShape {
      shortcut = try net.append(
        "\(block)/shortcut", Convolution(outputs, kernel: 1, stride: stride, hasBias: false))
    }
    try net.append(
      "\(block)/conv1", Convolution(outputs, kernel: 3, stride: stride, padding: 1, hasBias: false),
      inputs: [rectified])
    try net.append("\(block)/bn2", BatchNorm())
    try net.append("\(block)/relu2", Rectifier())
    try net.append("\(block)/conv2", Convolution(outputs, kernel: 3, padding: 1, hasBias: false))
    try net.append("\(block)/sum", Sum(), inputs: [net.last, shortcut])
  }
}
