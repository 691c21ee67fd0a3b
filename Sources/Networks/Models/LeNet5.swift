public import Foundations

/// LeNet-5 (LeCun et al. 1998) as the pruning papers use it: 5x5 convolutions of 6 and 16 outputs, max pooling, rectified
/// units. 61,706 parameters for 28x28 images (padded by 2) and for 32x32 images (not padded), 10 classes.
public enum LeNet5: Model {
  public static let name = "lenet-5"
  public static let summary = "two 5x5 convolutions and three linear layers"

  public static func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    let stack = try ConvolutionStack(name, arguments)
    var result = Architecture(name: stack.title, input: input)
    try result.append("conv1", Convolution(stack.scaled(6), kernel: 5, padding: input.height < 32 ? 2 : 0))
    try result.append("relu1", Rectifier())
    try result.append("pool1", MaxPool())
    try result.append("conv2", Convolution(stack.scaled(16), kernel: 5))
    try result.append("relu2", Rectifier())
    try result.append("pool2", MaxPool())
    try stack.appendLinear([120, 84], classes: classes, to: &result)
    return result
  }
}
