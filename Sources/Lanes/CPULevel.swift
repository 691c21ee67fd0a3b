import CLanes
import Foundation

/// Which instructions the kernels use. All levels give the same bits; they differ in speed alone.
public enum CPULevel: String, CaseIterable, Sendable {
  case portable, avx2, avx512, neon

  private var index: Int32 {
    switch self {
    case .portable: Int32(clanesPortable)
    case .avx2: Int32(clanesAVX2)
    case .avx512: Int32(clanesAVX512)
    case .neon: Int32(clanesNEON)
    }
  }

  /// Whether this machine can run the level.
  public var isAvailable: Bool { clanes_level(index) != nil }

  /// The fastest level of this machine.
  public static var best: CPULevel { allCases.first { $0.index == clanes_best_level() } ?? .portable }

  /// What `TOMBOLA_CPU` asks for: a level, nothing (`nil`), or a name that is none (`.failure` with that name).
  public static var requested: Result<CPULevel?, UnknownLevel> {
    guard let name = ProcessInfo.processInfo.environment["TOMBOLA_CPU"], !name.isEmpty else { return .success(nil) }
    guard let level = CPULevel(rawValue: name), level.isAvailable else { return .failure(UnknownLevel(name: name)) }
    return .success(level)
  }

  public struct UnknownLevel: Error, Sendable { public let name: String }

  /// The level in use: the one that `TOMBOLA_CPU` names where this machine has it, else the fastest.
  public static let current: CPULevel = (try? requested.get()) ?? best

  /// The kernels of the level.
  /// - Precondition: The level is available.
  public var kernels: Kernels {
    guard let table = clanes_level(index) else { preconditionFailure("this machine has no \(rawValue)") }
    return Kernels(table: table, level: self)
  }
}

/// The function table of one CPU level.
///
/// It is `@unchecked Sendable` because it points at a constant table of functions that never changes.
public struct Kernels: @unchecked Sendable {
  let table: UnsafePointer<clanes_table>
  public let level: CPULevel

  /// How many positions of a fully connected tensor lie side by side: what one sparse row of this level takes at a time.
  public var positionGroup: Int { level == .avx512 ? 8 : 4 }

  /// Times multiply-adds on registers alone: the machine's peak in floating-point operations per second, all `threads`
  /// at once; the best of five.
  public func measurePeak(threads: Int = 1) -> Double {
    let sinks = (0..<threads).map { _ in FloatBuffer(count: 32) }
    for sink in sinks { for i in 0..<32 { sink[i] = i < 16 ? 0.5 : 0.1 } }
    let rounds: Int64 = 2_000_000, kernels = self
    let operations = 2 * Double(threads) * Double(rounds * table.pointee.peak(1, sinks[0].pointer))
    let times = (0..<5).map { _ in
      let start = DispatchTime.now().uptimeNanoseconds
      DispatchQueue.concurrentPerform(iterations: threads) { _ = kernels.table.pointee.peak(rounds, sinks[$0].pointer) }
      return Double(DispatchTime.now().uptimeNanoseconds - start)
    }
    return operations * 1e9 / times.min()!
  }

  /// The same on one thread with an operand of every multiply-add from memory, again and again out of `bytes`: what sparse
  /// products cannot go beyond. `shift` floats move the operands off their alignment.
  public func measureLoadPeak(bytes: Int, shift: Int = 0) -> Double {
    let count = bytes / 4, x = FloatBuffer(count: count + shift), sink = FloatBuffer(count: 32)
    let rounds = Int64(max(1, 20_000_000 / count))
    let fastest = (0..<20).map { _ in
      let start = DispatchTime.now().uptimeNanoseconds
      let done = table.pointee.loadPeak(x.pointer + shift, Int64(count), rounds, sink.pointer)
      return Double(DispatchTime.now().uptimeNanoseconds - start) / Double(done)
    }.min()!
    return 2e9 / fastest
  }

  /// e^x of whole vectors; the count is a multiple of 16.
  public func exponentials(of x: [Float]) -> [Float] { elementary(0, x) }
  /// ln x of whole vectors; the count is a multiple of 16.
  public func logarithms(of x: [Float]) -> [Float] { elementary(1, x) }

  private func elementary(_ kind: Int32, _ values: [Float]) -> [Float] {
    precondition(values.count % 16 == 0, "\(values.count) values are no whole vectors")
    let x = FloatBuffer(count: values.count), y = FloatBuffer(count: values.count)
    x.copy(values)
    table.pointee.elementary(kind, x.pointer, y.pointer, Int32(values.count))
    return y.values
  }
}
