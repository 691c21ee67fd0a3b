public import Basics

/// LeNet-5 (LeCun et al. 1998) as the pruning papers use it: 5x5 convolutions of 6 and 16 outputs, max pooling, rectified
/// units. 61,706 parameters for 28x28 images (padded by 2) and for 32x32 images (not padded), 10 classes.
public struct LeNet5: Model {
  public let name = "lenet-5"
  public let summary = "two 5x5 convolutions and three linear layers"

  public init() {}

  public func architecture(arguments: String?, input: FeatureShape, classes: Int) throws -> Architecture {
    var net = try ModelBuilder(name, arguments, input: input)
    try net.append("conv1", Convolution(net.scaled(6), kernel: 5, padding: input.height < 32 ? 2 : 0))
    try net.append("relu1", Rectifier())
    try net.append("pool1", MaxPool())
    try net.append("conv2", Convolution(net.scaled(16), kernel: 5))
    try net.append("relu2", Rectifier())
    try net.append("pool2", MaxPool())
    try net.appendLinear([120, 84], classes: classes)
    return net.architecture
  }
}
