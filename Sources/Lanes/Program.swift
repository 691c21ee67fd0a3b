import CLanes
import Dispatch

/// A list of kernel calls with all their arguments, built once and run many times without allocating.
///
/// It is `@unchecked Sendable` because it belongs to one run, which one task uses at a time.
public final class Program: @unchecked Sendable {
  public let kernels: Kernels
  /// The values that change from step to step.
  public let step: StepState
  private(set) var tasks: [clanes_task] = []
  /// A chain's calls run one after the other on one thread, so that nothing waits.
  let isChain: Bool
  /// Chains that tasks of this program run, by task, and how often.
  var chains: [Int: (programs: [Program], rounds: Int)] = [:]
  /// What the tasks since the last barrier touch.
  private var underWay: [(accesses: Accesses?, isSerial: Bool)] = []
  private(set) var names: [KernelTime] = []
  /// What the calls that follow belong to, for `time`.
  public var label = ""
  private var panelScratch = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
  private var laneScratch = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
  let tables = Tables()

  public init(kernels: Kernels, step: StepState, isChain: Bool = false) {
    self.kernels = kernels
    self.step = step
    self.isChain = isChain
  }

  public var taskCount: Int { tasks.count }
  /// How often the threads wait for each other within a run.
  public var barrierCount: Int { tasks.count(where: \.barrier) }

  /// Runs all tasks in order and returns when the last has ended.
  public func run(on pool: ThreadPool) {
    tasks.withUnsafeBufferPointer { clanes_pool_run(pool.pool, $0.baseAddress, Int32($0.count)) }
  }

  /// Runs the tasks like `run`, but each by itself, and returns how long each took. Slower than `run`: threads are woken
  /// for every task.
  public func time(on pool: ThreadPool) -> [KernelTime] {
    var times = names, inChains: [KernelTime] = []
    tasks.withUnsafeBufferPointer { tasks in
      for i in tasks.indices {
        guard chains[i] == nil else {
          inChains += timeChains(i)
          continue
        }
        let start = DispatchTime.now().uptimeNanoseconds
        clanes_pool_run(pool.pool, tasks.baseAddress! + i, 1)
        times[i].seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
      }
    }
    return times.indices.filter { chains[$0] == nil }.map { times[$0] } + inChains
  }

  /// Zeroed floats that live as long as the program.
  func scratch(_ count: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutablePointer(mutating: tables.table([Float](repeating: 0, count: count)))
  }

  /// At least `count` floats that all calls share: each thread works on a stretch of its own, one task at a time.
  func panels(_ count: Int) -> UnsafeMutablePointer<Float> { shared(&panelScratch, count) }

  /// Room for the sums of `terms` weights, which gradients share: it belongs to what they write.
  func lanes(_ terms: Int) -> UnsafeMutablePointer<Float> { shared(&laneScratch, terms * Int(clanesWidth)) }

  private func shared(_ memory: inout UnsafeMutableBufferPointer<Float>, _ count: Int) -> UnsafeMutablePointer<Float> {
    if memory.count < count { memory = UnsafeMutableBufferPointer(start: scratch(count), count: count) }
    return memory.baseAddress!
  }

  /// Vector operations below which sharing a task among threads costs more than it saves.
  private static let smallTask = 1024

  /// Appends a kernel call, behind a barrier if it clashes with a call since the last barrier.
  ///
  /// A small call that has to wait for another is left to one thread: a chain of such calls needs no barriers.
  ///
  /// - Parameters:
  ///   - accesses: What it reads and writes; without, it clashes with every other call.
  ///   - work: Vector operations, about.
  ///   - name: The calling method, which names the kernel in `time`.
  func add<Arguments>(
    _ kernel: clanes_kernel, _ arguments: Arguments, _ accesses: @autoclosure () -> Accesses? = nil, work: Int = .max,
    name: String = #function
  ) {
    let pointer = tables.value(arguments)
    names.append(KernelTime(label: label, kernel: String(name.prefix { $0 != "(" })))
    guard !isChain else {
      tasks.append(clanes_task(run: kernel, arguments: pointer, serial: true, barrier: false))
      return
    }
    let accesses = accesses()
    let clashing = underWay.filter { Accesses.clash($0.accesses, accesses) }
    let isSerial = work < Self.smallTask && (underWay.isEmpty || !clashing.isEmpty)
    let waits = clashing.contains { !($0.isSerial && isSerial) }
    if waits { underWay.removeAll() }
    underWay.append((accesses, isSerial))
    tasks.append(clanes_task(run: kernel, arguments: pointer, serial: isSerial, barrier: waits))
  }
}

/// How long one kernel call took.
public struct KernelTime: Sendable {
  /// What the call belongs to: a node and a direction.
  public var label: String
  public var kernel: String
  public var seconds = 0.0
}

/// How a sample is moved on its way into the network: out[row][column] = in[row + rows][c + columns], where c is the
/// column, or if mirrored the same counted from the right. Places outside the sample hold the stored number 0.
public struct SampleMove: Hashable, Sendable {
  public var rows: Int32
  public var columns: Int32
  public var isMirrored: Bool

  public init(rows: Int32 = 0, columns: Int32 = 0, isMirrored: Bool = false) {
    self.rows = rows
    self.columns = columns
    self.isMirrored = isMirrored
  }
}

/// The values that kernels read or write at every step; one per plan.
///
/// It is `@unchecked Sendable` because it belongs to one run, which one task uses at a time.
public final class StepState: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<clanes_step>
  private let indices: UnsafeMutableBufferPointer<Int32>
  let moves: UnsafeMutableBufferPointer<clanes_move>

  public init(batch: Int) {
    pointer = .allocate(capacity: 1)
    indices = .allocate(capacity: batch)
    indices.initialize(repeating: 0)
    moves = .allocate(capacity: batch)
    moves.initialize(repeating: clanes_move())
    pointer.initialize(
      to: clanes_step(
        rate: 0, correction1: 1, correction2: 1, samples: Int32(batch), indices: UnsafePointer(indices.baseAddress!),
        lossSum: 0, correct: 0, statisticsShare: 1, iteration: 0))
  }

  deinit {
    pointer.deallocate()
    indices.deallocate()
    moves.deallocate()
  }

  /// Chooses the samples of the next batch: `count` of them from `order`, starting at `first`.
  public func select(_ order: UnsafeBufferPointer<Int32>, first: Int, count: Int) {
    precondition(0 < count && count <= indices.count, "\(count) samples in a batch of \(indices.count)")
    for i in 0..<count { indices[i] = order[first + i] }
    pointer.pointee.samples = Int32(count)
  }

  /// Says how each chosen sample is moved by programs whose batch is moved, given its index in the split.
  public func move(_ move: (Int32) -> SampleMove) {
    for i in 0..<samples {
      let chosen = move(indices[i])
      moves[i] = clanes_move(rows: chosen.rows, columns: chosen.columns, mirrored: chosen.isMirrored)
    }
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

  /// Steps before this one: what dropout depends on.
  public var iteration: Int {
    get { Int(pointer.pointee.iteration) }
    set { pointer.pointee.iteration = Int64(newValue) }
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
