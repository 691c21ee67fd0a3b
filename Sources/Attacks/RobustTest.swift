import Basics
import Datasets
import Foundation
public import Lanes
public import Networks
public import Training

/// What one attack did to a network.
public struct AttackResult: Codable, Equatable, Sendable {
  /// With its settings: `pgd:20`.
  public var name: String
  /// Whether it saw outputs alone.
  public var isBlackBox: Bool
  /// Share of the samples that stayed right.
  public var accuracy: Double
  public var seconds: Double
  /// Passes over the network a sample at most, forward and backward.
  public var forwardPasses: Int
  public var backwardPasses: Int
  /// Median over the samples that are right without attack of the smallest perturbation found, in the data's values; `nil`
  /// for attacks that look for none, or if half of these samples have none.
  public var medianDistance: Double?
}

/// Accuracy at one radius.
public struct RobustPoint: Codable, Equatable, Sendable {
  public var epsilon: Double
  public var accuracy: Double
}

/// Attacks a network on a fixed choice of test samples.
public struct RobustTest {
  public var threat: Threat
  public var attacks: [any Attack]
  public var samples = 1000
  /// Of the choice of samples and of the attacks' random numbers.
  public var seed: UInt64 = 0
  public var batch = 128
  /// Called before every attack with its name.
  public var progress: (String) -> Void = { _ in }

  /// - Throws: `Problem.usage` if an attack does not know the ball.
  public init(_ threat: Threat, attacks: [any Attack]) throws {
    for attack in attacks where !attack.balls.contains(threat.ball) {
      throw Problem.usage(
        "\(attack.text) does not know the ball \(threat.ball.rawValue).",
        remedy: "Leave it out of --attacks, or use --ball \(attack.balls[0].rawValue).")
    }
    self.threat = threat
    self.attacks = attacks
  }

  /// Places of the attacked samples in their split, ascending. Stream: `attack/subset`.
  public func subset(of store: SampleStore) -> [Int32] { store.places(samples, seed: seed, "attack/subset") }

  /// Those of the attacked samples that bounds are computed for. Stream: `attack/bounds`.
  public func bounded(_ count: Int, of store: SampleStore) -> [Int32] {
    let attacked = subset(of: store), stream = RandomStream(seed: seed, "attack/bounds")
    return SampleDraw.places(count, of: attacked.map { store.labels[Int($0)] }, by: stream).map { attacked[Int($0)] }
  }

  /// One sample as an attack leaves it.
  public struct Sample: Sendable {
    public var isRight: Bool
    /// The class of the largest output.
    public var prediction: Int
    /// Length of the perturbation in the data's values, measured as the ball is.
    public var distance: Double
  }

  /// What the attacks found: who stays right, by sample.
  public struct Outcome {
    /// Places of the samples in their split.
    public var places: [Int32]
    /// Without attack, and under each.
    public var clean: [Sample]
    public var attacked: [[Sample]] = []
    public var results: [AttackResult]
    public var cleanRight: [Bool] { clean.map(\.isRight) }
    public var right: [[Bool]] { attacked.map { $0.map(\.isRight) } }
    public var curve: [RobustPoint]
    /// Share of samples whose cross-entropy has no gradient at all.
    public var zeroGradients: Double
    public var cleanAccuracy: Double { RobustTest.share(cleanRight) }
    /// Share of samples that are right without attack and under every attack.
    public var worstCase: Double {
      RobustTest.share(cleanRight.indices.map { sample in cleanRight[sample] && right.allSatisfy { $0[sample] } })
    }
  }

  /// - Throws: `Problem.usage` if an attack's loss needs more classes; `Interruption.problem`.
  public func run(
    _ architecture: Architecture, _ parameters: Parameters, mask: Mask?, data: TrainingData, pool: ThreadPool,
    execution: Execution = .automatic
  ) throws -> Outcome {
    for attack in attacks where attack.fewestClasses > architecture.output.count {
      throw Problem.usage(
        "\(attack.text) needs \(attack.fewestClasses) classes; the network has \(architecture.output.count).",
        remedy: "Leave it out of --attacks.")
    }
    let target = AttackedBatch(
      architecture, parameters, mask: mask, samples: data.test, scale: data.pixelScale, batch: batch, pool: pool,
      execution: execution)
    let subset = subset(of: data.test)
    progress("clean")
    let clean = try samples(target, subset) { _ in }
    var outcome = Outcome(
      places: subset, clean: clean, results: [], curve: [], zeroGradients: zeroGradients(target, subset))
    for attack in attacks {
      progress(attack.text)
      let (found, result) = try run(attack, target, subset, threat)
      outcome.attacked.append(found)
      outcome.results.append(result)
    }
    for epsilon in curveEpsilons(data.pixelScale, count: architecture.input.count) {
      progress(String(format: "curve at epsilon %.4f", epsilon))
      let at = Threat(threat.ball, epsilon: epsilon)
      let accuracy = epsilon == 0 ? outcome.cleanAccuracy : try run(PGD(steps: 20), target, subset, at).1.accuracy
      outcome.curve.append(RobustPoint(epsilon: epsilon, accuracy: accuracy))
    }
    return outcome
  }

  /// Multiples of epsilon, and the data's whole range, in which any network falls to nothing.
  ///
  /// - Parameter count: Numbers of a sample.
  func curveEpsilons(_ scale: PixelScale, count: Int) -> [Double] {
    [0, 0.25, 0.5, 1, 2, 4].map { $0 * threat.epsilon } + [scale.longest(threat.ball, count: count)]
  }

  private func run(_ attack: any Attack, _ target: AttackedBatch, _ subset: [Int32], _ threat: Threat) throws -> (
    [Sample], AttackResult
  ) {
    let began = DispatchTime.now().uptimeNanoseconds, passes = (target.forwardPasses, target.backwardPasses)
    let streams = AttackCatalog.streams(attack, seed: seed)
    var distances: [Double] = []
    let found = try samples(target, subset) { batch in
      guard let search = attack as? any MinimumNormAttack else {
        return attack.perturb(batch, threat, streams: streams)
      }
      distances += search.measure(batch, threat, streams: streams)
    }
    let sizes = distances.filter { $0 > 0 }.sorted(), median = sizes.isEmpty ? .infinity : sizes[sizes.count / 2]
    let batches = (subset.count + batch - 1) / batch
    let result = AttackResult(
      name: attack.text, isBlackBox: attack.isBlackBox, accuracy: Self.share(found.map(\.isRight)),
      seconds: Double(DispatchTime.now().uptimeNanoseconds - began) / 1e9,
      forwardPasses: (target.forwardPasses - passes.0) / batches - 1,
      backwardPasses: (target.backwardPasses - passes.1) / batches, medianDistance: median.isFinite ? median : nil)
    return (found, result)
  }

  /// The samples after the attack: the network is asked again, whatever the attack believes.
  private func samples(_ target: AttackedBatch, _ subset: [Int32], _ attack: (AttackedBatch) -> Void) throws -> [Sample]
  {
    var found: [Sample] = []
    for first in stride(from: 0, to: subset.count, by: batch) {
      if Interruption.isRequested { throw Interruption.problem }
      target.load(subset[first..<min(first + batch, subset.count)])
      attack(target)
      target.evaluate(.crossEntropy, needsGradient: false)
      target.measure()
      found += (0..<target.count).map {
        Sample(
          isRight: target.perturbation.isRight($0), prediction: target.perturbation.prediction($0),
          distance: target.perturbation.distance($0, threat.ball))
      }
    }
    return found
  }

  private func zeroGradients(_ target: AttackedBatch, _ subset: [Int32]) -> Double {
    var count = 0
    for first in stride(from: 0, to: subset.count, by: batch) {
      target.load(subset[first..<min(first + batch, subset.count)])
      target.evaluate(.crossEntropy, needsGradient: true)
      target.measure()
      count += (0..<target.count).count { target.perturbation.norms.pointer[$0] == 0 }
    }
    return Double(count) / Double(subset.count)
  }

  static func share(_ right: [Bool]) -> Double { Double(right.count { $0 }) / Double(right.count) }
}
