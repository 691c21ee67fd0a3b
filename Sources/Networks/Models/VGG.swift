public import Basics

/// VGG (Simonyan & Zisserman 2015, arXiv:1409.1556) for small images: 3x3 convolutions with biases, one linear layer after
/// them; with `isNormalised` a batch norm behind every convolution. An image of 32x32 shrinks to 1x1 in five poolings;
/// smaller images leave out the last ones. For 32x32 colour images and 10 classes VGG-16 has 14,719,818 parameters,
/// 14,728,266 with batch norm.
public struct VGG: Model {
  let depth: Int
  let isNormalised: Bool

  /// - Parameter depth: Layers with weights in the paper, which has three linear layers: 11, 13, 16 or 19.
  public init(depth: Int, isNormalised: Bool = false) {
    self.depth = depth
    self.isNormalised = isNormalised
  }

  public var name: String { "vgg-\(depth)\(isNormalised ? "-bn" : "")" }
  public var summary: String {
    "\(depth - 3) convolutions of 3x3\(isNormalised ? " with batch norm" : "") and one linear layer"
  }

  /// How many convolutions have 64, 128, 256, 512 and 512 outputs.
  private var stages: [Int] {
    switch depth {
    case 11: [1, 1, 2, 2, 2]
    case 13: [2, 2, 2, 2, 2]
    case 16: [2, 2, 3, 3, 3]
    default: [2, 2, 4, 4, 4]
    }
  }

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    var net = try ModelBuilder(name, arguments, input: input), i = 0, size = min(input.height, input.width)
    for (stage, (count, outputs)) in zip(stages, [64, 128, 256, 512, 512]).enumerated() {
      for _ in 0..<count {
        i += 1
        try net.append("conv\(i)", Convolution(net.scaled(outputs), kernel: 3, padding: 1))
        if isNormalised { try net.append("bn\(i)", BatchNorm()) }
        try net.append("relu\(i)", Rectifier())
      }
      if size > 1 { try net.append("pool\(stage + 1)", MaxPool()) }
      size /= 2
    }
    try net.appendLinear([], classes: classes)
    return net.architecture
  }
}
