import ArgumentParser
import Basics
import Foundation
import Lanes
import Networks
import Pages

struct BenchKernels: Measurement {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Time kernels as shares of the measured multiply-add peak.",
    discussion: "Sparse kernels are counted on their non-zeros.")

  @Option(help: "A linear layer, INPUTSxOUTPUTS.") var linear = "1024x1024"
  @Flag(help: "Convolutions of many shapes instead.") var convolutions = false
  @Option(help: "Samples.", transform: Limit.batch) var batch = 128
  @Option(help: "Threads.", transform: Limit.threads) var threads = 1
  @Option(help: "Densities, with commas.") var densities = "1,0.5,0.2,0.1,0.05,0.02"
  @Option(help: "Seconds a measurement.", transform: Limit.seconds) var seconds = 0.3
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    try densityList.forEach(checkDensity)
  }

  private var densityList: [Double] { densities.split(separator: ",").map { Double($0) ?? 0 } }

  func run() throws {
    var rows: [KernelRow] = []
    for spec in try convolutions ? Self.convolutionSpecs() : [LayerSpec.linear(linear)] {
      for density in densityList {
        // A dense kernel under a mask takes the time of the dense one; convolutions leave that out.
        for execution in density == 1 ? [Execution.dense] : convolutions ? [.sparse] : [.dense, .sparse] {
          let bench = try LayerBench(spec, batch: batch, density: density, threads: threads, execution: execution)
          rows += bench.timeDirections(seconds: seconds).map {
            KernelRow(layer: spec.name, kernel: $0, execution: bench.execution, density: density, $1, bench.operations)
          }
        }
      }
    }
    let result = KernelResult(
      cpu: CPULevel.current.rawValue, batch: batch, threads: threads,
      peakFlops: CPULevel.current.kernels.measurePeak(threads: threads), bytesPerSecond: Self.memoryBandwidth(),
      loadPeaks: LoadPeak.all, kernels: rows)
    if json { try Terminal.json(result) } else { Terminal.print(result.text) }
  }

  /// The shapes of the networks for small images, strided and 1x1 layers among them.
  static func convolutionSpecs() throws -> [LayerSpec] {
    var specs = try [
      "16x16x32x32", "32x32x16x16", "64x64x8x8", "64x64x32x32", "128x128x16x16", "256x256x8x8", "512x512x4x4",
      "512x512x2x2",
    ].map { try LayerSpec.convolution($0, kernel: 3, stride: 1) }
    specs += try ["64x128x32x32", "256x512x8x8"].map { try LayerSpec.convolution($0, kernel: 3, stride: 2) }
    specs += try ["64x64x32x32", "256x256x8x8"].map { try LayerSpec.convolution($0, kernel: 1, stride: 1) }
    return specs + [try LayerSpec.convolution("64x128x32x32", kernel: 1, stride: 2)]
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

/// Multiply-adds, counted as two operations, that read an operand each, on one thread.
struct LoadPeak: Encodable {
  /// What they read again and again.
  var bytes: Int
  var alignedFlops, unalignedFlops: Double

  static var all: [LoadPeak] {
    [24, 256, 4096].map { kilobytes in
      let kernels = CPULevel.current.kernels, bytes = kilobytes << 10
      return LoadPeak(
        bytes: bytes, alignedFlops: kernels.measureLoadPeak(bytes: bytes),
        unalignedFlops: kernels.measureLoadPeak(bytes: bytes, shift: 3))
    }
  }

  var text: String {
    String(format: "%d KiB %.0f (unaligned %.0f)", bytes >> 10, alignedFlops / 1e9, unalignedFlops / 1e9)
  }
}

struct KernelRow: Encodable {
  var layer, kernel, execution: String
  var density, medianSeconds, minSeconds: Double
  /// Operations a second, on the non-zeros.
  var flops: Double

  init(
    layer: String, kernel: String, execution: Execution, density: Double, _ timing: Timing, _ operations: Double
  ) {
    (self.layer, self.kernel, self.execution, self.density) = (layer, kernel, execution.rawValue, density)
    (medianSeconds, minSeconds, flops) = (timing.median, timing.minimum, operations / timing.median)
  }

  static func table(_ rows: [KernelRow], peak: Double) -> TextTable {
    var table = TextTable(header: ["layer", "kernel", "run as", "density", "median", "GFLOP/s", "of peak"])
    for row in rows {
      table.rows.append([
        row.layer, row.kernel, row.execution, String(format: "%.0f %%", 100 * row.density),
        StepResult.micro(row.medianSeconds), String(format: "%.1f", row.flops / 1e9),
        String(format: "%.0f %%", 100 * row.flops / peak),
      ])
    }
    return table
  }
}

/// What `bench kernels` prints.
struct KernelResult: Encodable {
  var cpu: String
  var batch, threads: Int
  /// Multiply-adds on registers alone, counted as two operations, all threads.
  var peakFlops: Double
  var bytesPerSecond: Double
  var loadPeaks: [LoadPeak]
  var kernels: [KernelRow]

  var text: String {
    """
    batch \(batch), \(threads) threads, \(cpu): peak \(String(format: "%.1f", peakFlops / 1e9)) GFLOP/s, memory \(String(format: "%.1f", bytesPerSecond / 1e9)) GB/s
    with an operand each from \(loadPeaks.map(\.text).joined(separator: ", ")) GFLOP/s, one thread
    \(KernelRow.table(kernels, peak: peakFlops).text)
    """
  }
}
