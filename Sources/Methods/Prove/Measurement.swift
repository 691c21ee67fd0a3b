import Basics
package import Lanes
import Training

/// How far two networks are from each other at sampled points, and what they know of the test set.
struct Measurement {
  /// Shares of the test samples that are right, and on which both agree.
  private(set) var targetAccuracy = 0.0
  private(set) var prunedAccuracy = 0.0
  private(set) var agreement = 0.0
  /// The largest difference of an output over the test samples.
  private(set) var testSetError = 0.0
  /// The same over points of each domain.
  private(set) var errors: [Double] = []

  /// - Throws: `Interruption.problem`.
  init(
    _ target: LayeredNetwork, _ pruned: LayeredNetwork, _ inputs: ProofInputs, _ test: SampleStore,
    _ domains: [InputDomain], points: Int, seed: UInt64, threads: Int
  ) throws {
    func both(_ count: Int, _ sample: @Sendable (Int) -> [Double]) -> [(target: [Double], pruned: [Double])] {
      let outputs = [target, pruned].map {
        $0.outputs(of: count, threads: threads, isStopped: { Interruption.isRequested }, sample: sample)
      }
      return Array(zip(outputs[0], outputs[1]))
    }
    let tested = both(test.count) { inputs.input($0, test) }
    let found = tested.map { ($0.target.largestPlace, $0.pruned.largestPlace) }
    func share(_ isRight: (Int) -> Bool) -> Double { Double(found.indices.count { isRight($0) }) / Double(found.count) }
    targetAccuracy = share { found[$0].0 == Int(test.labels[$0]) }
    prunedAccuracy = share { found[$0].1 == Int(test.labels[$0]) }
    agreement = share { found[$0].0 == found[$0].1 }
    testSetError = Self.largest(tested)
    errors = domains.enumerated().map { i, domain in
      let stream = RandomStream(seed: seed, "prove/points/\(i == 0 ? "box" : "ball")/")
      return Self.largest(both(points) { domain.point($0, stream, isBall: i == 1) })
    }
    if Interruption.isRequested { throw Interruption.problem }
  }

  private static func largest(_ outputs: [(target: [Double], pruned: [Double])]) -> Double {
    outputs.reduce(0) { largest, pair in zip(pair.target, pair.pruned).reduce(largest) { max($0, abs($1.0 - $1.1)) } }
  }
}

extension [Double] {
  /// The first place of the largest.
  fileprivate var largestPlace: Int { indices.reduce(0) { self[$1] > self[$0] ? $1 : $0 } }
}

extension InputDomain {
  /// A random point: of a ball in a uniform direction, every other one on its surface, others at a uniform distance; of a
  /// box uniform, every other one a corner.
  package func point(_ number: Int, _ stream: RandomStream, isBall: Bool) -> [Double] {
    var random = stream.numbered(number)
    let isExtreme = number % 2 == 1
    guard isBall else {
      return zip(low, high).map { low, high in
        let place = random.nextUniform()
        return isExtreme ? (place < 0.5 ? low : high) : low + place * (high - low)
      }
    }
    let direction = low.map { low in low < 0 ? random.nextNormal() : abs(random.nextNormal()) }
    let length = (isExtreme ? 1 : random.nextUniform()) * radius / ErrorBound.norm(direction)
    return direction.map { $0 * length }
  }
}
