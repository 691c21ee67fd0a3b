public import Basics
import Lanes

/// Intervals from resampling, which assume no distribution.
public enum Bootstrap {
  public static let resamples = 10_000

  /// The mean with its two-sided 95 % interval: between the 2.5 % and the 97.5 % quantile of the means of 10,000 samples drawn
  /// with replacement (the percentile method of Efron 1979). With few values it is narrower than it should be.
  ///
  /// Stream: `bootstrap/NAME` of seed 0.
  public static func interval(of values: [Double], name: String) -> Interval {
    precondition(!values.isEmpty, "an interval of no values")
    let mean = values.reduce(0, +) / Double(values.count)
    guard values.count > 1 else { return Interval(mean: mean, low: mean, high: mean, values: values) }
    var random = RandomStream(seed: 0, "bootstrap/\(name)")
    let means = (0..<resamples).map { _ in
      values.indices.reduce(0.0) { sum, _ in sum + values[random.nextIndex(below: values.count)] }
        / Double(values.count)
    }.sorted()
    return Interval(
      mean: mean, low: quantile(0.025, of: means), high: quantile(0.975, of: means), values: values)
  }

  /// Between the two nearest of the sorted values.
  private static func quantile(_ p: Double, of sorted: [Double]) -> Double {
    let place = p * Double(sorted.count - 1), below = Int(place)
    return sorted[below] + (place - Double(below)) * (sorted[min(below + 1, sorted.count - 1)] - sorted[below])
  }
}
