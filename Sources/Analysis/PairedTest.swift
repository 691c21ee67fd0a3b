import Foundation

/// What differences between two networks, seed by seed, say about a threshold: Student's t on one sample.
public struct PairedTest: Equatable, Sendable {
  public let differences: [Double]
  public let mean: Double
  /// With division by n - 1; 0 for one difference.
  public let deviation: Double

  public init(_ differences: [Double]) {
    precondition(!differences.isEmpty, "a test of no differences")
    self.differences = differences
    let n = Double(differences.count), mean = differences.reduce(0, +) / n
    self.mean = mean
    let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = differences.count > 1 ? (squares / (n - 1)).squareRoot() : 0
  }

  /// The probability of a mean at least as high as this if the true one were `threshold` or less. With one seed nothing can
  /// be told: 1. Differences without spread are equal because accuracies come in steps, not because they are certain; then
  /// the sign test holds: all n of them lie above by chance in 1 of 2^n cases.
  public func chance(above threshold: Double) -> Double {
    guard differences.count > 1 else { return 1 }
    if hasNoSpread { return mean > threshold ? exp2(-Double(differences.count)) : 1 }
    let t = (mean - threshold) / (deviation / Double(differences.count).squareRoot())
    let tail = StudentT.twoSided(t: t.magnitude, degrees: differences.count - 1) / 2
    return t > 0 ? tail : 1 - tail
  }

  /// But for the rounding of the mean.
  var hasNoSpread: Bool { deviation <= 1e-12 * mean.magnitude }

  /// The probability of a mean at least as low as this if the true one were `threshold` or more.
  public func chance(below threshold: Double) -> Double {
    PairedTest(differences.map { -$0 }).chance(above: -threshold)
  }

  /// The probability of a mean as far from 0, in either direction, if the true one were 0.
  public var twoSidedChance: Double { min(1, 2 * min(chance(above: 0), chance(below: 0))) }

  /// The fewest seeds with which a one-sided test at level `alpha` tells the mean from the threshold with probability `power`,
  /// if mean and deviation are what they seem; `nil` above 10,000, or where there is no spread to go by.
  ///
  /// By (t_alpha + t_power) deviation / |mean - threshold| <= sqrt(n) with quantiles of n - 1 degrees of freedom; with a
  /// power of a half it is the number whose interval just leaves the threshold out.
  public func seedsNeeded(threshold: Double, alpha: Double, power: Double = 0.8) -> Int? {
    let distance = (mean - threshold).magnitude
    guard !hasNoSpread, distance > 0 else { return nil }
    var n = 2
    while n <= 10_000 {
      let quantiles =
        StudentT.quantile(twoSided: 2 * alpha, degrees: n - 1)
        + (power > 0.5 ? StudentT.quantile(twoSided: 2 * (1 - power), degrees: n - 1) : 0)
      if quantiles * deviation <= distance * Double(n).squareRoot() { return n }
      n += n < 100 ? 1 : n / 50
    }
    return nil
  }
}

/// Corrections for asking several questions of the same seeds.
public enum Holm {
  /// Adjusted probabilities in the order given: of the ascending p_1 ... p_m, the largest of (m - j + 1) p_j over j <= i, at
  /// most 1 (Holm 1979).
  public static func adjusted(_ chances: [Double]) -> [Double] {
    let order = chances.indices.sorted { (chances[$0], $0) < (chances[$1], $1) }
    var result = [Double](repeating: 1, count: chances.count), highest = 0.0
    for (place, index) in order.enumerated() {
      highest = min(1, max(highest, Double(chances.count - place) * chances[index]))
      result[index] = highest
    }
    return result
  }
}
