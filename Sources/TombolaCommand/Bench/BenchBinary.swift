import ArgumentParser
import Basics
import Foundation
import Lanes
import Networks
import Pages
import Tickets

struct BenchBinary: Measurement {
  static let configuration = CommandConfiguration(
    commandName: "binary",
    abstract:
      "Time inference of binary networks: in bits (1/1) and by additions (1/32), beside dense and sparse floats.",
    discussion: """
      Weights are random signs under a random mask. Every way is timed once a round; ratios are within rounds, their median \
      with the least and the greatest. Floats take sixteen samples at a time, whatever the batch.
      """)

  @Option(help: "Networks with rectifiers, with + between.") var models = "bn-conv-4+mlp:1024,1024,1024"
  @Option(help: "Input shape, CxHxW.") var input = "3x32x32"
  @Option(help: "Samples at a time, with commas.") var batches = "1,64"
  @Option(help: "Density of every layer.") var density = 0.5
  @Option(help: "Threads.", transform: Limit.threads) var threads = 1
  @Option(help: "One way alone: 'dense floats', 'sparse floats', 'additions' or 'bits'.") var only: String?
  @Option(help: "Rounds.", transform: Limit.whole("--rounds", 1...1000)) var rounds = 5
  @Option(help: "Seconds a measurement.", transform: Limit.seconds) var seconds = 0.2
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    try checkDensity(density)
    guard only.map(BinaryWays.names.contains) ?? true else {
      throw ValidationError("--only must be one of \(BinaryWays.names.joined(separator: ", ")).")
    }
  }

  func run() throws {
    guard let shape = FeatureShape(input) else {
      throw Problem.usage("'\(input)' is no input shape.", remedy: "Write it like 3x32x32.")
    }
    var rows: [BinaryRow] = []
    for model in models.split(separator: "+").map(String.init) {
      let plain = try ModelCatalog.architecture(model, input: shape, classes: 10)
      for text in batches.split(separator: ",") {
        let batch = try Int(Limit.batch(String(text)))
        for (bits, network) in [("1/32", plain), ("1/1", try plain.withSigns())] {
          try SearchSettings.checkMemory(network, batch: batch)
          let ways = try BinaryWays(
            network, batch: batch, density: density, threads: threads, inBits: bits == "1/1", only: only)
          rows += time(ways, ThreadPool(threads: threads)).map {
            BinaryRow(model: model, batch: batch, bits: bits, way: $0, $1, $2)
          }
        }
      }
    }
    let result = BinaryResult(cpu: CPULevel.current.rawValue, density: density, threads: threads, rows: rows)
    if json { try Terminal.json(result) } else { Terminal.print(result.text) }
  }

  /// Median seconds of every way, and how many times faster than the first it is, by round.
  private func time(_ ways: BinaryWays, _ pool: ThreadPool) -> [(way: String, seconds: Double, ratios: [Double])] {
    let times = (0..<rounds).map { _ in
      ways.all.map { way in Timing.measure(seconds: seconds) { way.run(pool) }.median }
    }
    return ways.all.enumerated().map { i, way in
      (way.name, times.map { $0[i] }.sorted()[rounds / 2], times.map { $0[0] / $0[i] }.sorted())
    }
  }
}

/// One binary network, ready to run in every way on the same random samples.
private struct BinaryWays {
  static let names = ["dense floats", "sparse floats", "additions", "bits"]
  private(set) var all: [(name: String, run: (ThreadPool) -> Void)] = []

  /// - Parameters:
  ///   - inBits: Whether it is a network of signs, which runs in bits; else it runs by additions.
  ///   - only: One way alone.
  init(_ network: Architecture, batch: Int, density: Double, threads: Int, inBits: Bool, only: String?) throws {
    let layout = network.layout, mask = Mask.random(layout, density: density)
    var weights = Initializer.kaimingNormal.parameters(for: layout, seed: 0).masked(by: mask)
    for entry in layout.prunable {
      // A power of two near the deviation: sums of signs are then exact in floats too.
      let gain = Float(exp2((log2(2 / Double(entry.shape.fanIn)) / 2).rounded()))
      for i in entry.range where weights.values[i] != 0 { weights.values[i] = weights.values[i] < 0 ? -gain : gain }
    }
    var random = RandomStream(seed: 0, "bench-data")
    let samples = (0..<batch * network.input.count).map { _ in Float(2 * random.nextUniform() - 1) }
    func isWanted(_ name: String) -> Bool { only == nil || only == name }
    func float(_ name: String, _ execution: Execution, signs: Parameters? = nil) {
      guard isWanted(name) else { return }
      let plan = Plan(network, mask: mask, batch: batch, threads: threads, execution: execution, signs: signs)
      plan.parameters = weights
      plan.fillActivations { Float(2 * random.nextUniform() - 1) }
      let emit = Emitter(plan, for: .evaluation)
      emit.forward()
      all.append((name, { emit.program.run(on: $0) }))
    }
    float("dense floats", .dense)
    float("sparse floats", .sparse)
    if !inBits {
      float("additions", .sparse, signs: weights)
    } else if isWanted("bits") {
      let packed = try PackedNetwork(network, weights, batch: batch)
      for sample in 0..<batch {
        packed.load(samples[sample * network.input.count..<(sample + 1) * network.input.count], at: sample)
      }
      all.append(("bits", { packed.run(on: $0) }))
    }
  }
}

struct BinaryRow: Encodable {
  var model: String
  var batch: Int
  var bits, way: String
  var medianSeconds: Double
  /// How many times faster than dense floats: median, least and greatest of the rounds.
  var ratio, lowRatio, highRatio: Double

  init(model: String, batch: Int, bits: String, way: String, _ seconds: Double, _ ratios: [Double]) {
    (self.model, self.batch, self.bits, self.way, medianSeconds) = (model, batch, bits, way, seconds)
    (ratio, lowRatio, highRatio) = (ratios[ratios.count / 2], ratios[0], ratios[ratios.count - 1])
  }
}

/// What `bench binary` prints.
struct BinaryResult: Encodable {
  var cpu: String
  var density: Double
  var threads: Int
  var rows: [BinaryRow]

  var text: String {
    var table = TextTable(header: [
      "network", "batch", "bits", "run as", "median", "times as fast as dense", "from", "to",
    ])
    for row in rows {
      table.rows.append(
        [row.model, "\(row.batch)", row.bits, row.way, StepResult.micro(row.medianSeconds)]
          + [row.ratio, row.lowRatio, row.highRatio].map { String(format: "%.2f", $0) })
    }
    return "density \(density), \(threads) threads, \(cpu)\n\(table.text)"
  }
}
