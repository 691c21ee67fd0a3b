import Analysis
import Basics
import Experiments
import Foundation
import Methods
import Pages

/// Records of searches to make pages from: numbers as LeNet-300-100 gives them on Fashion-MNIST.
enum FindFixture {
  /// A result as older versions wrote it.
  private struct Result: Encodable {
    var dense: Arm
    var rounds: [Round]
    var ticket: Ticket?
  }

  private struct Arm: Encodable {
    var testAccuracy, earlyStopStep, earlyStopTestAccuracy, validationAccuracy: Interval
    var curve: [CurvePoint]
  }

  private struct Round: Encodable {
    var round, remaining: Int
    var density: Double
    var ticket: Arm
    var reinit, shuffled, random: Arm?
    var layers: [LayerCount]
    var inputConnections: [Int]
  }

  private struct Ticket: Encodable {
    var path, digest: String
    var bytes: Int
    var density: Double
    var round: Int
  }

  static let layers = [("fc1", 235_200, 0.8), ("fc2", 30_000, 0.8), ("fc3", 1_000, 0.9)]

  /// - Parameters:
  ///   - rounds: rounds of pruning 20 % of the surviving weights (10 % in the output layer).
  ///   - controls: whether re-initialised, shuffled and random networks were trained as well.
  static func search(
    rounds: Int = 12, seeds: Int = 5, controls: Bool = true, points: Int = 31, fraction: Double = 0.2
  ) -> Record<FindFinding> {
    let seeds = (0..<seeds).map { UInt64($0) }
    let dense = arm(accuracy: 0.8812, stop: 5200, seeds: seeds, points: points, stream: 1)
    let all = (0..<rounds).map {
      level(round: $0 + 1, seeds: seeds, controls: controls, points: points, fraction: fraction)
    }
    let best = all.isEmpty ? nil : all[min(7, all.count - 1)]
    let result = Result(dense: dense, rounds: all, ticket: best.map(summary))
    let finding = try! JSONDecoder().decode(FindFinding.self, from: JSONEncoder().encode(result))
    var record = Record(
      command: "find", settings: settings, seeds: seeds, dataset: dataset, finding: finding,
      reproduce: "tombola find --data fashion-mnist --rounds \(rounds) --seeds \(seeds.count)")
    (record.verdict, record.seconds, record.residentBytes) = (verdict(best, dense), seconds, 214_958_080)
    return record
  }

  static let settings = [
    "model": "lenet-300-100", "optimizer": "adam", "learningRate": "0.0012", "batchSize": "60", "epochs": "20ep",
    "criterion": "magnitude", "allocation": "layerwise", "fraction": "0.2", "rewind": "0",
  ]

  static let dataset = DatasetSummary(
    name: "Fashion-MNIST", source: "Debian package dataset-fashion-mnist", shape: [1, 28, 28], classes: 10,
    trainCount: 55_000, validationCount: 5_000, testCount: 10_000,
    normalisation: "Mean 0.2860 subtracted, divided by the standard deviation 0.3530, both of the training images.")

  static let seconds: [String: Double] = [
    "data": 1.4, "dense": 21.7, "ticket": 96.2, "controls": 187.9, "evaluation": 12.6, "total": 321.3,
  ]

  /// Results at the edges of what a search can give.
  enum Unusual: CaseIterable {
    case noControls, oneSeed, noCurves, onePoint, noRounds, oneRound, manyRounds

    var record: Record<FindFinding> {
      switch self {
      case .noControls: search(controls: false)
      case .oneSeed: search(seeds: 1)
      case .noCurves: search(points: 0)
      case .onePoint: search(points: 1)
      case .noRounds: search(rounds: 0)
      case .oneRound: search(rounds: 1)
      case .manyRounds: search(rounds: 300, seeds: 2, points: 40, fraction: 0.01)
      }
    }
  }

  private static func verdict(_ best: Round?, _ dense: Arm) -> [String] {
    guard let best else { return [] }
    let density = Format.density(best.density)
    let lead = best.ticket.testAccuracy.mean - dense.testAccuracy.mean
    let first = "At \(density) of the weights the ticket leads the dense network by \(Format.points(lead)) points."
    guard let reinit = best.reinit, let shuffled = best.shuffled else { return [first] }
    let leads = [reinit, shuffled].map { Format.points(best.ticket.testAccuracy.mean - $0.testAccuracy.mean) }
    return [first, "It leads the re-initialised network by \(leads[0]) points and the shuffled mask by \(leads[1])."]
  }

  private static func summary(_ round: Round) -> Ticket {
    Ticket(
      path: "runs/5f0c2a81/ticket.safetensors",
      digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", bytes: 186_412,
      density: round.density,
      round: round.round)
  }

  private static func level(
    round: Int, seeds: [UInt64], controls: Bool, points: Int, fraction: Double
  ) -> Round {
    let counts = layers.map { name, weights, keep in
      let rate = 1 - (1 - keep) * fraction / 0.2
      return LayerCount(
        name: name, weights: weights, remaining: Int((Double(weights) * pow(rate, Double(round))).rounded()))
    }
    let remaining = counts.reduce(0) { $0 + $1.remaining }
    let density = Double(remaining) / 266_200, depth = -log(density)
    func control(_ slope: Double, _ stream: Int) -> Arm? {
      guard controls else { return nil }
      let loss = slope * depth * depth, stop = 5200 + 900 * depth
      return arm(accuracy: 0.881 - loss, stop: stop, seeds: seeds, points: points, stream: 10 * round + stream)
    }
    let bonus = 0.004 * depth * exp(1 - depth * 0.8) - 0.0012 * max(0, depth - 2.2)
    return Round(
      round: round, remaining: remaining, density: density,
      ticket: arm(
        accuracy: 0.8812 + bonus, stop: 5200 - 900 * depth * exp(-0.25 * depth), seeds: seeds, points: points,
        stream: 10 * round + 2),
      reinit: control(0.0031, 3), shuffled: control(0.0022, 4), random: control(0.0026, 5), layers: counts,
      inputConnections: inputs(density: Double(counts[0].remaining) / 235_200, stream: round))
  }

  private static func arm(accuracy: Double, stop: Double, seeds: [UInt64], points: Int, stream: Int) -> Arm {
    let draws = seeds.map { noise(stream, Int($0)) }
    let final = interval(draws.map { accuracy + 0.0016 * $0 })
    return Arm(
      testAccuracy: final, earlyStopStep: interval(draws.map { (stop + 500 * $0).rounded() }),
      earlyStopTestAccuracy: interval(draws.map { accuracy - 0.002 + 0.0014 * $0 }),
      validationAccuracy: interval(draws.map { accuracy + 0.004 + 0.0015 * $0 }),
      curve: curve(to: accuracy, stop: stop, points: points, stream: stream))
  }

  private static func curve(to accuracy: Double, stop: Double, points: Int, stream: Int) -> [CurvePoint] {
    (0..<points).map { i in
      let step = 600 * i, progress = 1 - exp(-Double(step) / (0.16 * stop + 200))
      let jitter = i == 0 ? 0 : 0.0012 * noise(stream, 1000 + i)
      let overfit = 0.10 * max(0, Double(step) - stop) / 18_000
      let reached = 0.1 + (accuracy - 0.1) * progress + jitter
      let loss = 2.31 + (0.335 + (0.8812 - accuracy) * 2.5 - 2.31) * progress + overfit + jitter
      return CurvePoint(step: step, validationLoss: loss, validationAccuracy: reached + 0.004, testAccuracy: reached)
    }
  }

  private static func interval(_ values: [Double]) -> Interval { Interval(of: values) }

  /// Connections crowd in the middle of the picture, as clothes do.
  private static func inputs(density: Double, stream: Int) -> [Int] {
    (0..<784).map { pixel in
      let row = Double(pixel / 28) - 13.5, column = Double(pixel % 28) - 13.5
      let distance = (row * row + 1.3 * column * column) / 180
      let weight = exp(-distance * (1 - density) * 2.2), crowding = 1 + 1.1 * (1 - density)
      return max(0, min(300, Int((300 * density * weight * crowding * (1 + 0.12 * noise(stream, pixel))).rounded())))
    }
  }

  /// A repeatable value, roughly normal: four uniform ones of a SplitMix64 sequence.
  private static func noise(_ stream: Int, _ index: Int) -> Double {
    var state = UInt64(truncatingIfNeeded: stream &* 1_000_003 &+ index)
    let sum = (0..<4).reduce(0.0) { sum, _ in
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return sum + Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
    }
    return (sum - 2) * 1.73
  }
}
