import Foundation
public import Lanes

/// The smallest l2 perturbation by gradient descent on its squared length plus c times the margin.
///
/// Carlini & Wagner 2017 (arXiv:1608.04644), section VI-A with confidence 0: pixels are the tangens hyperbolicus of the
/// variables that Adam moves, which keeps them in the range; c starts at 0.001, grows tenfold until the sample is fooled, and
/// is halved in between after (binary search). Differs where the paper takes ten times the steps: Adam's rate is 0.05 and falls
/// as a cosine to a hundredth, and c counts as enough if the sample is fooled in the second half of the steps, for Adam's
/// first step is as long for any c; pixels at the range's end start at 0.9999 of it.
public struct CarliniWagner: MinimumNormAttack {
  public static let name = "cw"
  public static let summary = "Carlini and Wagner's l2 attack: cw:STEPS or cw:STEPSxSEARCHES"

  public var steps: Int
  /// Values of c that are tried.
  public var searches: Int
  public var rate = 0.05

  public init(steps: Int = 200, searches: Int = 9) { (self.steps, self.searches) = (steps, searches) }

  public static let examples = ["cw:10x3"]
  public static let usualRestarts = 9
  public static func named(_ name: String, _ first: Int?, restarts: Int) -> CarliniWagner? {
    CarliniWagner(steps: first ?? 200, searches: restarts)
  }

  public var text: String { "\(Self.name):\(steps)x\(searches)" }
  public var balls: [Ball] { [.euclidean] }

  public func smallestPerturbations(_ batch: AttackedBatch, _ ball: Ball, streams: RandomStream) -> [Double] {
    let p = batch.perturbation
    batch.reset()
    batch.evaluate(.margin, needsGradient: false)
    var nearest = NearestSamples(batch, ball), weights = [Weight](repeating: Weight(), count: batch.count)
    nearest.keep()
    for _ in 0..<searches {
      var descents = (0..<batch.count).map { Descent(batch.cleanPixels($0), p.scale) }
      var isFooled = [Bool](repeating: false, count: batch.count)
      for step in 1...steps {
        for sample in 0..<batch.count { batch.setPixels(sample, descents[sample].pixels) }
        batch.evaluate(.margin, needsGradient: true)
        nearest.keep()
        for (sample, gradient) in batch.pixelGradients().enumerated() where nearest.distance[sample] > 0 {
          isFooled[sample] = isFooled[sample] || 2 * step > steps && !p.isRight(sample)
          descents[sample].move(
            gradient, p.isRight(sample) ? weights[sample].value : 0, rate: rate(at: step), step: step)
        }
      }
      for sample in 0..<batch.count { weights[sample].change(isFooled[sample]) }
    }
    return nearest.distances
  }

  private func rate(at step: Int) -> Double {
    rate * (0.01 + 0.99 * Deterministic.cosineFall(step - 1, of: steps))
  }

  /// The weight of the margin: c.
  private struct Weight {
    var value = 1e-3
    private var low = 0.0
    private var high = Double.infinity

    mutating func change(_ isFooled: Bool) {
      if isFooled { high = value } else { low = value }
      value = high.isFinite ? (low + high) / 2 : 10 * value
    }
  }

  /// A sample's variables and Adam's moments.
  private struct Descent {
    private let clean: [Double]
    private let scale: PixelScale
    private var place: [Double]
    private var first: [Double]
    private var second: [Double]

    init(_ pixels: [Float], _ scale: PixelScale) {
      self.scale = scale
      let low = Double(scale.lowest), width = max(Double(scale.highest) - low, .leastNormalMagnitude)
      clean = pixels.map { (Double($0) - low) / width }
      place = clean.map { share in
        let t = max(-0.9999, min(0.9999, 2 * share - 1))
        return 0.5 * Deterministic.log((1 + t) / (1 - t))
      }
      first = clean.map { _ in 0 }
      second = first
    }

    private static func tangens(_ x: Double) -> Double { 1 - 2 / (Deterministic.exponential(2 * x) + 1) }

    /// As they are stored.
    var pixels: [Float] {
      let low = Double(scale.lowest), width = Double(scale.highest) - low
      return place.map { Float(low + width * (Self.tangens($0) + 1) / 2) }
    }

    /// A step of Adam down the squared length, in widths of the range, minus `weight` times what `gradient` raises.
    mutating func move(_ gradient: [Float], _ weight: Double, rate: Double, step: Int) {
      let width = Double(scale.highest) - Double(scale.lowest)
      let corrections = (1 - Deterministic.power(0.9, Double(step)), 1 - Deterministic.power(0.999, Double(step)))
      for i in place.indices {
        let t = Self.tangens(place[i]), moved = (t + 1) / 2 - clean[i]
        let slope = (2 * moved - weight * width * Double(gradient[i])) * (1 - t * t) / 2
        first[i] = 0.9 * first[i] + 0.1 * slope
        second[i] = 0.999 * second[i] + 0.001 * slope * slope
        place[i] -= rate * (first[i] / corrections.0) / ((second[i] / corrections.1).squareRoot() + 1e-8)
      }
    }
  }
}
