package import Lanes
package import Networks

/// The loss of a network on one batch, with its first and second derivatives, in double precision.
package struct Curvature {
  private let network: DoubleNetwork
  private let loss: Loss
  private let temperature: Double
  private let keeps: [Bool]
  private let batch: DoubleBatch

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

  /// The Hessian times a vector, exactly, the pattern of rectifiers held.
  package func product(at point: [Double], _ vector: [Double]) -> [Double] {
    network.hessianProduct(
      of: loss, temperature: temperature, at: point, along: vector, keeps: keeps, over: batch)
  }
}
