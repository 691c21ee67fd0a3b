import Basics
package import Networks

/// |w dR/dw| of R, the sum of the outputs for an input of ones in the network of absolute weights, in 100 passes (Tanaka et
/// al. 2020, arXiv:2006.05467). It sees no data; every layer's scores have the same sum, so that no layer is emptied while
/// others have weights to spare.
///
/// In double precision, for R grows by a factor a layer. Biases, and shifts and running means of batch norm, count as zero
/// (their code takes their absolute values), for they would break the sums; scales are absolute, variances the running ones.
public struct SynFlow: Criterion {
  public static let name = "synflow"
  public static let summary = "synaptic flow: conserves what flows through every layer, in 100 passes"
  public let needs = ScoringNeeds.probe
  public let passes = 100

  public init() {}

  public func scores(_ context: ScoringContext) throws -> [Float] {
    try Self.flow(context.requireProbe().architecture, context.initial, context.mask).scaledToSingle()
  }

  /// The scores before they are scaled.
  ///
  /// - Parameter countsBiases: Whether absolute biases flow as well, instead of none.
  package static func flow(
    _ architecture: Architecture, _ parameters: Parameters, _ mask: Mask, countsBiases: Bool = false
  ) throws -> [Double] {
    let network = try DoubleNetwork(architecture)
    var weights = parameters.masked(by: mask).values.map { Double($0.magnitude) }
    let silent: [ParameterShape.Role] = countsBiases ? [] : [.bias, .shift, .runningMean]
    for entry in mask.layout.entries where silent.contains(entry.shape.role) {
      for i in entry.range { weights[i] = 0 }
    }
    let ones = [Double](repeating: 1, count: architecture.input.count)
    return zip(weights, network.outputSum(at: weights, keeps: mask.keeps, input: ones).gradient).map { $0 * $1 }
  }
}
