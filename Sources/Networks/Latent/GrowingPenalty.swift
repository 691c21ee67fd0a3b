import Lanes

/// Weights that are trained as they are, with a growing L2 penalty on some of them: what these have learned moves into the others
/// before they go (Bai et al. 2022, "Dual Lottery Ticket Hypothesis", arXiv:2203.04248, after Wang et al. 2021, arXiv:2012.09243).
///
/// The objective is loss + lambda / 2 * sum of w^2 over the victims. lambda rises in steps and then holds: after t optimiser
/// steps it is `ceiling * (k / K)^power` with k = min(t / every, K) and K = growth / every.
public struct GrowingPenalty: Materialisation {
  /// How lambda moves a victim.
  public enum Form: String, CaseIterable, Sendable {
    /// lambda w is added to the gradient, before momentum, as in the paper.
    case gradient
    /// The victim is multiplied by max(0, 1 - rate * lambda) before the step: never diverges.
    case multiplicative
  }

  /// The victims, by the layout's places.
  public let isVictim: [Bool]
  public let ceiling: Double
  /// Steps in which lambda rises, and those between two rises.
  public let growth: Int
  public let every: Int
  /// 1, 2 or 3.
  public let power: Int
  public let form: Form
  /// The learning rate of the step that is taken after so many, for the multiplicative form.
  public let rate: @Sendable (Int) -> Double

  public init(
    isVictim: [Bool], ceiling: Double, growth: Int, every: Int, power: Int, form: Form,
    rate: @escaping @Sendable (Int) -> Double
  ) {
    precondition(growth > 0 && every > 0 && (1...3).contains(power), "\(growth) steps, \(every) apart, power \(power)")
    (self.isVictim, self.ceiling, self.growth, self.every) = (isVictim, ceiling, growth, every)
    (self.power, self.form, self.rate) = (power, form, rate)
  }

  /// lambda of the step that is taken after so many.
  public func lambda(after steps: Int) -> Double {
    let rises = max(1, growth / every), share = Double(min(steps / every, rises)) / Double(rises)
    return ceiling * (0..<power).reduce(1) { product, _ in product * share }
  }

  public func isTrained(_ entry: ParameterLayout.Entry) -> Bool { true }
  public func materialiser(for layout: ParameterLayout) -> any Materialiser { PenaltyMaterialiser(self) }
}

private final class PenaltyMaterialiser: Materialiser {
  private let penalty: GrowingPenalty
  private let isVictim: UnsafeMutableBufferPointer<Bool>
  private var lambda = 0.0
  private var factor = 1.0

  init(_ penalty: GrowingPenalty) {
    self.penalty = penalty
    isVictim = .allocate(capacity: penalty.isVictim.count)
    _ = isVictim.initialize(from: penalty.isVictim)
  }

  deinit { isVictim.deallocate() }

  func materialise(_ tensors: LatentTensors, step: Int, on pool: ThreadPool) {
    lambda = penalty.lambda(after: step)
    factor = max(0, 1 - penalty.rate(step) * lambda)
    for tensor in tensors.tensors where tensor.entry.isTrained { tensor.copy() }
  }

  func pullBack(_ tensors: LatentTensors, on pool: ThreadPool) {
    for tensor in tensors.tensors where tensor.entry.isTrained { tensor.copyGradient() }
    let lambda = Float(lambda), factor = Float(factor)
    for tensor in tensors.prunable {
      let victims = isVictim.baseAddress! + tensor.entry.offset
      switch penalty.form {
      case .gradient:
        for i in 0..<tensor.count where victims[i] { tensor.latentGradient[i] += lambda * tensor.latent[i] }
      case .multiplicative:
        for i in 0..<tensor.count where victims[i] { tensor.latent[i] *= factor }
      }
    }
  }
}
