public import Lanes

/// How the effective weights of a network come from what is stored and trained: the latent numbers, one for every
/// parameter, in the network's own layout.
///
/// Weights that are trained as they are need none. A materialisation is a value; every run makes a materialiser of its
/// own of it, which holds the scratch memory.
public protocol Materialisation: Sendable {
  /// Whether the optimiser moves the latent numbers of a tensor.
  func isTrained(_ entry: ParameterLayout.Entry) -> Bool
  func materialiser(for layout: ParameterLayout) -> any Materialiser
}

/// Makes weights of latent numbers, and gradients of latent numbers of the weights' gradients. Allocates nothing.
public protocol Materialiser: AnyObject {
  /// Fills the weights of all tensors from their latent numbers.
  ///
  /// - Parameter step: Optimiser steps done so far.
  func materialise(_ tensors: LatentTensors, step: Int, on pool: ThreadPool)
  /// Fills the latent gradients of the tensors that are trained from the weights' gradients.
  func pullBack(_ tensors: LatentTensors, on pool: ThreadPool)
}

/// What a materialiser works on: the tensors of a network in the layout's order.
public struct LatentTensors {
  public struct Tensor {
    public let entry: ParameterLayout.Entry
    /// The number of values.
    public let count: Int
    public let latent: UnsafeMutablePointer<Float>
    public let weights: UnsafeMutablePointer<Float>
    public let weightGradient: UnsafePointer<Float>
    public let latentGradient: UnsafeMutablePointer<Float>

    /// Latent numbers that are the weights themselves.
    public func copy() { weights.update(from: latent, count: count) }
    public func copyGradient() { latentGradient.update(from: weightGradient, count: count) }
  }

  public let tensors: [Tensor]
  /// The plan's kernels, and the largest number of threads that runs them.
  public let kernels: Kernels
  public let threads: Int

  /// The tensors whose entries are prunable.
  public let prunable: [Tensor]
  /// The others.
  public let others: [Tensor]

  init(_ tensors: [Tensor], kernels: Kernels, threads: Int) {
    (self.kernels, self.threads) = (kernels, threads)
    self.tensors = tensors
    prunable = tensors.filter(\.entry.isPrunable)
    others = tensors.filter { !$0.entry.isPrunable }
  }
}
