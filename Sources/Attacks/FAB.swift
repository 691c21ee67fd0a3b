public import Lanes

/// The smallest perturbation by steps onto the boundary of the linearised network, biased towards the sample, and steps back
/// to it wherever the point is wrong.
///
/// Fast adaptive boundary attack, Croce & Hein 2020 (arXiv:1907.02044), algorithm 1: alpha_max 0.1, eta 1.05, beta 0.9; the
/// boundary nearest among those with the nine highest other classes (`fab`), or each of them in turn (`fab-t`), as in
/// AutoAttack (arXiv:2003.01690), whose code has no final search either. The first run starts at the sample, further ones at
/// random within half the smallest perturbation so far.
public struct FAB: MinimumNormAttack {
  public static let name = "fab"
  public static let summary = "fast adaptive boundary: fab:STEPS or fab:STEPSxRESTARTS; fab-t for nine classes in turn"

  public var steps: Int
  public var restarts: Int
  public var isTargeted: Bool
  private static let mostBias = 0.1
  private static let overshoot = 1.05
  private static let back: Float = 0.9

  public init(steps: Int = 100, restarts: Int = 1, isTargeted: Bool = false) {
    (self.steps, self.restarts, self.isTargeted) = (steps, restarts, isTargeted)
  }

  public static let names = [name, "\(name)-t"]
  public static let examples = ["fab:5x2", "fab-t:4"]
  public static func named(_ name: String, _ first: Int?, restarts: Int) -> FAB? {
    FAB(steps: first ?? 100, restarts: restarts, isTargeted: name != Self.name)
  }

  public var text: String { "\(Self.names[isTargeted ? 1 : 0]):\(steps)" + (restarts == 1 ? "" : "x\(restarts)") }
  public var balls: [Ball] { Ball.allCases }

  public func smallestPerturbations(_ batch: AttackedBatch, _ ball: Ball, streams: RandomStream) -> [Double] {
    batch.reset()
    let rivals = batch.rivals(AttackedBatch.mostRivals)
    var nearest = NearestSamples(batch, ball)
    nearest.keep()
    for restart in 0..<restarts {
      for rank in isTargeted ? rivals[0].indices : 0..<1 {
        batch.reset()
        if restart > 0 {
          let widest = batch.perturbation.scale.width, distances = nearest.distances
          batch.start(
            ball == .maximum ? .uniform : .sphere, radius: { min(distances[$0], widest) / 2 },
            stream: streams.numbered(restart * rivals[0].count + rank))
        }
        run(batch, ball, &nearest) {
          isTargeted ? batch.boundaries(rivals, rank: rank) : batch.nearestBoundaries(rivals, ball)
        }
      }
    }
    return nearest.distances
  }

  private func run(
    _ batch: AttackedBatch, _ ball: Ball, _ nearest: inout NearestSamples, _ boundaries: () -> [Boundary]
  ) {
    let clean = (0..<batch.count).map { batch.cleanPixels($0) }, p = batch.perturbation
    // Samples that are wrong by themselves are at distance 0 and stay.
    let moving = (0..<batch.count).filter { nearest.distance[$0] > 0 }
    if moving.isEmpty { return }
    for _ in 0..<steps {
      let found = boundaries()
      for sample in moving {
        batch.setPixels(sample, moved(batch.pixels(sample), clean[sample], found[sample], p.scale, ball))
      }
      batch.evaluate(.margin, needsGradient: false)
      nearest.keep()
      for sample in moving where !p.isRight(sample) {
        batch.setPixels(sample, zip(clean[sample], batch.pixels(sample)).map { $0 + Self.back * ($1 - $0) })
      }
    }
  }

  /// Equation 8: between the projections of the point and of the sample, each overshot, nearer to the sample the nearer the
  /// point is to the boundary.
  private func moved(_ point: [Float], _ clean: [Float], _ boundary: Boundary, _ scale: PixelScale, _ ball: Ball)
    -> [Float]
  {
    let value = point.indices.reduce(boundary.difference) {
      $0 + Double(boundary.slope[$1]) * (Double(clean[$1]) - Double(point[$1]))
    }
    let here = boundary.step(from: point, boundary.difference, ball, in: scale)
    let there = boundary.step(from: clean, value, ball, in: scale)
    let lengths = (Self.norm(here, ball), Self.norm(there, ball)), sum = lengths.0 + lengths.1
    let bias = Float(sum > 0 ? min(lengths.0 / sum, Self.mostBias) : 0), overshoot = Float(Self.overshoot)
    return point.indices.map {
      (1 - bias) * (point[$0] + overshoot * here[$0]) + bias * (clean[$0] + overshoot * there[$0])
    }
  }

  private static func norm(_ step: [Float], _ ball: Ball) -> Double {
    ball == .maximum
      ? step.reduce(0.0) { max($0, Double(abs($1))) }
      : step.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }
}
