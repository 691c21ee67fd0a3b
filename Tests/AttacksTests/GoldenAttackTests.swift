import Attacks
import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// Perturbed samples against those of PyTorch (`Tests/Golden/make_attacks.py`).
@Suite struct GoldenAttackTests {
  struct File: Decodable {
    struct Case: Decodable {
      var network, attack, ball: String
      var epsilon, step: Double
      var steps: Int
      var pixels: [Float]
    }
    var cases: [Case]
  }

  @Test func perturbationsAgreeWithPyTorch() throws {
    let url = Repository.root.appendingPathComponent("Tests/Golden/attacks.json")
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    #expect(file.cases.count == 8)
    for golden in file.cases {
      let (architecture, parameters) = try network(golden.network), batch = try batch(architecture, parameters)
      let attack: any Attack =
        golden.attack == "fgsm" ? FGSM() : PGD(steps: golden.steps, stepSize: golden.step, stopsEarly: false)
      let threat = Threat(Ball(rawValue: golden.ball)!, epsilon: golden.epsilon)
      batch.load((0..<9).map { Int32($0) }[...])
      let p = batch.perturbation
      if golden.attack == "fgsm" {
        attack.perturb(batch, threat, streams: AttackCatalog.streams(attack, seed: 0))
      } else {
        // The last iterate, not the strongest.
        p.radius.fill(p.scale.stored(threat.epsilon))
        p.stepSize.fill(p.scale.stored(golden.step))
        for _ in 0..<golden.steps {
          batch.evaluate(.crossEntropy, needsGradient: true)
          batch.step(threat.ball == .maximum ? .sign : .gradient, threat.ball)
        }
      }
      let found = (0..<9).flatMap { batch.pixels($0) }
      let wrong = zip(found, golden.pixels).enumerated().filter { abs($1.0 - $1.1) > 2e-5 }
      #expect(
        wrong.isEmpty,
        "\(golden.network), \(golden.attack), \(golden.ball): \(wrong.count) of \(found.count) differ, first \(wrong.first.map { "\($0)" } ?? "")"
      )
    }
  }

  private func network(_ name: String) throws -> (Architecture, Parameters) {
    let isFlat = name == "perceptron"
    var architecture = Architecture(
      name: name,
      input: isFlat ? FeatureShape(channels: 1, height: 3, width: 4) : FeatureShape(channels: 2, height: 4, width: 6))
    if isFlat {
      try architecture.append("first", Linear(17))
      try architecture.append("relu", Rectifier())
      try architecture.append("second", Linear(5))
    } else {
      try architecture.append("first", Convolution(3, kernel: 3, padding: 1))
      try architecture.append("relu", Rectifier())
      try architecture.append("pool", MaxPool())
      try architecture.append("second", Linear(4))
    }
    var parameters = Parameters(zerosFor: architecture.layout)
    for (i, entry) in architecture.layout.entries.enumerated() {
      let values = Golden.spread(UInt32(10 + i), entry.count, [0.4, 0.2, 0.5, 0.2][i])
      parameters.values.replaceSubrange(entry.range, with: values)
    }
    return (architecture, parameters)
  }

  private func batch(_ architecture: Architecture, _ parameters: Parameters) throws -> AttackedBatch {
    let size = architecture.input.count, classes = architecture.output.count
    let pixels = (0..<9 * size).map { Float(Golden.uniform(3, $0)) }
    let labels = (0..<9).map { Int32(Golden.word(4, $0) % UInt32(classes)) }
    let store = try TrainingData(
      Samples(inputs: pixels, labels: labels, size: size).images(architecture.input, classes: classes),
      validationCount: 1, seed: 0
    ).test
    let source = SampleSource(
      pixels: store.source.pixels, multipliers: [Float](repeating: 1 / 0.3, count: architecture.input.channels),
      shifts: [Float](repeating: -0.5 / 0.3, count: architecture.input.channels))
    return AttackedBatch(
      architecture, parameters, samples: SampleStore(store, source: source),
      scale: PixelScale(lowest: 0, highest: 1, perUnit: 1), batch: 9, pool: ThreadPool(threads: 1))
  }
}
