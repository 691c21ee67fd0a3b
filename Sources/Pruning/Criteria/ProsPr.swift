import Lanes
import Networks

/// |w dL/dw0| where L is the loss after three steps of gradient descent from w0: how a weight matters to the training that
/// follows (Alizadeh et al. 2022, arXiv:2202.08132).
///
/// As in their code by default: a rate of 0.1, no momentum, one batch for the steps and the loss. The gradient runs back
/// through the steps by v <- v - rate H v, with the Hessian's products exact, in double precision.
public struct ProsPr: Criterion {
  public static let name = "prospr"
  public static let summary = "|w g| where g runs back through three steps of training"
  public let needs = ScoringNeeds.probe
  static let steps = 3
  static let rate = 0.1

  public init() {}

  public func scores(_ context: ScoringContext) throws -> [Float] {
    let probe = try context.requireProbe(), weights = context.weights(at: .start).values.map(Double.init)
    let curvature = try Curvature(
      probe.doubleNetwork(), probe.loss, keeps: context.mask.keeps,
      batch: probe.doubleBatch(context.pass * probe.samples.batches))
    return zip(weights, Self.metaGradient(curvature, from: weights)).map { ($0 * $1).magnitude }.scaledToSingle()
  }

  /// The gradient of the loss after the steps by the weights before them.
  static func metaGradient(_ curvature: Curvature, from start: [Double]) -> [Double] {
    var path = [start]
    for _ in 0..<steps { path.append(moved(path.last!, against: curvature.gradient(at: path.last!))) }
    var slope = curvature.gradient(at: path.removeLast())
    for point in path.reversed() { slope = moved(slope, against: curvature.product(at: point, slope)) }
    return slope
  }

  private static func moved(_ point: [Double], against direction: [Double]) -> [Double] {
    zip(point, direction).map { $0 - rate * $1 }
  }
}
