import ArgumentParser
import Foundation
import Foundations
import Lanes
import Networks

struct BenchKernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Time the linear kernels on one core, as shares of the measured multiply-add peak.",
    discussion: "Sparse kernels are counted on their non-zeros.")

  @Option(help: "A linear layer, INPUTSxOUTPUTS.") var linear = "1024x1024"
  @Option(help: "Samples.") var batch = 128
  @Option(help: "Seconds a measurement.") var seconds = 0.3
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let sizes = linear.split(separator: "x").map { Int($0) ?? 0 }
    guard sizes.count == 2, sizes.allSatisfy({ 0 < $0 && $0 <= 1 << 16 }), batch > 0 else {
      throw Problem.usage("'\(linear)' is no layer.", remedy: "Write --linear 1024x1024.")
    }
    var rows: [KernelRow] = []
    for density in [1, 0.5, 0.2, 0.1, 0.05, 0.02] {
      for execution in density == 1 ? [Execution.dense] : [.dense, .sparse] {
        let bench = try LayerBench(
          inputs: sizes[0], outputs: sizes[1], batch: batch, density: density, threads: 1, execution: execution)
        rows += row(bench, execution, density)
      }
    }
    let result = KernelResult(
      cpu: CPULevel.current.rawValue, linear: linear, batch: batch, peakFlops: CPULevel.current.kernels.measurePeak(),
      bytesPerSecond: Self.memoryBandwidth(), kernels: rows)
    if json { try Terminal.json(result) } else { Terminal.print(result.text) }
  }

  private func row(_ bench: LayerBench, _ execution: Execution, _ density: Double) -> [KernelRow] {
    [("forward", bench.forward), ("input gradient", bench.inputGradient), ("weight gradient", bench.weightGradient)].map
    {
      let timing = bench.time([$1], seconds: seconds)
      return KernelRow(
        kernel: $0, execution: execution.rawValue, density: density, medianSeconds: timing.median,
        minSeconds: timing.minimum, flops: bench.operations / timing.median)
    }
  }

  /// Bytes a second of copying 64 MiB, read and write counted.
  static func memoryBandwidth() -> Double {
    let bytes = 64 << 20
    let source = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    let target = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    defer {
      source.deallocate()
      target.deallocate()
    }
    source.initializeMemory(as: UInt8.self, repeating: 1, count: bytes)
    let timing = Timing.measure(seconds: 0.3) { target.copyMemory(from: source, byteCount: bytes) }
    return 2 * Double(bytes) / timing.median
  }
}

struct KernelRow: Encodable {
  var kernel, execution: String
  var density, medianSeconds, minSeconds: Double
  /// Operations a second, on the non-zeros.
  var flops: Double
}

/// What `bench kernels` prints.
struct KernelResult: Encodable {
  var cpu, linear: String
  var batch: Int
  /// Multiply-adds on registers alone, counted as two operations, one core.
  var peakFlops: Double
  var bytesPerSecond: Double
  var kernels: [KernelRow]

  var text: String {
    var table = TextTable(header: ["kernel", "run as", "density", "median", "GFLOP/s", "of peak"])
    for row in kernels {
      table.rows.append([
        row.kernel, row.execution, String(format: "%.0f %%", 100 * row.density), StepResult.micro(row.medianSeconds),
        String(format: "%.1f", row.flops / 1e9), String(format: "%.0f %%", 100 * row.flops / peakFlops),
      ])
    }
    return """
      linear \(linear), batch \(batch), one core, \(cpu): peak \(String(format: "%.1f", peakFlops / 1e9)) GFLOP/s, memory \(String(format: "%.1f", bytesPerSecond / 1e9)) GB/s
      \(table.text)
      """
  }
}
