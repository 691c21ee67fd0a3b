import CLanes

/// A list of kernel calls with all their arguments, built once and run many times without allocating.
///
/// It is `@unchecked Sendable` because it belongs to one run, which one task uses at a time.
public final class Program: @unchecked Sendable {
  public let kernels: Kernels
  /// The values that change from step to step.
  public let step: StepState
  private var tasks: [clanes_task] = []
  let tables = Tables()

  public init(kernels: Kernels, step: StepState) {
    self.kernels = kernels
    self.step = step
  }

  public var taskCount: Int { tasks.count }

  /// Runs all tasks in order and returns when the last has ended.
  public func run(on pool: ThreadPool) {
    tasks.withUnsafeBufferPointer { clanes_pool_run(pool.pool, $0.baseAddress, Int32($0.count)) }
  }

  /// Zeroed floats that live as long as the program.
  func scratch(_ count: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutablePointer(mutating: tables.table([Float](repeating: 0, count: count)))
  }

  func add<Arguments>(
    _ kernel: clanes_kernel, _ arguments: Arguments, serial: Bool = false, independent: Bool = false
  ) {
    let pointer = tables.value(arguments)
    tasks.append(clanes_task(run: kernel, arguments: pointer, serial: serial, independent: independent))
  }
}

/// The values that kernels read or write at every step; one per plan.
///
/// It is `@unchecked Sendable` because it belongs to one run, which one task uses at a time.
public final class StepState: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<clanes_step>
  private let indices: UnsafeMutableBufferPointer<Int32>

  public init(batch: Int) {
    pointer = .allocate(capacity: 1)
    indices = .allocate(capacity: batch)
    indices.initialize(repeating: 0)
    pointer.initialize(
      to: clanes_step(
        rate: 0, correction1: 1, correction2: 1, samples: Int32(batch), indices: UnsafePointer(indices.baseAddress!),
        lossSum: 0, correct: 0, statisticsShare: 1))
  }

  deinit {
    pointer.deallocate()
    indices.deallocate()
  }

  /// Chooses the samples of the next batch: `count` of them from `order`, starting at `first`.
  public func select(_ order: UnsafeBufferPointer<Int32>, first: Int, count: Int) {
    precondition(0 < count && count <= indices.count, "\(count) samples in a batch of \(indices.count)")
    for i in 0..<count { indices[i] = order[first + i] }
    pointer.pointee.samples = Int32(count)
  }

  public var rate: Float {
    get { pointer.pointee.rate }
    set { pointer.pointee.rate = newValue }
  }

  /// Adam's bias corrections: 1 / (1 - beta1^t) and 1 / sqrt(1 - beta2^t).
  public func setCorrections(_ first: Float, _ second: Float) {
    pointer.pointee.correction1 = first
    pointer.pointee.correction2 = second
  }

  /// The batch's share in running statistics that are measured anew: 1 / t for batch t.
  public var statisticsShare: Float {
    get { pointer.pointee.statisticsShare }
    set { pointer.pointee.statisticsShare = newValue }
  }

  /// Sum of the samples' losses of the last batch.
  public var lossSum: Float { pointer.pointee.lossSum }
  /// How many samples of the last batch were right.
  public var correct: Float { pointer.pointee.correct }
  public var samples: Int { Int(pointer.pointee.samples) }
  /// Which samples make the batch.
  public var chosen: [Int32] { (0..<samples).map { indices[$0] } }
}

/// Constant arrays at fixed addresses, aligned to 64 bytes, that live as long as this object.
///
/// It is `@unchecked Sendable` because the tables never change once they are made.
public final class Tables: @unchecked Sendable {
  private var allocations: [UnsafeMutableRawPointer] = []

  public init() {}

  deinit { for allocation in allocations { allocation.deallocate() } }

  public func table<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafePointer<Value> {
    let size = values.count * MemoryLayout<Value>.stride
    let raw = allocate(bytes: (size + 127) / 64 * 64)
    values.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { raw.copyMemory(from: base, byteCount: size) }
    }
    return UnsafePointer(raw.assumingMemoryBound(to: Value.self))
  }

  func value<Value>(_ value: Value) -> UnsafeRawPointer {
    let raw = allocate(bytes: MemoryLayout<Value>.size)
    raw.initializeMemory(as: Value.self, to: value)
    return UnsafeRawPointer(raw)
  }

  private func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 64), alignment: 64)
    allocations.append(raw)
    return raw
  }
}
