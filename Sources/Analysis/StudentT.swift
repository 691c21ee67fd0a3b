public import Basics
import Foundation

/// Student's t distribution.
public enum StudentT {
  /// The two-sided 95 % quantile, t with P(|T| < t) = 0.95, for `degrees` >= 1 degrees of freedom.
  public static func quantile95(degrees: Int) -> Double { quantile(twoSided: 0.05, degrees: degrees) }

  /// t with P(|T| > t) = `p`, for 0 < p < 1 and `degrees` >= 1 degrees of freedom; at most 1e6.
  public static func quantile(twoSided p: Double, degrees: Int) -> Double {
    precondition(degrees >= 1 && 0 < p && p < 1, "quantile \(p) of \(degrees) degrees of freedom")
    var low = 0.0, high = 1e6
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if twoSided(t: middle, degrees: degrees) > p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// P(|T| > t) = I_x(n/2, 1/2) with x = n / (n + t^2).
  public static func twoSided(t: Double, degrees: Int) -> Double {
    let n = Double(degrees)
    return incompleteBeta(n / (n + t * t), n / 2, 0.5)
  }

  /// The regularised incomplete beta function by its continued fraction (Lentz's method).
  ///
  /// - Parameter terms: The most terms that are taken; large a and b need about the square root of their sum.
  static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double, terms: Int = 300) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a, terms: terms) }
    let normaliser: Double = lgamma(a + b) - lgamma(a) - lgamma(b)
    let power: Double = a * log(x) + b * log(1 - x)
    let front = exp(normaliser + power) / a
    var c = 1.0, d = 1 / nonZero(1 - (a + b) * x / (a + 1)), h = d
    for m in 1...terms {
      let k = Double(m)
      let even: Double = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k))
      let odd: Double = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1))
      for term in [even, odd] {
        d = 1 / nonZero(1 + term * d)
        c = nonZero(1 + term / c)
        h *= d * c
      }
      if abs(d * c - 1) < 1e-15 { break }
    }
    return front * h
  }

  private static func nonZero(_ x: Double) -> Double { abs(x) < 1e-300 ? 1e-300 : x }
}

extension Interval {
  /// The mean of the values with the 95 % interval of Student's t; of one value the interval is that value.
  public init(of values: [Double]) {
    precondition(!values.isEmpty, "an interval of no values")
    let n = Double(values.count), mean = values.reduce(0, +) / n
    let variance = values.count > 1 ? values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1) : 0
    let half = values.count > 1 ? StudentT.quantile95(degrees: values.count - 1) * (variance / n).squareRoot() : 0
    self.init(mean: mean, low: mean - half, high: mean + half, values: values)
  }

  /// The interval of the differences self - other, seed by seed: what paired comparisons rest on.
  public func difference(to other: Interval) -> Interval {
    precondition(values.count == other.values.count, "\(values.count) seeds against \(other.values.count)")
    return Interval(of: zip(values, other.values).map { $0 - $1 })
  }
}
