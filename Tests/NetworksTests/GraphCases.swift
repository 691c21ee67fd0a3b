import Basics
import Networks

/// Small networks with batch norm, sums, and nodes that feed several others.
extension LayerCases {
  /// Before and behind everything that can fuse with it, on features and on images.
  static func norms() throws -> [Architecture] {
    let image = FeatureShape(channels: 2, height: 5, width: 3), flat = FeatureShape(channels: 5)
    let forms: [(String, FeatureShape, [any Layer])] = [
      ("on the input", flat, [BatchNorm(), Linear(3)]),
      ("on the input, not affine", flat, [BatchNorm(affine: false), Linear(4), Rectifier(), Linear(3)]),
      ("between", flat, [Linear(7), BatchNorm(), Rectifier(), Linear(3)]),
      ("not affine", flat, [Linear(7, hasBias: false), BatchNorm(affine: false), Rectifier(), Linear(3)]),
      ("without rectifier", flat, [Linear(4), BatchNorm(epsilon: 1e-2), Linear(3)]),
      ("behind a rectifier", flat, [Linear(7), Rectifier(), BatchNorm(), Linear(3)]),
      ("last", flat, [Linear(4), BatchNorm()]),
      ("twice", flat, [Linear(4), BatchNorm(), BatchNorm(affine: false), Rectifier(), Linear(3)]),
      ("rectified last", flat, [Linear(4), BatchNorm(), Rectifier()]),
      ("on an image", image, [BatchNorm(), Linear(3)]),
      (
        "of convolutions", image,
        [
          Convolution(3, kernel: 3, padding: 1, hasBias: false), BatchNorm(), Rectifier(),
          Convolution(2, kernel: 3, stride: 2, padding: 1, hasBias: false), BatchNorm(affine: false), Rectifier(),
          Linear(3),
        ]
      ),
      (
        "around a pool", image,
        [
          Convolution(3, kernel: 3, padding: 1), BatchNorm(), MaxPool(), BatchNorm(), Rectifier(),
          Convolution(2, kernel: 1), AveragePool(),
        ]
      ),
      (
        "before a rectifier that pools", FeatureShape(channels: 1, height: 4, width: 4),
        [Convolution(3, kernel: 3, padding: 1), BatchNorm(), Rectifier(), AveragePool(size: 2), Linear(2)]
      ),
    ]
    return try forms.map { try network("batch norm \($0)", input: $1, $2) }
  }

  static func sums() throws -> [Architecture] {
    [
      try identityBlock(), try projectionBlock(), try preactivationBlock(), try threeConsumers(), try rectifiedInputs(),
      try pooledInputs(), try longSkips(), try unfusedRectifier(), try sumOfInput(), try chainOfSums(),
    ]
  }

  /// Networks whose statistics and gradients a partial batch would spoil if spare lanes took part.
  static func partialBatches() throws -> [Architecture] {
    [
      try network(
        "flat", input: FeatureShape(channels: 4),
        [BatchNorm(), Linear(5, hasBias: false), BatchNorm(), Rectifier(), Linear(3)]),
      try identityBlock(),
    ]
  }

  private static func graph(_ name: String, _ input: FeatureShape) -> Architecture {
    Architecture(name: name, input: input)
  }

  /// conv - bn - relu, then a residual block whose shortcut is its input.
  static func identityBlock() throws -> Architecture {
    var net = graph("identity shortcut", FeatureShape(channels: 2, height: 4, width: 3))
    try net.append("conv0", Convolution(3, kernel: 3, padding: 1, hasBias: false))
    try net.append("bn0", BatchNorm())
    try net.append("relu0", Rectifier())
    try net.append("conv1", Convolution(3, kernel: 3, padding: 1, hasBias: false))
    try net.append("bn1", BatchNorm())
    try net.append("relu1", Rectifier())
    try net.append("conv2", Convolution(3, kernel: 3, padding: 1, hasBias: false))
    try net.append("bn2", BatchNorm())
    try net.append("sum", Sum(), inputs: ["relu0", "bn2"])
    try net.append("relu2", Rectifier())
    try net.append("pool", AveragePool())
    try net.append("fc", Linear(3))
    return net
  }

  /// The shortcut is a strided convolution with batch norm.
  static func projectionBlock() throws -> Architecture {
    var net = graph("projection shortcut", FeatureShape(channels: 2, height: 5, width: 4))
    try net.append("conv0", Convolution(2, kernel: 1))
    try net.append("relu0", Rectifier())
    try net.append("conv1", Convolution(3, kernel: 3, stride: 2, padding: 1, hasBias: false))
    try net.append("bn1", BatchNorm())
    try net.append("relu1", Rectifier())
    try net.append("conv2", Convolution(3, kernel: 3, padding: 1, hasBias: false))
    try net.append("bn2", BatchNorm())
    try net.append("shortcut", Convolution(3, kernel: 1, stride: 2, hasBias: false), inputs: ["relu0"])
    try net.append("shortcut-bn", BatchNorm())
    try net.append("sum", Sum(), inputs: ["bn2", "shortcut-bn"])
    try net.append("relu2", Rectifier())
    try net.append("fc", Linear(2))
    return net
  }

  /// Batch norm before the convolutions, sums without rectifiers, a convolution that adds.
  static func preactivationBlock() throws -> Architecture {
    var net = graph("preactivation", FeatureShape(channels: 1, height: 4, width: 4))
    try net.append("conv0", Convolution(2, kernel: 3, padding: 1))
    for block in 1...2 {
      let x = net.outputName
      try net.append("bn\(block)", BatchNorm())
      try net.append("relu\(block)", Rectifier())
      try net.append("conv\(block)", Convolution(2, kernel: 3, padding: 1))
      try net.append("sum\(block)", Sum(), inputs: ["conv\(block)", x])
    }
    try net.append("bn3", BatchNorm())
    try net.append("relu3", Rectifier())
    try net.append("fc", Linear(3))
    return net
  }

  /// Linear layers that read the same features, summed.
  static func threeConsumers() throws -> Architecture {
    var net = graph("three consumers", FeatureShape(channels: 3))
    try net.append("fc0", Linear(5))
    try net.append("relu0", Rectifier())
    for i in 1...3 { try net.append("fc\(i)", Linear(4, hasBias: i > 1), inputs: ["relu0"]) }
    try net.append("sum", Sum(), inputs: ["fc1", "fc2", "fc3"])
    try net.append("relu", Rectifier())
    try net.append("last", Linear(3))
    return net
  }

  /// Both inputs are rectified, so that each has a gate of its own.
  static func rectifiedInputs() throws -> Architecture {
    var net = graph("sum of rectified inputs", FeatureShape(channels: 2, height: 2, width: 3))
    try net.append("a", Convolution(2, kernel: 3, padding: 1))
    try net.append("relu-a", Rectifier())
    try net.append("b", Convolution(2, kernel: 1), inputs: [Architecture.inputName])
    try net.append("bn-b", BatchNorm())
    try net.append("relu-b", Rectifier())
    try net.append("sum", Sum(), inputs: ["relu-a", "relu-b"])
    try net.append("fc", Linear(2))
    return net
  }

  /// Pools and a strided convolution of the same tensor, whose windows leave a column out.
  static func pooledInputs() throws -> Architecture {
    var net = graph("sum of pools", FeatureShape(channels: 1, height: 4, width: 5))
    try net.append("conv0", Convolution(2, kernel: 3, padding: 1))
    try net.append("relu0", Rectifier())
    try net.append("max", MaxPool())
    try net.append("mean", AveragePool(size: 2), inputs: ["relu0"])
    try net.append("strided", Convolution(2, kernel: 1, stride: 2), inputs: ["relu0"])
    try net.append("cut", Convolution(2, kernel: 2, stride: 1, padding: 0), inputs: ["strided"])
    try net.append("padded", Convolution(2, kernel: 2, padding: 1), inputs: ["cut"])
    try net.append("crop", Convolution(2, kernel: 2), inputs: ["padded"])
    try net.append("grow", Convolution(2, kernel: 1, padding: 0), inputs: ["max"])
    try net.append("sum", Sum(), inputs: ["max", "mean", "grow"])
    try net.append("fc1", Linear(3), inputs: ["sum"])
    try net.append("fc2", Linear(3), inputs: ["crop"])
    try net.append("sum2", Sum(), inputs: ["fc1", "fc2"])
    return net
  }

  /// One tensor read by a convolution and by three sums, near and far.
  static func longSkips() throws -> Architecture {
    var net = graph("long skips", FeatureShape(channels: 1, height: 3, width: 3))
    try net.append("conv0", Convolution(2, kernel: 3, padding: 1))
    try net.append("bn0", BatchNorm())
    try net.append("relu0", Rectifier())
    for i in 1...3 {
      try net.append("conv\(i)", Convolution(2, kernel: 3, padding: 1, hasBias: false))
      try net.append("bn\(i)", BatchNorm())
      try net.append("sum\(i)", Sum(), inputs: ["bn\(i)", "relu0"])
      if i != 2 { try net.append("relu\(i)", Rectifier()) }
    }
    try net.append("fc", Linear(2))
    return net
  }

  /// A convolution that is read both rectified and plain.
  static func unfusedRectifier() throws -> Architecture {
    var net = graph("rectified and plain", FeatureShape(channels: 2, height: 3, width: 2))
    try net.append("conv0", Convolution(2, kernel: 3, padding: 1))
    try net.append("relu", Rectifier())
    try net.append("sum", Sum(), inputs: ["conv0", "relu"])
    try net.append("relu-sum", Rectifier())
    try net.append("conv1", Convolution(2, kernel: 1), inputs: ["conv0"])
    try net.append("conv2", Convolution(2, kernel: 1), inputs: ["relu-sum"])
    try net.append("sum2", Sum(), inputs: ["conv1", "conv2"])
    try net.append("fc", Linear(3))
    return net
  }

  /// The network's input needs no gradient; the sum is the output.
  static func sumOfInput() throws -> Architecture {
    var net = graph("sum of the input", FeatureShape(channels: 3))
    try net.append("fc", Linear(3))
    try net.append("sum", Sum(), inputs: [Architecture.inputName, "fc"])
    return net
  }

  /// Sums of sums, whose gradients are all one.
  static func chainOfSums() throws -> Architecture {
    var net = graph("chain of sums", FeatureShape(channels: 4))
    try net.append("a", Linear(3))
    try net.append("b", Linear(3), inputs: ["a"])
    try net.append("c", Linear(3), inputs: ["a"])
    try net.append("bc", Sum(), inputs: ["b", "c"])
    try net.append("d", BatchNorm(), inputs: ["bc"])
    try net.append("abc", Sum(), inputs: ["bc", "a"])
    try net.append("abcd", Sum(), inputs: ["abc", "d"])
    try net.append("relu", Rectifier())
    try net.append("sum", Sum(), inputs: ["relu", "abc"])
    return net
  }
}
