import Foundation
import Lanes
import Networks

/// The boundary between a sample's label and another class, the network being taken for linear about the pixels: where
/// `difference + slope (x - pixels) = 0`.
struct Boundary {
  /// The other class's output minus the label's.
  var difference: Double
  /// Its gradient by the stored pixels.
  var slope: [Float]

  /// How far away it is in the ball's norm: the difference over the dual norm of the slope.
  func distance(_ ball: Ball) -> Double {
    let norm =
      ball == .maximum
      ? slope.reduce(0.0) { $0 + Double(abs($1)) } : slope.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    return norm > 0 ? abs(difference) / norm : .infinity
  }

  /// The shortest step from a point onto the boundary that stays in the range of pixels; as near to it as the range allows if
  /// it lies outside.
  ///
  /// All pixels move at their rate (1 in l-infinity, the slope in l2) until they meet the end of the range: a sum that rises
  /// with the length in straight pieces, one a pixel.
  /// - Parameters:
  ///   - value: The difference of outputs at the point.
  ///   - range: Nothing if pixels may go anywhere.
  func step(from point: [Float], _ value: Double, _ ball: Ball, in range: PixelScale?) -> [Float] {
    let forward: Float = value > 0 ? -1 : 1
    let rates = slope.map { ball == .maximum ? 1 : Double(abs($0)) }
    let room = slope.indices.map { i -> Double in
      guard let range else { return .infinity }
      return Double(forward * slope[i] > 0 ? range.highest - point[i] : point[i] - range.lowest)
    }
    var left = abs(value), speed = slope.indices.reduce(0.0) { $0 + Double(abs(slope[$1])) * rates[$1] }
    var length = speed > 0 && range == nil ? left / speed : Double.infinity
    if range != nil {
      let moving = slope.indices.filter { slope[$0] != 0 }.map { (end: room[$0] / rates[$0], pixel: $0) }
      var reached = 0.0
      for (end, pixel) in moving.sorted(by: { ($0.end, $0.pixel) < ($1.end, $1.pixel) }) {
        if left <= speed * (end - reached) {
          length = reached + left / speed
          break
        }
        left -= speed * (end - reached)
        reached = end
        speed -= Double(abs(slope[pixel])) * rates[pixel]
      }
    }
    return slope.indices.map { i in
      let distance = Float(min(length * rates[i], room[i]))
      return slope[i] == 0 || !distance.isFinite ? 0 : (forward * slope[i] > 0 ? distance : -distance)
    }
  }
}

extension AttackedBatch {
  /// How many other classes attacks look at that go through several, as in AutoAttack.
  static let mostRivals = 9

  /// The highest other classes of every sample at the pixels as they are, highest first, at most `most`.
  func rivals(_ most: Int) -> [[Int32]] {
    evaluate(.crossEntropy, needsGradient: false)
    return plan.output(count: count).enumerated().map { sample, z in
      let label = label(sample)
      let others = z.indices.filter { $0 != label }.sorted { (-z[$0], $0) < (-z[$1], $1) }
      return others.prefix(most).map { Int32($0) }
    }
  }

  /// Drives every sample to the class of this rank among its rivals; where there are fewer, from the first again.
  func aim(_ rivals: [[Int32]], rank: Int) {
    for (sample, rivals) in rivals.enumerated() { perturbation.targets[sample] = rivals[rank % rivals.count] }
  }

  /// Every sample's boundary with the class of one rank.
  func boundaries(_ rivals: [[Int32]], rank: Int) -> [Boundary] {
    aim(rivals, rank: rank)
    evaluate(.targetedMargin, needsGradient: true)
    return pixelGradients().enumerated().map { Boundary(difference: Double(perturbation.loss($0)), slope: $1) }
  }

  /// Every sample's nearest boundary with any of its rivals.
  func nearestBoundaries(_ rivals: [[Int32]], _ ball: Ball) -> [Boundary] {
    var nearest = boundaries(rivals, rank: 0), distances = nearest.map { $0.distance(ball) }
    for rank in 1..<max(1, rivals[0].count) {
      for (sample, boundary) in boundaries(rivals, rank: rank).enumerated() {
        let distance = boundary.distance(ball)
        guard distance < distances[sample] else { continue }
        (nearest[sample], distances[sample]) = (boundary, distance)
      }
    }
    return nearest
  }
}
