public import Lanes

/// The smallest l-infinity perturbation that makes each sample wrong: gradient steps in a ball whose radius grows until the
/// sample is wrong and shrinks after.
///
/// Fast minimum-norm attack, Pintor et al. 2021 (arXiv:2102.12827), algorithm 1 for l-infinity: steps of the normalised
/// gradient of the logit difference, step length and radius change fall as cosines from 1 (here sqrt(pixels) / 10 of a unit)
/// and 0.05. As a ball's attack it leaves the smallest perturbation found where that is in the ball, and the sample itself
/// where not.
public struct FMN: Attack {
  public static let name = "fmn"
  public static let summary = "smallest l-infinity perturbation that fools the network: fmn:STEPS"

  public var steps: Int

  public init(steps: Int = 50) { self.steps = steps }

  public static let examples = ["fmn:12"]
  public static func named(_ name: String, _ first: Int?, restarts: Int) -> FMN? { FMN(steps: first ?? 50) }

  public var text: String { "\(Self.name):\(steps)" }

  public func perturb(_ batch: AttackedBatch, _ threat: Threat, streams: RandomStream) {
    let distance = smallestPerturbations(batch), epsilon = threat.epsilon
    batch.reset()
    batch.useBest { distance[$0] <= epsilon }
  }

  /// Every sample's smallest perturbation found, in the data's values; infinite where none was. The samples themselves, if
  /// wrong, have distance 0. `best` holds the perturbed pixels.
  public func smallestPerturbations(_ batch: AttackedBatch) -> [Double] {
    let p = batch.perturbation, lanes = p.layout.lanes, unit = Float(p.scale.perUnit)
    let widest = p.scale.highest - p.scale.lowest
    var smallest = [Float](repeating: .infinity, count: batch.count)
    var radius = [Float](repeating: .infinity, count: batch.count)
    batch.reset()
    for step in 0..<steps {
      batch.evaluate(.margin, needsGradient: true)
      batch.measure()
      let fall = Float(0.5 * (1 + Deterministic.cosine(3.141592653589793 * Double(step) / Double(steps))))
      let change = 0.05 * fall, length = 0.1 * Float(p.layout.pixelsPerSample).squareRoot() * unit * fall
      batch.keepBest { !p.isRight($0) && p.norms.pointer[2 * lanes + $0] < smallest[$0] }
      for sample in 0..<batch.count {
        let distance = p.norms.pointer[2 * lanes + sample]
        if !p.isRight(sample) {
          smallest[sample] = min(smallest[sample], distance)
          radius[sample] = min(radius[sample] * (1 - change), smallest[sample])
        } else if smallest[sample] == .infinity {
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
    batch.measure()
    batch.keepBest { !p.isRight($0) && p.norms.pointer[2 * lanes + $0] < smallest[$0] }
    for sample in 0..<batch.count where !p.isRight(sample) {
      smallest[sample] = min(smallest[sample], p.norms.pointer[2 * lanes + sample])
    }
    return smallest.map { Double($0) / p.scale.perUnit }
  }
}
