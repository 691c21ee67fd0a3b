public import Basics

/// Fully connected layers with rectified units and a batch norm before every layer, the first over the inputs themselves:
/// `bn-mlp:1024,1024,1024` is the network of Pellegrini & Biroli 2022 (arXiv:2104.13343), with 5,265,418 trained parameters
/// for flat 3x32x32 samples and 10 classes.
///
/// Batch norm works channel by channel: for every pixel on its own, write the data set as `NAME+flat`. Running statistics
/// move by a hundredth a step, as there; epsilon is 1e-5, not 1e-10, which blows up on constant pixels.
public struct NormalisedPerceptron: Model {
  public let name = "bn-mlp"
  public let summary = "fully connected, a batch norm before every layer: bn-mlp:1024,1024,1024"
  public let example = "bn-mlp:20,10"

  public init() {}

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    let widths = try MultilayerPerceptron.widths(arguments, of: name)
    var result = Architecture(name: "\(name):\(widths.map(String.init).joined(separator: ","))", input: input)
    for (i, width) in (widths + [classes]).enumerated() {
      try result.append("bn\(i + 1)", BatchNorm(momentum: 0.01))
      try result.append("fc\(i + 1)", Linear(width))
      if i < widths.count { try result.append("relu\(i + 1)", Rectifier()) }
    }
    return result
  }
}
