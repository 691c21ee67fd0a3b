public import Lanes

/// The smallest l-infinity perturbation that makes each sample wrong: gradient steps in a ball whose radius grows until the
/// sample is wrong and shrinks after.
///
/// Fast minimum-norm attack, Pintor et al. 2021 (arXiv:2102.12827), algorithm 1 for l-infinity: steps of the normalised
/// gradient of the logit difference, step length and radius change fall as cosines from 1 (here sqrt(pixels) / 10 of a unit)
/// and 0.05. As a ball's attack it leaves the smallest perturbation found where that is in the ball, and the sample itself
/// where not.
public struct FMN: MinimumNormAttack {
  public static let name = "fmn"
  public static let summary = "smallest l-infinity perturbation that fools the network: fmn:STEPS"

  public var steps: Int

  public init(steps: Int = 50) { self.steps = steps }

  public static let examples = ["fmn:12"]
  public static func named(_ name: String, _ first: Int?, restarts: Int) -> FMN? { FMN(steps: first ?? 50) }

  public var text: String { "\(Self.name):\(steps)" }

  public func smallestPerturbations(_ batch: AttackedBatch, _ ball: Ball, streams: RandomStream) -> [Double] {
    smallestPerturbations(batch)
  }

  /// Every sample's smallest perturbation found, in the data's values; infinite where none was. The samples themselves, if
  /// wrong, have distance 0. `best` holds the perturbed pixels.
  public func smallestPerturbations(_ batch: AttackedBatch) -> [Double] {
    let p = batch.perturbation, lanes = p.layout.lanes, unit = Float(p.scale.perUnit)
    let widest = p.scale.highest - p.scale.lowest
    var nearest = NearestSamples(batch, .maximum)
    var radius = [Float](repeating: .infinity, count: batch.count)
    batch.reset()
    for step in 0..<steps {
      batch.evaluate(.margin, needsGradient: true)
      nearest.keep()
      let fall = Float(Deterministic.cosineFall(step, of: steps))
      let change = 0.05 * fall, length = 0.1 * Float(p.layout.pixelsPerSample).squareRoot() * unit * fall
      for sample in 0..<batch.count {
        let distance = p.norms.pointer[2 * lanes + sample]
        if !p.isRight(sample) {
          radius[sample] = min(radius[sample] * (1 - change), nearest.distance[sample])
        } else if nearest.distance[sample] == .infinity {
          // The distance to the boundary if outputs were linear: margin over the gradient's dual norm.
          let slope = p.norms.pointer[sample]
          radius[sample] = slope > 0 ? distance + p.margin(sample) / slope : widest
        } else {
          radius[sample] *= 1 + change
        }
        p.radius.pointer[sample] = min(max(radius[sample], 0), widest)
        p.stepSize.pointer[sample] = length
      }
      batch.step(.gradient, .maximum)
    }
    batch.evaluate(.margin, needsGradient: true)
    nearest.keep()
    return nearest.distances
  }
}
