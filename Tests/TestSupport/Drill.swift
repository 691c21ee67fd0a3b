import Basics
public import Lanes
public import Networks

/// A network with one training program over samples in memory, driven step by step.
public final class Drill {
  public let plan: Plan
  private let program: Program
  private let pool: ThreadPool
  private let tables = Tables()
  private let order: [Int32]
  private var power1 = 1.0, power2 = 1.0

  /// - Parameters:
  ///   - keepsGradients: Leaves gradients in memory, and moves the parameters after the backward pass.
  ///   - needsBackward: If not, a step ends with the gradient of the outputs, whose memory the backward pass would use again.
  public convenience init(
    _ architecture: Architecture, start: Parameters, mask: Mask? = nil, samples: Samples, batch: Int, loss: Loss,
    update: UpdateRule? = nil, keepsGradients: Bool = false, needsBackward: Bool = true, pass: Pass = .training,
    threads: Int = 1, execution: Execution = .automatic, kernels: Kernels = CPULevel.current.kernels,
    streamedBytes: Int? = nil
  ) {
    self.init(
      architecture, start: start, mask: mask, samples: samples, batch: batch, update: update,
      keepsGradients: keepsGradients, needsBackward: needsBackward, pass: pass, threads: threads, execution: execution,
      kernels: kernels, streamedBytes: streamedBytes
    ) { emit, tables in emit.loss(loss, labels: tables.table(samples.labels), needsGradient: true) }
  }

  /// - Parameter appendLoss: Appends the loss and the gradient of the outputs.
  public init(
    _ architecture: Architecture, start: Parameters, mask: Mask? = nil, samples: Samples, batch: Int,
    update: UpdateRule? = nil, keepsGradients: Bool = false, needsBackward: Bool = true, pass: Pass = .training,
    threads: Int = 1, execution: Execution = .automatic, kernels: Kernels = CPULevel.current.kernels,
    streamedBytes: Int? = nil, appendLoss: (Emitter, Tables) -> Void
  ) {
    plan = Plan(
      architecture, mask: mask, batch: batch, threads: threads, execution: execution, kernels: kernels,
      streamedBytes: streamedBytes)
    pool = ThreadPool(threads: threads)
    order = (0..<samples.count).map { Int32($0) }
    plan.parameters = start
    let channels = architecture.input.channels
    let emit = Emitter(plan, for: pass, updatingBy: update, keepsGradients: keepsGradients)
    emit.batch(
      SampleSource(
        pixels: .floats(tables.table(samples.inputs)), multipliers: [Float](repeating: 1, count: channels),
        shifts: [Float](repeating: 0, count: channels)))
    emit.forward()
    appendLoss(emit, tables)
    if needsBackward { emit.backward() }
    emit.update()
    program = emit.program
  }

  /// One step on `count` consecutive samples.
  /// - Returns: The batch's mean loss before the update.
  @discardableResult
  public func step(first: Int = 0, count: Int, rate: Float = 0) -> Double {
    order.withUnsafeBufferPointer { plan.step.select($0, first: first, count: count) }
    plan.step.rate = rate
    power1 *= 0.9
    power2 *= 0.999
    plan.step.setCorrections(Float(1 / (1 - power1)), Float(1 / (1 - power2).squareRoot()))
    program.run(on: pool)
    plan.step.iteration += 1
    return Double(plan.step.lossSum) / Double(count)
  }
}

extension CPULevel {
  /// The levels that this machine can run; the others are named on the console.
  public static func available(for what: String) -> [CPULevel] {
    for level in allCases where !level.isAvailable {
      print("skipped: \(what) at \(level.rawValue): not on this machine")
    }
    return allCases.filter(\.isAvailable)
  }
}
