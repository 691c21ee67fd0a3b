import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing

/// A small detector against PyTorch: ten losses, and what ten steps leave of its parameters.
@Suite(.serialized) struct GoldenDetectorTests {
  private struct File: Decodable {
    var rate, decay: Double
    var batch: Int
    var runs: [Run]
  }

  private struct Run: Decodable {
    var boxes: OutputLoss.BoxLoss
    var losses64, parameters64, running64: [Double]
  }

  @Test(arguments: OutputLoss.BoxLoss.allCases)
  func stepsArePyTorchs(_ boxes: OutputLoss.BoxLoss) throws {
    let url = Repository.root.appendingPathComponent("Tests/Golden/detector.json")
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    let golden = try #require(file.runs.first { $0.boxes == boxes })
    let toy = try ToyDetector(FeatureShape(channels: 3, height: 12, width: 12), boxes: boxes)
    let layout = toy.architecture.layout, steps = golden.losses64.count, batch = file.batch
    let samples = Samples(
      inputs: (1...UInt32(steps)).flatMap { Golden.spread($0, batch * 432, 1) },
      labels: [Int32](repeating: 0, count: steps * batch), size: 432)
    let targets = (1...steps).flatMap { step in (0..<batch).map { Self.targets(toy, step: step, sample: $0) } }
    let drill = Drill(
      toy.architecture, start: GoldenNetworks.start(layout, density: 1).0, samples: samples, batch: batch,
      loss: toy.loss, targets: targets, update: .sgd(momentum: 0.9, decay: Float(file.decay)), threads: 2)
    for (step, expected) in golden.losses64.enumerated() {
      let loss = drill.step(first: step * batch, count: batch, rate: Float(file.rate))
      #expect(abs(loss - expected) <= 1e-5 * expected, "loss \(step) is \(loss), not \(expected)")
    }
    let found = drill.plan.parameters
    let trained = layout.entries.filter(\.isTrained).flatMap { found.values[$0.range] }
    let running = layout.entries.filter { !$0.isTrained }.flatMap { found.values[$0.range] }
    for (name, values, expected) in [
      ("parameters", trained, golden.parameters64), ("statistics", running, golden.running64),
    ] {
      #expect(values.count == expected.count)
      let largest = expected.reduce(0) { max($0, abs($1)) }
      for (i, pair) in zip(values, expected).enumerated() {
        #expect(abs(Double(pair.0) - pair.1) < 1e-5 * largest, "\(name) \(i): \(pair.0), not \(pair.1)")
      }
    }
  }

  /// By the formulas of `make_detector.py`.
  private static func targets(_ toy: ToyDetector, step: Int, sample: Int) -> [Float] {
    let count = toy.architecture.output.count
    var targets = [Float](repeating: 0, count: count)
    for term in toy.loss.terms {
      for i in term.range {
        let u = Golden.uniform(UInt32(500 + step), sample * count + i)
        let channel = (i - term.first) / term.places, place = (i - term.first) % term.places
        switch term.kind {
        case .presence(focus: 0): targets[i] = u < 0.05 ? -1 : u < 0.2 && sample % 5 != 3 ? 1 : 0
        case .presence: targets[i] = u < 0.03 ? 1 : Float(0.9 * u * u)
        case .classes: targets[i] = (place + sample) % toy.classes == channel ? 1 : 0
        case .boxes: targets[i] = Float(0.25 + 2.5 * u)
        case .masks: targets[i] = u < 0.3 && (channel == 0 || sample % 3 == 0) ? 1 : 0
        }
      }
    }
    return targets
  }
}
