public import Basics

/// LeNet-300-100: two hidden layers of 300 and 100 rectified units (LeCun et al. 1998; the network of Frankle & Carbin
/// 2019 for MNIST). 266,610 parameters for 28x28 images and 10 classes, 266,200 of them weights.
public struct LeNet300: Model {
  public let name = "lenet-300-100"
  public let summary = "fully connected, 300 and 100 hidden units"

  public init() {}

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    guard arguments == nil else {
      throw Problem.usage("\(name) takes no arguments.", remedy: "Write mlp:WIDTHS for other widths.")
    }
    return try MultilayerPerceptron.architecture(name: name, widths: [300, 100], input: input, classes: classes)
  }
}
