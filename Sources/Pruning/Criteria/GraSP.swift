import Lanes
package import Networks

/// w (H g) at initialisation, H the Hessian and g the gradient of the loss by the weights: what removing a weight takes from
/// the gradient's norm, to first order. The lowest go first (Wang et al. 2020, arXiv:2002.07376: the highest -w Hg are
/// removed).
///
/// The network's outputs are divided by 200 before the loss, as there. H g is exact, in double precision, over one batch.
/// The linear layers are scored as they are initialised, not redrawn as in their code.
public struct GraSP: Criterion {
  public static let name = "grasp"
  public static let summary = "w (Hg) at initialisation: keeps the gradient flowing"
  public let needs = ScoringNeeds.probe
  public let isSigned = true
  package static let temperature = 200.0

  public init() {}

  public func scores(_ context: ScoringContext) throws -> [Float] {
    let probe = try context.requireProbe(), weights = context.weights(at: .start).values.map(Double.init)
    let curvature = try Curvature(
      probe.doubleNetwork(), probe.loss, temperature: Self.temperature, keeps: context.mask.keeps,
      batch: probe.doubleBatch(context.pass * probe.samples.batches))
    return Self.flow([curvature], at: weights, of: context.mask.layout).scaledToSingle()
  }

  /// w (H g) of the sum of the losses of several batches, before it is scaled.
  package static func flow(_ batches: [Curvature], at weights: [Double], of layout: ParameterLayout) -> [Double] {
    func sum(_ parts: [[Double]]) -> [Double] { parts.dropFirst().reduce(parts[0]) { zip($0, $1).map { $0 + $1 } } }
    var direction = sum(batches.map { $0.gradient(at: weights) })
    for entry in layout.entries where !entry.isPrunable { for i in entry.range { direction[i] = 0 } }
    return zip(weights, sum(batches.map { $0.product(at: weights, direction) })).map { $0 * $1 }
  }
}

extension [Double] {
  /// In single precision over the largest magnitude, which changes no order and avoids overflow.
  func scaledToSingle() -> [Float] {
    let largest = reduce(0) { Swift.max($0, $1.magnitude) }
    return map { Float(largest > 0 ? $0 / largest : 0) }
  }
}
