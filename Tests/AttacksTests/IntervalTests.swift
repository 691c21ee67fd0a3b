import Attacks
import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing
import Training

@Suite struct IntervalTests {
  /// No random point, no attack's point and no corner of the ball leaves the bounds.
  @Test(arguments: [0.0, 0.01, 0.1], [1, 0.4])
  func noPointLeavesTheBounds(_ epsilon: Double, _ density: Double) throws {
    for architecture in try Victim.images() + [try Victim.residual(), try Victim.headed()] {
      var victim = try Victim.random(architecture, density: density)
      if let mask = victim.mask { victim.parameters = victim.parameters.masked(by: mask) }
      let network = try IntervalNetwork(architecture, victim.parameters), count = 30
      let batch = victim.batch(count), all = (0..<Int32(count)).map { $0 }
      batch.load(all[...])
      let bounds = (0..<count).map {
        let box = ProvenAccuracy.box(
          batch.cleanPixels($0), victim.data.test.source, victim.data.pixelScale, epsilon: epsilon)
        return network.bounds(low: box.low, high: box.high)
      }
      for name in ["noise", "noise:5", "fgsm", "pgd:10", "apgd-dlr:10", "square:20"] {
        let attack = try AttackCatalog.attack(named: name)
        batch.load(all[...])
        attack.perturb(batch, Threat(epsilon: epsilon), streams: AttackCatalog.streams(attack, seed: 11))
        batch.evaluate(.crossEntropy, needsGradient: false)
        for (sample, z) in batch.plan.output(count: count).enumerated() {
          for (c, value) in z.enumerated() {
            let inside = bounds[sample].low[c] <= Double(value) && Double(value) <= bounds[sample].high[c]
            #expect(
              inside,
              "\(architecture.name), \(name), sample \(sample): \(value) outside \(bounds[sample].low[c]) ... \(bounds[sample].high[c])"
            )
          }
        }
      }
      // And they are of use: at a point they are as tight as single precision.
      if epsilon == 0 {
        #expect(bounds.allSatisfy { zip($0.low, $0.high).allSatisfy { $1 - $0 < 1e-3 } }, "\(architecture.name)")
      }
    }
  }

  @Test func masksAndZerosHaveTheSameBounds() throws {
    for architecture in try Victim.images() {
      let victim = try Victim.random(architecture, density: 0.3), mask = victim.mask!
      let masked = try IntervalNetwork(architecture, victim.parameters.masked(by: mask))
      var zeros = victim.parameters
      for i in zeros.values.indices where !mask.keeps[i] { zeros.values[i] = 0 }
      let dense = try IntervalNetwork(architecture, zeros)
      let low = [Double](repeating: -0.2, count: architecture.input.count), high = low.map { -$0 }
      let a = masked.bounds(low: low, high: high), b = dense.bounds(low: low, high: high)
      #expect(a.low == b.low && a.high == b.high)
    }
  }

  /// What is proven withstands every attack.
  @Test func provenSamplesWithstandAttacks() throws {
    let victim = try Victim.trained.get(), epsilon = 0.01, subset = (0..<Int32(200)).map { $0 }
    let proven = ProvenAccuracy.isProven(
      try IntervalNetwork(victim.architecture, victim.parameters), victim.data.test, victim.data.pixelScale,
      subset: subset, epsilon: epsilon, threads: 2)
    #expect(proven.count { $0 } > 20)
    for attack in [PGD(steps: 20) as any Attack, APGD(.logitRatio, steps: 30)] {
      let right = victim.attacked(attack, Threat(epsilon: epsilon), count: 200).right
      #expect(zip(proven, right).allSatisfy { !$0 || $1 })
    }
  }
}
