public import Lanes

/// The smallest perturbation as if the network were linear: steps onto the nearest boundary of its linear form at the point
/// reached, until the sample is wrong.
///
/// Moosavi-Dezfooli et al. 2016 (arXiv:1511.04599), algorithm 2 and, for l-infinity, equation 11: boundaries with the nine
/// highest other classes, the sum of the steps taken 1.02-fold. Points are brought into the range of pixels, which the paper
/// leaves open.
public struct DeepFool: MinimumNormAttack {
  public static let name = "deepfool"
  public static let summary = "steps onto the nearest boundary of the linearised network: deepfool:STEPS"

  public var steps: Int
  public var overshoot: Float = 0.02

  public init(steps: Int = 50) { self.steps = steps }

  public static let examples = ["deepfool:6"]
  public static func named(_ name: String, _ first: Int?, restarts: Int) -> DeepFool? { DeepFool(steps: first ?? 50) }

  public var text: String { "\(Self.name):\(steps)" }
  public var balls: [Ball] { Ball.allCases }

  public func smallestPerturbations(_ batch: AttackedBatch, _ ball: Ball, streams: RandomStream) -> [Double] {
    batch.reset()
    let rivals = batch.rivals(AttackedBatch.mostRivals), clean = (0..<batch.count).map { batch.cleanPixels($0) }
    var way = clean.map { $0.map { _ in Float(0) } }, nearest = NearestSamples(batch, ball)
    nearest.keep()
    for _ in 0..<steps where nearest.distance.contains(.infinity) {
      for (sample, boundary) in batch.nearestBoundaries(rivals, ball).enumerated()
      where nearest.distance[sample] == .infinity {
        let step = boundary.step(from: clean[sample], boundary.difference, ball, in: nil)
        way[sample] = zip(way[sample], step).map { $0 + $1 }
        batch.setPixels(sample, zip(clean[sample], way[sample]).map { $0 + (1 + overshoot) * $1 })
      }
      batch.evaluate(.margin, needsGradient: false)
      nearest.keep()
    }
    return nearest.distances
  }
}
