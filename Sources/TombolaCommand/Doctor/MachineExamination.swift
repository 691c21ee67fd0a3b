import Basics
import Foundation
import Lanes

/// What decides how fast searches are: instructions, threads, memory.
struct MachineExamination: Examination {
  static let topic = "machine"

  static func checkups(_ surroundings: Surroundings) -> [Checkup] { [level(surroundings), threads, memory] }

  private static func level(_ surroundings: Surroundings) -> Checkup {
    let levels = CPULevel.allCases.filter(\.isAvailable).map(\.rawValue).joined(separator: ", ")
    let wish = surroundings.environment["TOMBOLA_CPU"].flatMap { $0.isEmpty ? nil : "TOMBOLA_CPU=\($0)" }
    let found = "\(CPULevel.current.rawValue) of \(levels); \(wish ?? "TOMBOLA_CPU is not set")"
    guard CPULevel.current != CPULevel.best else { return .good("CPU level", found) }
    return .missing(
      "CPU level", found, remedy: "Unset TOMBOLA_CPU: \(CPULevel.best.rawValue) is faster, bit for bit the same.")
  }

  private static var threads: Checkup {
    let processors = ProcessInfo.processInfo.processorCount, active = ProcessInfo.processInfo.activeProcessorCount
    let found = "\(active) of \(processors) processors"
    guard let share = processorShare, share < Double(active) else { return .good("threads", found) }
    return .missing(
      "threads", "\(found), limited to the time of \(String(format: "%.1f", share))",
      remedy: "Give --threads \(max(1, Int(share))): the container or job has a limit of processor time.")
  }

  private static var memory: Checkup {
    let whole = Int(ProcessInfo.processInfo.physicalMemory), limit = memoryLimit.map { min($0, whole) } ?? whole
    let free = availableMemory.map { min($0, limit) }
    let of = limit < whole ? "\(size(limit)) (a limit; the machine has \(size(whole)))" : size(whole)
    let found = "\(free.map { "\(size($0)) free of " } ?? "")\(of)"
    guard (free ?? limit) < 512 << 20 else { return .good("memory", found) }
    return .missing(
      "memory", found, remedy: "Close other programs: LeNet-300-100 needs about 0.3 GB, convolutional networks more.")
  }

  /// Bytes in words.
  static func size(_ bytes: Int) -> String {
    bytes < 1 << 30 ? "\(bytes >> 20) MB" : String(format: "%.1f GB", Double(bytes) / Double(1 << 30))
  }

  // MARK: what Linux tells

  /// How many processors' time the control group may use.
  private static var processorShare: Double? {
    let words = (text("/sys/fs/cgroup/cpu.max") ?? "").split(whereSeparator: \.isWhitespace).map { Double($0) }
    guard words.count == 2, let quota = words[0], let period = words[1], period > 0 else { return nil }
    return quota / period
  }

  private static var memoryLimit: Int? {
    text("/sys/fs/cgroup/memory.max").flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  private static var availableMemory: Int? {
    let line = text("/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    let words = line?.split(separator: " ") ?? []
    return words.count == 3 ? Int(words[1]).map { $0 << 10 } : nil
  }

  private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
