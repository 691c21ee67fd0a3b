public import Lanes

/// The latent numbers of a network in training, with their gradients and the optimiser's moments, behind a plan whose
/// weights are made of them. The plan is dense: where weights live changes from step to step.
///
/// It is `@unchecked Sendable` because it belongs to one run, which one task uses at a time.
public final class LatentParameters: @unchecked Sendable {
  private let plan: Plan
  private let mask: Mask
  private let materialiser: any Materialiser
  private let latent: FloatBuffer
  private let gradients: FloatBuffer
  private let moment1: FloatBuffer
  private let moment2: FloatBuffer
  private let tensors: LatentTensors
  private let updates: Program

  /// - Parameters:
  ///   - plan: Compiled without a mask, to run dense.
  ///   - mask: Which latent numbers live; others are zero and stay so.
  ///   - rule: What moves the latent numbers of the tensors that are trained.
  public init(_ plan: Plan, _ materialisation: any Materialisation, mask: Mask, updatingBy rule: UpdateRule) {
    let working = plan.working, count = working.count
    precondition(working.segments.allSatisfy { $0.indices == nil }, "a plan that runs sparse")
    precondition(mask.layout == plan.layout, "the mask belongs to another network")
    self.plan = plan
    self.mask = mask
    materialiser = materialisation.materialiser(for: plan.layout)
    latent = FloatBuffer(count: count)
    gradients = FloatBuffer(count: count)
    moment1 = FloatBuffer(count: count)
    moment2 = FloatBuffer(count: count)
    updates = Program(kernels: plan.kernels, step: plan.step)
    let (latent, gradients) = (self.latent, self.gradients)
    tensors = LatentTensors(
      plan.layout.entries.map { entry in
        let offset = working.segment(entry.name).offset
        return LatentTensors.Tensor(
          entry: entry, count: entry.count, latent: latent.pointer + offset, weights: working.weights.pointer + offset,
          weightGradient: UnsafePointer(working.gradients.pointer + offset),
          latentGradient: gradients.pointer + offset)
      }, kernels: plan.kernels, threads: plan.threads)
    for segment in working.segments where segment.entry.isTrained && materialisation.isTrained(segment.entry) {
      let keeps = mask.keeps[segment.entry.range], isMasked = keeps.contains(false)
      updates.update(
        UpdateBuffers(
          weights: latent.pointer + segment.offset, moment1: moment1.pointer + segment.offset,
          moment2: moment2.pointer + segment.offset,
          mask: isMasked ? updates.maskWords(keeps) : nil, count: segment.count),
        gradients: gradients.pointer + segment.offset, by: rule)
    }
  }

  /// The latent numbers, copied in and out; those that the mask prunes are zero, running statistics are the network's.
  public var parameters: Parameters {
    get {
      var result = plan.working.store(latent)
      let weights = plan.parameters
      for entry in plan.layout.entries where !entry.isTrained {
        result.values.replaceSubrange(entry.range, with: weights.values[entry.range])
      }
      return result
    }
    set {
      plan.working.load(newValue.masked(by: mask), into: latent)
      plan.parameters = newValue
    }
  }

  public var moments: (first: Parameters, second: Parameters) {
    get { (plan.working.store(moment1), plan.working.store(moment2)) }
    set {
      plan.working.load(newValue.first, into: moment1)
      plan.working.load(newValue.second, into: moment2)
    }
  }

  /// Makes the network's weights of the latent numbers.
  public func materialise(step: Int, on pool: ThreadPool) {
    materialiser.materialise(tensors, step: step, on: pool)
  }

  /// Moves the latent numbers by the gradients that a program has left in memory, and makes the weights anew.
  ///
  /// - Parameter step: Optimiser steps done, this one included.
  public func update(step: Int, on pool: ThreadPool) {
    materialiser.pullBack(tensors, on: pool)
    updates.run(on: pool)
    materialise(step: step, on: pool)
  }
}
