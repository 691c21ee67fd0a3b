import Basics
public import Lanes

/// A folded network compiled for inference alone: outputs of samples, one at a time or in batches, with the same bits.
///
/// One sample goes through kernels whose lanes hold places or outputs; a batch goes sixteen samples side by side, in parts
/// whose largest tensor stays in the caches.
///
/// It is `@unchecked Sendable` because one task uses it at a time.
public final class InferencePlan: @unchecked Sendable {
  /// What the sixteen lanes of a vector hold.
  public enum Lanes: Sendable { case samples, places }

  public let network: FoldedNetwork
  public let batch: Int
  private let step: StepState
  private let program: Program
  private let plan: Plan?
  private let single: SinglePlan?
  private var chosen: [Int32] = []
  private var results: [[Float]] = []

  /// - Parameters:
  ///   - source: The samples, in the data set's numbers.
  ///   - batch: The largest number of samples of a run.
  ///   - threads: The largest number of threads that will run it.
  ///   - lanes: What lanes hold: if `nil`, places for one sample where there are kernels for them, else samples.
  public init(
    _ network: FoldedNetwork, _ source: SampleSource, batch: Int, threads: Int = 1,
    lanes: Lanes? = nil, kernels: Kernels = CPULevel.current.kernels
  ) {
    precondition(batch > 0, "a batch of \(batch) samples")
    (self.network, self.batch) = (network, batch)
    if batch == 1, lanes != .samples {
      let step = StepState(batch: 1)
      if let single = SinglePlan(network, source, step: step, kernels: kernels) {
        (self.single, self.step, plan, program) = (single, step, nil, single.program)
        return
      }
    }
    let plan = Plan(
      network.architecture, mask: network.mask, batch: Self.part(of: batch, network.architecture), threads: threads,
      kernels: kernels)
    plan.parameters = network.parameters
    let emit = Emitter(plan, for: .evaluation)
    emit.batch(source)
    emit.forward()
    (self.plan, single, step, program) = (plan, nil, plan.step, emit.program)
  }

  /// Whether one sample has kernels of its own, not those of sixteen.
  public var isSingle: Bool { single != nil }
  /// Bytes of activations, and in batches of parameters.
  public var memoryBytes: Int { single?.memory.bytes ?? plan!.memoryBytes }

  /// How many samples run together: whole blocks of sixteen whose largest tensor is not written past the caches.
  private static func part(of batch: Int, _ architecture: Architecture) -> Int {
    let largest = architecture.shapes.values.map(\.count).max() ?? 1
    let blocks = KernelChoice.streamedBytes / (4 * 16 * largest)
    return min(batch, 16 * max(1, blocks))
  }

  /// Chooses the samples of the next run, by their places in the source.
  public func select(_ samples: Range<Int>) {
    precondition(samples.count <= batch, "\(samples.count) samples in a batch of \(batch)")
    chosen = samples.map { Int32($0) }
    select(from: 0)
  }

  private func select(from first: Int) {
    let count = min(plan?.batch ?? 1, chosen.count - first)
    chosen.withUnsafeBufferPointer { step.select($0, first: first, count: count) }
  }

  /// Computes the outputs of the samples that were chosen. Allocates nothing where they run together.
  public func run(on pool: ThreadPool) {
    precondition(pool.threads <= plan?.threads ?? pool.threads, "a plan for \(plan?.threads ?? 0) threads")
    guard let plan, plan.batch < chosen.count else { return program.run(on: pool) }
    results.removeAll(keepingCapacity: true)
    for first in stride(from: 0, to: chosen.count, by: plan.batch) {
      select(from: first)
      program.run(on: pool)
      results += plan.output(count: step.samples)
    }
  }

  /// How long each kernel call takes, of the first samples that run together.
  public func time(on pool: ThreadPool) -> [KernelTime] {
    select(from: 0)
    return program.time(on: pool)
  }

  /// The outputs of the last run: [sample][output].
  public var outputs: [[Float]] {
    if let single { return [single.output] }
    return plan!.batch < chosen.count ? results : plan!.output(count: chosen.count)
  }
}
