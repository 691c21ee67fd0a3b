package import Lanes
package import Networks

/// The loss of a network on one batch, with its first and second derivatives, in double precision.
package struct Curvature {
  private let network: DoubleNetwork
  private let loss: Loss
  private let temperature: Double
  private let keeps: [Bool]
  private let batch: DoubleBatch
  /// The step of the differences, as a share of the parameters' norm: small enough that few rectifiers switch on the way.
  private static let step = 1e-5

  package init(_ network: DoubleNetwork, _ loss: Loss, temperature: Double = 1, keeps: [Bool], batch: DoubleBatch) {
    self.network = network
    self.loss = loss
    self.temperature = temperature
    self.keeps = keeps
    self.batch = batch
  }

  package func gradient(at point: [Double]) -> [Double] {
    network.gradient(of: loss, temperature: temperature, at: point, keeps: keeps, over: batch).gradient
  }

  /// The Hessian times a vector: (gradient(point + h v) - gradient(point - h v)) / 2h.
  package func product(at point: [Double], _ vector: [Double]) -> [Double] {
    let length = norm(vector)
    guard length > 0 else { return vector }
    let h = Self.step * max(norm(point), 1e-3) / length
    let above = gradient(at: zip(point, vector).map { $0 + h * $1 })
    let below = gradient(at: zip(point, vector).map { $0 - h * $1 })
    return zip(above, below).map { ($0 - $1) / (2 * h) }
  }

  private func norm(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
