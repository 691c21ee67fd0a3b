import Attacks
import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// What attacks reach on a trained network without defence.
@Suite struct StrengthTests {
  @Test(arguments: [0.05, 0.1, 0.2])
  func strongerAttacksLeaveLess(_ epsilon: Double) throws {
    let victim = try Victim.trained.get(), clean = victim.accuracy(nil, epsilon: 0)
    let noise = victim.accuracy(RandomNoise(), epsilon: epsilon), one = victim.accuracy(PGD(steps: 1), epsilon: epsilon)
    let twenty = victim.accuracy(PGD(steps: 20), epsilon: epsilon)
    #expect(clean > 0.85, "the victim is right on \(clean)")
    // Noise may happen to put a sample right.
    #expect(one <= clean && noise <= clean + 0.01, "clean \(clean), noise \(noise), PGD-1 \(one)")
    #expect(twenty <= one + 0.005, "PGD-20 \(twenty), PGD-1 \(one)")
    let auto = [APGD.Kind.crossEntropy, .logitRatio].map {
      victim.attacked(APGD($0, steps: 50), Threat(epsilon: epsilon), count: 300, batch: 128).right
    }
    let worst = Double(zip(auto[0], auto[1]).count { $0 && $1 }) / 300
    #expect(worst <= twenty + 0.005, "APGD \(worst), PGD-20 \(twenty)")
    for right in auto { #expect(Double(right.count { $0 }) / 300 <= twenty + 0.01, "PGD-20 \(twenty)") }
    #expect(abs(victim.accuracy(FGSM(), epsilon: epsilon) - one) <= 0.01)
    #expect(victim.accuracy(SquareAttack(queries: 200), epsilon: epsilon) <= noise)
  }

  /// What never gets worse than the best of one run, over restarts.
  @Test func restartsHelp() throws {
    let victim = try Victim.trained.get()
    let one = victim.accuracy(PGD(steps: 5), epsilon: 0.08),
      three = victim.accuracy(PGD(steps: 5, restarts: 3), epsilon: 0.08)
    #expect(three <= one)
  }

  @Test func nothingWithstandsALargeRadius() throws {
    let victim = try Victim.trained.get()
    #expect(victim.accuracy(PGD(steps: 40), epsilon: 1) == 0)
    #expect(victim.accuracy(APGD(.logitRatio, steps: 50), epsilon: 1) == 0)
    #expect(victim.accuracy(PGD(steps: 40), epsilon: 8, .euclidean) == 0)
  }

  /// FGSM of a linear model with two classes moves every pixel by epsilon against the label's weights.
  @Test func fgsmOfALinearModelIsItsClosedForm() throws {
    var architecture = Architecture(name: "linear", input: FeatureShape(channels: 1, height: 4, width: 5))
    try architecture.append("fc", Linear(2))
    let victim = try Victim.random(architecture), weights = victim.parameters.values, epsilon = 0.125
    let clean = victim.attacked(nil, Threat(epsilon: 0), count: 30).pixels
    let found = victim.attacked(FGSM(), Threat(epsilon: epsilon), count: 30).pixels
    for sample in clean.indices {
      let label = sample % 2
      let expected = clean[sample].enumerated().map { i, pixel in
        let slope = weights[(1 - label) * 20 + i] - weights[label * 20 + i]
        return min(255, max(0, pixel + (slope > 0 ? 1 : -1) * Float(255 * epsilon)))
      }
      #expect(found[sample] == expected, "sample \(sample)")
    }
  }

  /// The distance to a linear model's boundary is margin / |difference of weights|_1.
  @Test func smallestPerturbationOfALinearModel() throws {
    var architecture = Architecture(name: "linear", input: FeatureShape(channels: 1, height: 1, width: 20))
    try architecture.append("fc", Linear(2))
    var samples = Samples.random(62, size: 20, classes: 2)
    // Two samples that are not attacked widen the range of pixels.
    for i in 0..<20 { (samples.inputs[60 * 20 + i], samples.inputs[61 * 20 + i]) = (-3, 3) }
    let data = try TrainingData(samples.dataset(classes: 2), validationCount: 5, seed: 0)
    let parameters = Initializer.torchUniform.parameters(for: architecture.layout, seed: 5)
    let victim = Victim(architecture: architecture, parameters: parameters, data: data), batch = victim.batch()
    batch.load((0..<60).map { Int32($0) }[...])
    batch.evaluate(.margin, needsGradient: true)
    batch.measure()
    let p = batch.perturbation
    let expected = (0..<60).map { p.isRight($0) ? Double(p.margin($0)) / Double(p.norms[$0]) / p.scale.perUnit : 0 }
    let found = FMN(steps: 200).smallestPerturbations(batch)
    for sample in 0..<60 where expected[sample] < 0.3 {
      #expect(found[sample] >= expected[sample] * 0.999, "sample \(sample)")
      #expect(
        found[sample] <= expected[sample] * 1.15 + 2e-3, "sample \(sample): \(found[sample]), not \(expected[sample])")
    }
  }
}
