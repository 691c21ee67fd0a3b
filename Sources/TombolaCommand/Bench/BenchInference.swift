import ArgumentParser
import Basics
import Foundation
import Lanes
import Networks
import Pages

struct BenchInference: Measurement {
  static let configuration = CommandConfiguration(
    commandName: "inference",
    abstract: "Time predictions: sparse networks beside the same networks dense, one sample and batches.",
    discussion: """
      Every prunable layer gets a random mask of the density. Samples are copied and normalised within the time. \
      Benchmarks/peers/inference.py runs other programs beside it.
      """)

  @Option(help: "Networks, several with blanks between them; an input shape may follow behind @.")
  var models = "lenet-300-100@1x28x28 mlp:1024,512@3x32x32 conv-6@3x32x32 vgg-16@3x32x32"
  @Option(help: "Densities with commas.") var densities = "0.1,0.05,0.02"
  @Option(help: "Samples at a time, with commas.") var batches = "1,64"
  @Option(help: "Threads.", transform: Limit.threads) var threads = 2
  @Option(help: "Seconds to measure each.", transform: Limit.seconds) var seconds = 0.5
  @Flag(help: "Leave the dense networks out.") var noDense = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let pool = ThreadPool(threads: threads)
    let densities = try Limit.densities("--densities", self.densities)
    let batches = try self.batches.split(separator: ",").map { try Limit.batch(String($0)) }
    var rows: [InferenceRow] = []
    for name in models.split(separator: " ") {
      let parts = name.split(separator: "@").map(String.init)
      guard let shape = FeatureShape(parts.count > 1 ? parts[1] : "3x32x32") else {
        throw Problem.usage("'\(parts[1])' is no input shape.", remedy: "Write it like 3x32x32.")
      }
      let network = try ModelCatalog.architecture(parts[0], input: shape, classes: 10)
      for batch in batches {
        let dense = noDense ? nil : try denseSeconds(network, batch, pool)
        for density in densities {
          let folded = try folded(network, density), median = time(folded, batch, pool)
          rows.append(InferenceRow(parts[0], batch, density, folded, median, dense: dense))
        }
      }
    }
    let result = InferenceResult(cpu: CPULevel.current.rawValue, threads: threads, rows: rows)
    if json { try Terminal.json(result) } else { Terminal.print(result.text) }
  }

  private func folded(_ network: Architecture, _ density: Double) throws -> FoldedNetwork {
    let layout = network.layout, mask = density < 1 ? Mask.random(layout, density: density) : nil
    return try FoldedNetwork(network, Initializer.kaimingNormal.parameters(for: layout, seed: 0), mask: mask)
  }

  /// The faster of both ways.
  private func denseSeconds(_ network: Architecture, _ batch: Int, _ pool: ThreadPool) throws -> Double {
    let folded = try folded(network, 1)
    return (batch == 1 ? [nil, .samples] : [nil]).map { time(folded, batch, pool, lanes: $0) }.min()!
  }

  private func time(
    _ network: FoldedNetwork, _ batch: Int, _ pool: ThreadPool, lanes: InferencePlan.Lanes? = nil
  ) -> Double {
    let input = network.architecture.input, tables = Tables()
    var random = RandomStream(seed: 0, "bench-data")
    let pixels = (0..<batch * input.count).map { _ in Float(2 * random.nextUniform() - 1) }
    let plan = InferencePlan(
      network,
      SampleSource(
        pixels: .floats(tables.table(pixels)), multipliers: [Float](repeating: 1, count: input.channels),
        shifts: [Float](repeating: 0, count: input.channels)),
      batch: batch, threads: pool.threads, lanes: lanes)
    plan.select(0..<batch)
    return Timing.measure(seconds: seconds) { plan.run(on: pool) }.median
  }
}

struct InferenceRow: Encodable {
  var model: String
  var batch: Int
  var density: Double
  var medianSeconds: Double
  /// Of the same network dense; and how many times longer that takes.
  var denseSeconds, ratio: Double?
  /// Multiply-adds of a run, and bytes of weights and of the activations, each counted once: what it cannot go below.
  var multiplyAdds, bytes: Int

  init(
    _ model: String, _ batch: Int, _ density: Double, _ network: FoldedNetwork, _ seconds: Double, dense: Double?
  ) {
    (self.model, self.batch, self.density, medianSeconds) = (model, batch, density, seconds)
    (denseSeconds, ratio) = (dense, dense.map { $0 / seconds })
    let stages = network.stages
    multiplyAdds = batch * stages.reduce(0) { $0 + $1.multiplyAdds }
    let activations = network.architecture.input.count + stages.reduce(0) { $0 + $1.output.count }
    bytes = 4 * (network.mask.remaining + batch * activations)
  }
}

/// What `bench inference` prints.
struct InferenceResult: Encodable {
  var cpu: String
  var threads: Int
  var rows: [InferenceRow]

  var text: String {
    var table = TextTable(header: [
      "network", "batch", "density", "median", "dense", "times as fast", "multiply-adds", "of them a second", "bytes",
    ])
    for row in rows {
      table.rows.append([
        row.model, "\(row.batch)", "\(row.density)", StepResult.micro(row.medianSeconds),
        row.denseSeconds.map(StepResult.micro) ?? "-", row.ratio.map { String(format: "%.1f", $0) } ?? "-",
        "\(row.multiplyAdds)", String(format: "%.1f G", Double(row.multiplyAdds) / row.medianSeconds / 1e9),
        "\(row.bytes)",
      ])
    }
    return "\(threads) threads, \(cpu)\n\(table.text)"
  }
}
