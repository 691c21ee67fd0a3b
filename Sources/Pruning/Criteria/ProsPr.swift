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
    let gradient = Self.metaGradient(
      Array(repeating: curvature, count: Self.steps), loss: curvature, rate: Self.rate, from: weights)
    return zip(weights, gradient).map { ($0 * $1).magnitude }.scaledToSingle()
  }

  /// The gradient of `loss` after steps of gradient descent by the weights before them.
  ///
  /// - Parameters:
  ///   - batches: One for each step.
  ///   - momentum: Of the heavy ball: u <- momentum u + g.
  package static func metaGradient(
    _ batches: [Curvature], loss: Curvature, rate: Double, momentum: Double = 0, from start: [Double]
  ) -> [Double] {
    func sum(_ a: [Double], _ factor: Double, _ b: [Double]) -> [Double] { zip(a, b).map { $0 + factor * $1 } }
    var path = [start], velocity = [Double](repeating: 0, count: start.count)
    for batch in batches {
      velocity = sum(batch.gradient(at: path.last!), momentum, velocity)
      path.append(sum(path.last!, -rate, velocity))
    }
    var slope = loss.gradient(at: path.removeLast()), adjoint = [Double](repeating: 0, count: start.count)
    for (point, batch) in zip(path, batches).reversed() {
      adjoint = sum(slope, momentum, adjoint)
      slope = sum(slope, -rate, batch.product(at: point, adjoint))
    }
    return slope
  }
}
