import Attacks
import Basics
import Datasets
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// Attacks that look for the smallest perturbation, where it is known.
@Suite struct MinimumNormTests {
  /// A linear network of several classes on 20 numbers.
  private struct Linear {
    var victim: Victim
    let classes: Int
    /// Slopes of the outputs by the stored numbers, and outputs at zero: [class].
    let slopes: [[Double]]
    let offsets: [Double]

    /// - Parameter isNarrow: Whether the samples reach the ends of their range, so that perturbations meet these.
    init(classes: Int, isNarrow: Bool) throws {
      var architecture = Architecture(name: "linear", input: FeatureShape(channels: 1, height: 1, width: 20))
      try architecture.append("fc", Networks.Linear(classes))
      if isNarrow {
        victim = try Victim.random(architecture)
      } else {
        var samples = Samples.random(62, size: 20, classes: classes)
        for i in 0..<20 { (samples.inputs[60 * 20 + i], samples.inputs[61 * 20 + i]) = (-9, 9) }
        let data = try TrainingData(samples.dataset(classes: classes), validationCount: 5, seed: 0)
        let parameters = Initializer.torchUniform.parameters(for: architecture.layout, seed: 5)
        victim = Victim(architecture: architecture, parameters: parameters, data: data)
      }
      let source = victim.data.test.source, values = victim.parameters.values.map(Double.init)
      let (multiplier, shift) = (Double(source.multipliers[0]), Double(source.shifts[0]))
      let weights = (0..<classes).map { Array(values[$0 * 20..<$0 * 20 + 20]) }
      self.classes = classes
      slopes = weights.map { $0.map { $0 * multiplier } }
      offsets = weights.indices.map { values[classes * 20 + $0] + shift * weights[$0].reduce(0, +) }
    }

    /// The smallest perturbation of a sample over all other classes: along the signs of the slopes or the slopes, clipped to
    /// the range, so far that the outputs are equal; by bisection.
    func distance(_ clean: [Double], label: Int, _ ball: Ball) -> Double {
      let scale = victim.data.pixelScale, low = Double(scale.lowest), high = Double(scale.highest)
      return (0..<classes).filter { $0 != label }.map { other in
        let slope = zip(slopes[other], slopes[label]).map(-)
        func moved(_ length: Double) -> [Double] {
          zip(clean, slope).map { min(high, max(low, $0 + length * (ball == .maximum ? ($1 > 0 ? 1 : -1) : $1))) }
        }
        func isAhead(_ x: [Double]) -> Bool {
          zip(x, slope).reduce(offsets[other] - offsets[label]) { $0 + $1.0 * $1.1 } > 0
        }
        var (near, far) = (0.0, 1e6)
        guard isAhead(moved(far)) else { return .infinity }
        for _ in 0..<80 {
          if isAhead(moved((near + far) / 2)) { far = (near + far) / 2 } else { near = (near + far) / 2 }
        }
        let way = zip(moved(far), clean).map { abs($0 - $1) }
        return (ball == .maximum ? way.max()! : way.reduce(0) { $0 + $1 * $1 }.squareRoot()) / scale.perUnit
      }.min()!
    }

    func found(_ attack: any MinimumNormAttack, _ ball: Ball) -> [(found: Double, exact: Double)] {
      let clean = victim.attacked(nil, Threat(epsilon: 0), count: 60), batch = victim.batch()
      batch.load((0..<60).map { Int32($0) }[...])
      let distances = attack.smallestPerturbations(batch, ball, streams: AttackCatalog.streams(attack, seed: 1))
      return (0..<60).map { sample in
        let exact = distance(clean.pixels[sample].map(Double.init), label: batch.label(sample), ball)
        return (distances[sample], clean.right[sample] ? exact : 0)
      }
    }
  }

  /// On a linear network the boundary is where it seems to be.
  @Test(arguments: [2, 5], Ball.allCases)
  func distancesOfALinearNetworkAreExact(_ classes: Int, _ ball: Ball) throws {
    let linear = try Linear(classes: classes, isNarrow: false)
    var attacks: [(any MinimumNormAttack, Double)] = [
      (DeepFool(), 1.0201), (FAB(steps: 30), 1.02), (FAB(steps: 30, restarts: 2), 1.02),
      (FAB(steps: 30, isTargeted: true), 1.02),
    ]
    if ball == .euclidean { attacks.append((CarliniWagner(), 1.05)) }
    for (attack, most) in attacks {
      let distances = linear.found(attack, ball)
      #expect(distances.count { $0.exact > 0 } >= 5)
      for (found, exact) in distances {
        let isExact = found >= exact * 0.9999 - 1e-5 && found <= exact * most + 1e-5
        #expect(isExact, "\(attack.text), \(ball): \(found), not \(exact)")
      }
    }
  }

  /// Where the nearest wrong point lies at the ends of the range, FAB finds it there.
  @Test(arguments: [2, 5], Ball.allCases)
  func rangesAreKeptTo(_ classes: Int, _ ball: Ball) throws {
    let distances = try Linear(classes: classes, isNarrow: true).found(FAB(steps: 60), ball)
    #expect(distances.count { $0.exact > 0 } >= 5)
    for (found, exact) in distances where exact.isFinite {
      #expect(found >= exact * 0.9999 && found <= exact * 1.02, "\(ball): \(found), not \(exact)")
    }
  }

  /// On a trained network, the stronger the search the smaller what it finds, and any radius beyond it is enough.
  @Test func searchesAgreeOnATrainedNetwork() throws {
    let victim = try Victim.trained.get()
    func median(_ attack: any MinimumNormAttack, _ ball: Ball) throws -> Double {
      var test = try RobustTest(Threat(ball, epsilon: 0.02), attacks: [attack])
      (test.samples, test.batch) = (40, 64)
      let outcome = try test.run(
        victim.architecture, victim.parameters, mask: nil, data: victim.data, pool: ThreadPool(threads: 2))
      return try #require(outcome.results[0].medianDistance)
    }
    let fool = try (median(DeepFool(), .maximum), median(DeepFool(), .euclidean))
    let fab = try (
      median(FAB(steps: 30, isTargeted: true), .maximum), median(FAB(steps: 30, isTargeted: true), .euclidean)
    )
    let others = try (median(FMN(steps: 200), .maximum), median(CarliniWagner(steps: 200, searches: 8), .euclidean))
    #expect(fab.0 <= fool.0 && fab.0 <= 1.05 * others.0 && others.0 <= 1.3 * fab.0, "\(fool.0), \(fab.0), \(others.0)")
    #expect(fab.1 <= fool.1 && fab.1 <= 1.05 * others.1 && others.1 <= 1.1 * fab.1, "\(fool.1), \(fab.1), \(others.1)")
    let left = victim.accuracy(FAB(steps: 20, isTargeted: true), epsilon: fab.0, count: 60)
    #expect(abs(left - 0.5) < 0.15, "\(left) at the median distance")
  }

  /// What one of the four finds, all together find as well; and each only looks at what is left.
  @Test func autoAttackIsAsStrongAsEachOfItsFour() throws {
    let victim = try Victim.trained.get(), threat = Threat(epsilon: 0.06), auto = AutoAttack(steps: 4)
    #expect(
      AutoAttack().attacks.map(\.text) == ["apgd-ce:100", "apgd-t:100x9", "fab-t:100", "square:5000"])
    func right(_ attack: any Attack) -> [Bool] { victim.attacked(attack, threat, count: 90, batch: 40).right }
    let together = right(auto), alone = auto.attacks.map { right($0) }
    #expect(together.contains(true) && together.contains(false))
    for (attack, right) in zip(auto.attacks, alone) {
      #expect(zip(together, right).allSatisfy { !$0 || $1 }, "\(attack.text) finds more alone")
    }
    for sample in together.indices { #expect(together[sample] == alone.allSatisfy { $0[sample] }) }
  }

  /// More classes find more; the first is that of the form without a second number.
  @Test func targetsInTurnFindMore() throws {
    let victim = try Victim.trained.get(), threat = Threat(epsilon: 0.06)
    func right(_ name: String) throws -> [Bool] {
      victim.attacked(try AttackCatalog.attack(named: name), threat, count: 200, batch: 128, threads: 2).right
    }
    let one = try right("apgd-t:10"), nine = try right("apgd-t:10x9")
    #expect(zip(one, nine).allSatisfy { $0 || !$1 })
    #expect(one.count { $0 } > nine.count { $0 })
  }

  @Test func secondNumbersHaveTheirUsualValues() throws {
    #expect(try AttackCatalog.attack(named: "cw").text == "cw:200x9")
    #expect(try AttackCatalog.attack(named: "cw:50x1").text == "cw:50x1")
    #expect(try AttackCatalog.attack(named: "fab").text == "fab:100")
    #expect(try AttackCatalog.attack(named: "autoattack").text == "autoattack")
    #expect(throws: Problem.self) { try RobustTest(Threat(epsilon: 0.1), attacks: [CarliniWagner()]) }
  }
}
