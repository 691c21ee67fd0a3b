/// Inputs for which an error is bounded: all in a box and within a distance from zero.
package struct InputDomain: Sendable {
  package var low: [Double]
  package var high: [Double]
  /// The largest Euclidean norm.
  package var radius: Double

  package init(low: [Double], high: [Double], radius: Double? = nil) {
    (self.low, self.high) = (low, high)
    self.radius = radius ?? ErrorBound.norm(zip(low, high).map { max(abs($0), abs($1)) })
  }

  /// The unit ball, or the part of it without negative coordinates.
  package static func ball(_ inputs: Int, isNonNegative: Bool) -> InputDomain {
    InputDomain(
      low: [Double](repeating: isNonNegative ? 0 : -1, count: inputs), high: [Double](repeating: 1, count: inputs),
      radius: 1)
  }
}

/// How far a pruned random network can be from its target, anywhere in a domain: carried from layer to layer.
///
/// With a the target's values before a layer W, b, and a + d those of the pruned network, the values behind it differ by
/// W d + E (a + d) + e, where E and e are the errors of the numbers that random weights make. Two bounds are kept and each is
/// cut by the other: an interval for every unit's difference, and the Euclidean norm of all, by the matrices' spectral norms.
/// A rectifier brings no two numbers further apart. All is in double precision and widened by 1e-9 for its own rounding, so
/// the bounds hold for both networks in exact arithmetic, and for any computation of them as exact as this.
package struct ErrorBound: Sendable {
  private static let widening = 1 + 1e-9
  // The target's values: ends of each, and the norm of all.
  private var low, high: [Double]
  private var radius: Double
  // The difference: ends of each, and the norm of all.
  private var least, most: [Double]
  private var distance = 0.0

  package init(_ domain: InputDomain) {
    (low, high, radius) = (domain.low, domain.high, domain.radius)
    least = [Double](repeating: 0, count: low.count)
    most = least
  }

  /// The largest difference of a value, before the next layer.
  package var largest: Double { zip(least, most).reduce(0) { max($0, -$1.0, $1.1) } }

  /// - Parameters:
  ///   - norm: An upper bound of the spectral norm of the weights.
  ///   - errors: [output][slot] of the pruned pair.
  ///   - errorNorm: An upper bound of the spectral norm of those but for the constant's.
  package mutating func pass(
    _ layer: TargetNetwork.Layer, norm: Double, slots: [RandomPair.Slot], errors: [Double], errorNorm: Double
  ) {
    let before = self, reach = before.radius + before.distance
    let ends = slots.dropLast().map { slot -> (low: Double, high: Double) in
      let low = before.low[slot.input] + before.least[slot.input]
      let high = before.high[slot.input] + before.most[slot.input]
      return slot.isNegative ? (max(0, -high), max(0, -low)) : (max(0, low), max(0, high))
    }
    let zeros = [Double](repeating: 0, count: layer.outputs)
    (low, high, least, most) = (zeros, zeros, zeros, zeros)
    for output in 0..<layer.outputs {
      let biasError = errors[(output + 1) * slots.count - 1]
      var rowSquares = 0.0, errorSquares = 0.0, value = Sum(layer.biases[output]), change = Sum(biasError)
      for input in 0..<layer.inputs {
        let weight = layer.weights[output * layer.inputs + input]
        guard weight != 0 else { continue }
        rowSquares += weight * weight
        value.add(weight, before.low[input], before.high[input])
        change.add(weight, before.least[input], before.most[input])
      }
      for (slot, end) in ends.enumerated() {
        let error = errors[output * slots.count + slot]
        errorSquares += error * error
        change.add(error, end.low, end.high)
      }
      let row = rowSquares.squareRoot()
      (low[output], high[output]) = value.ends(within: row * before.radius)
      (least[output], most[output]) = change.ends(within: row * before.distance + errorSquares.squareRoot() * reach)
    }
    let biasErrors = (0..<layer.outputs).map { errors[($0 + 1) * slots.count - 1] }
    radius = (norm * before.radius + Self.norm(layer.biases)) * Self.widening
    distance = (norm * before.distance + errorNorm * reach + Self.norm(biasErrors)) * Self.widening
    if layer.isRectified { rectify() }
    cut()
  }

  private mutating func rectify() {
    for i in low.indices {
      // Neither value can be below zero, nor the difference above what the larger can be.
      least[i] = max(min(0, least[i]), -max(0, high[i]))
      most[i] = min(max(0, most[i]), max(0, high[i] + most[i]))
      low[i] = max(0, low[i])
      high[i] = max(0, high[i])
    }
  }

  /// Each bound by the other.
  private mutating func cut() {
    func norm(_ a: [Double], _ b: [Double]) -> Double {
      Self.norm(zip(a, b).map { max(abs($0), abs($1)) }) * Self.widening
    }
    radius = min(radius, norm(low, high))
    distance = min(distance, norm(least, most))
    for i in low.indices {
      (low[i], high[i]) = (max(low[i], -radius), min(high[i], radius))
      (least[i], most[i]) = (max(least[i], -distance), min(most[i], distance))
    }
  }

  /// A sum over numbers that are known between two ends.
  private struct Sum {
    let start: Double
    var low = 0.0, high = 0.0, size = 0.0

    init(_ start: Double) { self.start = start }

    mutating func add(_ factor: Double, _ low: Double, _ high: Double) {
      let ends = (factor * low, factor * high)
      self.low += min(ends.0, ends.1)
      self.high += max(ends.0, ends.1)
      size += abs(ends.0) + abs(ends.1)
    }

    /// Both ends, widened, and no further from the start than `reach`.
    func ends(within reach: Double) -> (Double, Double) {
      let slack = 1e-9 * (size + abs(start)), reach = reach * ErrorBound.widening
      return (start + max(low, -reach) - slack, start + min(high, reach) + slack)
    }
  }

  package static func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
