public import Foundations

/// Conv-S: two pairs of 3x3 convolutions of 16 and 32 outputs with batch norm and pooling, then 64 hidden units: a network
/// with batch norm that two cores train in minutes.
public enum SmallConvolutions: Model {
  public static let name = "conv-s"
  public static let summary = "four small convolutions with batch norm, then 64 hidden units"

  public static func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    let width = try ConvolutionStack(name, arguments)
    var result = Architecture(name: width.title, input: input)
    for (i, outputs) in [16, 16, 32, 32].enumerated() {
      try result.append("conv\(i + 1)", Convolution(width.scaled(outputs), kernel: 3, padding: 1, hasBias: false))
      try result.append("bn\(i + 1)", BatchNorm())
      try result.append("relu\(i + 1)", Rectifier())
      if i % 2 == 1 { try result.append("pool\(i / 2 + 1)", MaxPool()) }
    }
    try width.appendLinear([64], classes: classes, to: &result)
    return result
  }
}
