import Basics
import Networks

/// Networks with several heads, and with images that grow.
extension LayerCases {
  /// Heads of images and of features, with and without halos and rectifiers, on one node and on several, before other layers
  /// and at the end; a lone input, and the network's.
  static func joins() throws -> [Architecture] {
    let image = FeatureShape(channels: 2, height: 5, width: 3)
    var behind = Architecture(name: "before a layer", input: image)
    try behind.append("conv", Convolution(3, kernel: 3, padding: 1))
    try behind.append("relu", Rectifier())
    try behind.append("small", AveragePool(), inputs: ["relu"])
    try behind.append("join", Join(), inputs: ["relu", "small", "input"])
    try behind.append("fc", Linear(3))
    var flat = Architecture(name: "of features", input: FeatureShape(channels: 5))
    try flat.append("a", Linear(4))
    try flat.append("relu", Rectifier())
    try flat.append("b", Linear(3), inputs: ["relu"])
    try flat.append("join", Join(), inputs: ["b", "relu"])
    return [
      try heads(), behind, flat,
      try network("alone", input: image, [Convolution(2, kernel: 3), Join()]),
      try network("between", input: image, [Convolution(4, kernel: 3, padding: 1), Join(), Rectifier(), Linear(2)]),
      try network("first", input: image, [Join(), Linear(2)]),
      try network("behind features", input: FeatureShape(channels: 5), [Linear(7), BatchNorm(), Join(), Linear(2)]),
      try network(
        "behind batch norm", input: image,
        [Convolution(3, kernel: 3, hasBias: false), BatchNorm(), Rectifier(), Join(), Linear(2)]),
    ]
  }

  /// A backbone that three heads read, of which one is upsampled: a small detector.
  static func heads(
    _ input: FeatureShape = FeatureShape(channels: 2, height: 6, width: 4)
  ) throws -> Architecture {
    var result = Architecture(name: "three heads", input: input)
    try result.append("conv", Convolution(3, kernel: 3, padding: 1, hasBias: false))
    try result.append("norm", BatchNorm())
    try result.append("relu", Rectifier())
    try result.append("pool", MaxPool())
    try result.append("grid", Convolution(2, kernel: 1), inputs: ["pool"])
    try result.append("up", Upsample(), inputs: ["pool"])
    try result.append("masks", Convolution(1, kernel: 3, padding: 1))
    try result.append("small", AveragePool(), inputs: ["pool"])
    try result.append("class", Linear(2))
    try result.append("join", Join(), inputs: ["grid", "masks", "class"])
    return result
  }

  /// Behind layers that gate, behind features and first, before layers with and without a halo, and beside another reader.
  static func upsamplings() throws -> [Architecture] {
    let image = FeatureShape(channels: 2, height: 3, width: 2)
    var shared = Architecture(name: "beside another", input: image)
    try shared.append("conv", Convolution(3, kernel: 3, padding: 1))
    try shared.append("relu", Rectifier())
    try shared.append("up", Upsample(factor: 2))
    try shared.append("pool", MaxPool(size: 2))
    try shared.append("sum", Sum(), inputs: ["relu", "pool"])
    try shared.append("fc", Linear(2))
    return [
      shared,
      try network("first", input: image, [Upsample(factor: 3), Linear(2)]),
      try network("last", input: image, [Convolution(2, kernel: 2), Upsample(factor: 2)]),
      try network("by one", input: image, [Convolution(2, kernel: 1), Upsample(factor: 1), Linear(2)]),
      try network(
        "of features", input: FeatureShape(channels: 5),
        [Linear(6), Rectifier(), Upsample(factor: 4), Convolution(2, kernel: 3, padding: 1), Linear(2)]),
      try network(
        "between convolutions", input: image,
        [
          Convolution(4, kernel: 3, padding: 1, hasBias: false), BatchNorm(), Rectifier(), Upsample(factor: 2),
          Convolution(3, kernel: 3, padding: 1), Rectifier(), Upsample(factor: 3), AveragePool(size: 2), Linear(2),
        ]),
    ]
  }
}
