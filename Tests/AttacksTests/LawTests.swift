import Attacks
import Basics
import Foundation
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// Laws of every attack in the catalogue.
@Suite struct LawTests {
  static let names = AttackCatalog.all.flatMap { $0.examples }

  @Test func namesAreRead() throws {
    for type in AttackCatalog.all { #expect(!type.examples.isEmpty, "\(type.name) has no example") }
    for name in Self.names { #expect(try AttackCatalog.attack(named: name).text == name) }
    let all = AttackCatalog.all.flatMap { $0.names }
    #expect(Set(all).count == all.count, "two attacks have one name")
  }

  @Test(arguments: names)
  func perturbationsStayInBallAndRange(_ name: String) throws {
    let attack = try AttackCatalog.attack(named: name)
    for architecture in try Victim.images() {
      let victim = try Victim.random(architecture)
      let clean = victim.attacked(nil, Threat(epsilon: 0), count: 40).pixels
      for (ball, epsilon) in [(Ball.maximum, 8.0 / 255), (.maximum, 0.3), (.euclidean, 0.7)]
      where attack.balls.contains(ball) {
        let found = victim.attacked(attack, Threat(ball, epsilon: epsilon), count: 40).pixels
        var hasMoved = false
        for (a, b) in zip(found, clean) {
          #expect(a.allSatisfy { 0 <= $0 && $0 <= 255 })
          let d = zip(a, b).map { Double($0) - Double($1) }, stored = 255 * epsilon
          let size = ball == .maximum ? d.map(abs).max()! : d.reduce(0) { $0 + $1 * $1 }.squareRoot()
          #expect(size <= stored * (1 + 1e-5), "\(name), \(ball): \(size) of \(stored)")
          hasMoved = hasMoved || size > 0
        }
        // The smallest perturbations may all lie outside a small ball.
        #expect(hasMoved || attack is any MinimumNormAttack, "\(name), \(ball), \(epsilon)")
      }
    }
  }

  @Test(arguments: names)
  func epsilonZeroChangesNothing(_ name: String) throws {
    let attack = try AttackCatalog.attack(named: name)
    for architecture in try Victim.images() {
      let victim = try Victim.random(architecture)
      let clean = victim.attacked(nil, Threat(epsilon: 0), count: 40)
      let found = victim.attacked(attack, Threat(attack.balls.last!, epsilon: 0), count: 40)
      #expect(found.pixels == clean.pixels)
      #expect(found.right == clean.right)
      let run = Run(
        victim.architecture, start: victim.parameters, recipe: Recipe(), data: victim.data, pool: ThreadPool(threads: 1)
      )
      let all = victim.attacked(attack, Threat(attack.balls.last!, epsilon: 0), count: 90).right
      #expect(Double(all.count { $0 }) / 90 == run.evaluate(.test).accuracy)
    }
  }

  /// Neither batch, nor threads, nor kernels matter; random numbers belong to samples.
  @Test(arguments: names)
  func perturbationsBelongToSamples(_ name: String) throws {
    let attack = try AttackCatalog.attack(named: name)
    for architecture in try Victim.images() {
      let victim = try Victim.random(architecture, density: 0.5), threat = Threat(attack.balls.last!, epsilon: 0.1)
      let one = victim.attacked(attack, threat, count: 50, batch: 64, execution: .dense).pixels
      let other = victim.attacked(attack, threat, count: 50, batch: 20, threads: 3, execution: .sparse).pixels
      let difference = BitComparison(one.flatMap { $0 }, other.flatMap { $0 })
      #expect(difference.isEqual, "\(name) on \(architecture.name): \(difference)")
    }
  }

  @Test func unknownAttacksAreRefused() {
    for name in ["", "pdg:20", "pgd:0", "pgd:20x0", "pgd:20x2x3", "square:x", "apgd-x:3"] {
      #expect(throws: Problem.self, "\(name)") { try AttackCatalog.attack(named: name) }
    }
    #expect(throws: Problem.self) { try RobustTest(Threat(.euclidean, epsilon: 1), attacks: [SquareAttack()]) }
  }
}
