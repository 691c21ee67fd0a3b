import Basics
public import Lanes
public import Networks
public import Training

/// A network under attack and a batch of samples: what attacks ask of the engine.
///
/// Kernel calls are compiled when they are first asked for; an attack's loop then allocates nothing. It is confined to one
/// task.
public final class AttackedBatch {
  public let plan: Plan
  public let perturbation: Perturbation
  /// Samples of this batch.
  public private(set) var count = 0
  /// Places of the samples in their split, which random numbers of Swift's attacks are drawn by.
  public private(set) var indices: ArraySlice<Int32> = []
  private let samples: SampleStore
  private let pool: ThreadPool
  private var programs: [Call: Program] = [:]
  /// Forward passes of a sample so far, and backward passes.
  public private(set) var forwardPasses = 0
  public private(set) var backwardPasses = 0

  private enum Call: Hashable {
    case load, reset, keepBest, useBest, startPrevious, measure
    case evaluate(AttackLoss, gradient: Bool)
    case start(PerturbationStart)
    case step(StepDirection, Ball, momentum: Float?)
  }

  /// - Parameters:
  ///   - samples: The split that batches are taken from.
  ///   - batch: The most samples at a time.
  public init(
    _ architecture: Architecture, _ parameters: Parameters, mask: Mask? = nil, samples: SampleStore, scale: PixelScale,
    batch: Int, pool: ThreadPool, execution: Execution = .automatic, kernels: Kernels = CPULevel.current.kernels
  ) {
    plan = Plan(
      architecture, mask: mask, batch: batch, threads: pool.threads, needsInputGradient: true, execution: execution,
      kernels: kernels)
    plan.parameters = parameters
    perturbation = plan.perturbation(samples.source, scale)
    self.samples = samples
    self.pool = pool
  }

  public var classes: Int { perturbation.classes }
  public func label(_ sample: Int) -> Int { Int(samples.labels[Int(indices[indices.startIndex + sample])]) }

  /// Takes these samples of the split as they are.
  public func load(_ indices: ArraySlice<Int32>) {
    (self.indices, count) = (indices, indices.count)
    Array(indices).withUnsafeBufferPointer { plan.step.select($0, first: 0, count: count) }
    perturbation.active.fill(1)
    run(.load)
    reset()
  }

  /// Puts all pixels back to the clean ones.
  public func reset() {
    perturbation.chosen.fill(1)
    run(.reset)
  }

  /// Puts the pixels of the samples that `isChosen` picks back to the clean ones.
  public func reset(where isChosen: (Int) -> Bool) { choose(.reset, isChosen) }

  /// Every sample's loss at the pixels as they are; with a gradient, that of the sum of losses by the pixels.
  public func evaluate(_ loss: AttackLoss, needsGradient: Bool) {
    forwardPasses += 1
    if needsGradient { backwardPasses += 1 }
    run(.evaluate(loss, gradient: needsGradient))
  }

  /// Random pixels within `radius`, in the data's values.
  public func start(_ start: PerturbationStart, radius: Double, stream: RandomStream) {
    self.start(start, radius: { _ in radius }, stream: stream)
  }

  /// Random pixels within a radius of each sample's own.
  public func start(_ start: PerturbationStart, radius: (Int) -> Double, stream: RandomStream) {
    for sample in 0..<count { perturbation.startRadius.pointer[sample] = perturbation.scale.stored(radius(sample)) }
    perturbation.use(stream)
    run(.start(start))
  }

  /// A step of every active sample along the gradient that was evaluated last, by `perturbation.stepSize`, projected by
  /// `perturbation.radius`.
  public func step(_ direction: StepDirection, _ ball: Ball, momentum: Float? = nil) {
    run(.step(direction, ball, momentum: momentum))
  }

  /// Remembers the pixels of the samples that `isChosen` picks as the best so far.
  public func keepBest(where isChosen: (Int) -> Bool) { choose(.keepBest, isChosen) }

  /// Goes back to the best pixels so far, where `isChosen`.
  public func useBest(where isChosen: (Int) -> Bool = { _ in true }) { choose(.useBest, isChosen) }

  /// Forgets the way before: a step with momentum begins anew, where `isChosen`.
  public func forgetMomentum(where isChosen: (Int) -> Bool = { _ in true }) { choose(.startPrevious, isChosen) }

  /// Norms of gradients and perturbations, into `perturbation.norms`.
  public func measure() { run(.measure) }

  private func choose(_ call: Call, _ isChosen: (Int) -> Bool) {
    for sample in 0..<perturbation.layout.lanes {
      perturbation.chosen.pointer[sample] = sample < count && isChosen(sample) ? 1 : 0
    }
    run(call)
  }

  private func run(_ call: Call) {
    let program = programs[call] ?? compile(call)
    programs[call] = program
    program.run(on: pool)
  }

  private func compile(_ call: Call) -> Program {
    let emit = Emitter(plan).attacking, p = perturbation
    switch call {
    case .load: emit.loadClean(samples.source, p)
    case .reset: emit.resetToClean(p)
    case .keepBest: emit.program.select(p, from: p.pixels, into: p.best)
    case .useBest: emit.program.select(p, from: p.best, into: p.pixels)
    case .startPrevious: emit.program.select(p, from: p.pixels, into: p.previous)
    case .measure: emit.measure(p)
    case .evaluate(let loss, let needsGradient):
      emit.evaluate(p, loss, labels: samples.labels, needsGradient: needsGradient)
    case .start(let start): emit.start(p, start)
    case .step(let direction, let ball, let momentum): emit.step(p, direction, ball, momentum: momentum)
    }
    return emit.program
  }
}
