import ArgumentParser
import Foundation
import Foundations
import Networks

struct BenchLayer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layer", abstract: "Time one layer: forward, input gradient and weight gradient together.")

  @Option(help: "A linear layer, INPUTSxOUTPUTS.") var linear = "1024x1024"
  @Option(help: "Samples.") var batch = 128
  @Option(help: "Density of the weights.") var density = 0.1
  @Option(help: "Threads.") var threads = 1
  @Option(help: "automatic, dense or sparse kernels.") var kernels = "automatic"
  @Option(help: "Seconds to measure.") var seconds = 1.0
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws { try checkDensity(density) }

  func run() throws {
    let sizes = linear.split(separator: "x").map { Int($0) ?? 0 }
    guard sizes.count == 2, sizes.allSatisfy({ 0 < $0 && $0 <= 1 << 16 }), let execution = Execution(rawValue: kernels),
      batch > 0, threads > 0
    else {
      throw Problem.usage("'\(linear)' is no layer, or a number is not positive.", remedy: "Write --linear 784x300.")
    }
    let bench = try LayerBench(
      inputs: sizes[0], outputs: sizes[1], batch: batch, density: density, threads: threads, execution: execution)
    let timing = bench.time([bench.forward, bench.inputGradient, bench.weightGradient], seconds: seconds)
    let result = LayerResult(
      linear: linear, batch: batch, density: density, threads: threads, medianSeconds: timing.median,
      minSeconds: timing.minimum, runs: timing.count, nonzeros: bench.nonzeros)
    if json {
      try Terminal.json(result)
    } else {
      Terminal.print("linear \(linear), batch \(batch), density \(density): \(StepResult.micro(timing.median))")
    }
  }
}

/// What `bench layer` prints.
struct LayerResult: Encodable {
  var linear: String
  var batch: Int
  var density: Double
  var threads: Int
  var medianSeconds, minSeconds: Double
  var runs, nonzeros: Int
}
