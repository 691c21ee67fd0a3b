import ArgumentParser
import Basics
import Foundation
import Lanes
import Networks
import Pages

struct BenchLayer: Measurement {
  static let configuration = CommandConfiguration(
    commandName: "layer", abstract: "Time one layer: forward, input gradient and weight gradient.",
    discussion: "Operations are counted on the non-zeros. Shares are of the measured multiply-add peak of the threads.")

  @Option(help: "A linear layer, INPUTSxOUTPUTS.") var linear = "1024x1024"
  @Option(help: "A convolution instead, INPUTSxOUTPUTSxHEIGHTxWIDTH.") var conv: String?
  @Option(help: "Height and width of the convolution's kernel.") var kernel = 3
  @Option(help: "Stride of the convolution.") var stride = 1
  @Option(help: "Samples.", transform: Limit.batch) var batch = 128
  @Option(help: "Density of the weights.") var density = 0.1
  @Option(help: "Threads.", transform: Limit.threads) var threads = 1
  @Option(help: "automatic, dense or sparse kernels.") var kernels = "automatic"
  @Option(help: "Seconds to measure.", transform: Limit.seconds) var seconds = 1.0
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws { try checkDensity(density) }

  func run() throws {
    guard let execution = Execution(rawValue: kernels) else {
      throw Problem.usage("'\(kernels)' is no choice of kernels.", remedy: "Give automatic, dense or sparse.")
    }
    let spec =
      if let conv { try LayerSpec.convolution(conv, kernel: kernel, stride: stride) } else {
        try LayerSpec.linear(linear)
      }
    let bench = try LayerBench(spec, batch: batch, density: density, threads: threads, execution: execution)
    let all = bench.time([bench.forward, bench.inputGradient, bench.weightGradient], seconds: seconds)
    let directions = bench.timeDirections(seconds: seconds / 3).map {
      KernelRow(layer: spec.name, kernel: $0, execution: bench.execution, density: density, $1, bench.operations)
    }
    let result = LayerResult(
      layer: spec.name, batch: batch, density: density, threads: threads, medianSeconds: all.median,
      minSeconds: all.minimum, runs: all.count, nonzeros: bench.nonzeros,
      peakFlops: CPULevel.current.kernels.measurePeak(threads: threads), kernels: directions)
    if json { try Terminal.json(result) } else { Terminal.print(result.text) }
  }
}

/// What `bench layer` prints.
struct LayerResult: Encodable {
  var layer: String
  var batch: Int
  var density: Double
  var threads: Int
  /// All three directions, one after the other.
  var medianSeconds, minSeconds: Double
  var runs, nonzeros: Int
  /// Of all threads.
  var peakFlops: Double
  var kernels: [KernelRow]

  var text: String {
    """
    \(layer), batch \(batch), density \(density), \(threads) threads: \(StepResult.micro(medianSeconds)), peak \(String(format: "%.1f", peakFlops / 1e9)) GFLOP/s
    \(KernelRow.table(kernels, peak: peakFlops).text)
    """
  }
}
