public import Lanes

/// An attack that looks for the smallest perturbation, whatever the radius. Within a ball it leaves what it found where that
/// is in the ball, and the sample itself where not.
public protocol MinimumNormAttack: Attack {
  /// Every sample's smallest perturbation found, in the data's values: 0 where the sample itself is wrong, infinite where
  /// nothing was found. `best` holds the perturbed pixels.
  ///
  /// - Parameter streams: As in `perturb`.
  func smallestPerturbations(_ batch: AttackedBatch, _ ball: Ball, streams: RandomStream) -> [Double]
}

extension MinimumNormAttack {
  public func perturb(_ batch: AttackedBatch, _ threat: Threat, streams: RandomStream) {
    measure(batch, threat, streams: streams)
  }

  /// Perturbs the samples and returns all distances, also those beyond the radius.
  @discardableResult
  func measure(_ batch: AttackedBatch, _ threat: Threat, streams: RandomStream) -> [Double] {
    let distances = smallestPerturbations(batch, threat.ball, streams: streams)
    batch.reset()
    batch.useBest { distances[$0] <= threat.epsilon }
    return distances
  }
}

/// Keeps, for every sample, the wrong pixels that are nearest to it.
struct NearestSamples {
  private let batch: AttackedBatch
  private let ball: Ball
  /// In stored numbers; infinite where nothing was wrong.
  private(set) var distance: [Float]

  init(_ batch: AttackedBatch, _ ball: Ball) {
    (self.batch, self.ball) = (batch, ball)
    distance = [Float](repeating: .infinity, count: batch.count)
  }

  /// Measures the pixels evaluated last and compares them with the nearest so far.
  mutating func keep() {
    let p = batch.perturbation
    batch.measure()
    batch.keepBest { !p.isRight($0) && p.storedDistance($0, ball) < distance[$0] }
    for sample in 0..<batch.count where p.chosen.pointer[sample] > 0 {
      distance[sample] = p.storedDistance(sample, ball)
    }
  }

  /// In the data's values.
  var distances: [Double] { distance.map { Double($0) / batch.perturbation.scale.perUnit } }
}
