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
    let ends = ends(count: values.count, name: name) { places in
      places.reduce(0.0) { $0 + values[$1] } / Double(values.count)
    }
    return Interval(mean: mean, low: ends.low, high: ends.high, values: values)
  }

  /// The 2.5 % and the 97.5 % quantile of a statistic of samples drawn with replacement.
  ///
  /// - Parameter statistic: Of the places that were drawn, of 0..<`count`.
  public static func ends(
    count: Int, name: String, resamples: Int = resamples, statistic: ([Int]) -> Double
  ) -> (low: Double, high: Double) {
    guard count > 1 else {
      let only = statistic(Array(0..<count))
      return (only, only)
    }
    var random = RandomStream(seed: 0, "bootstrap/\(name)")
    let values = (0..<resamples).map { _ in
      statistic((0..<count).map { _ in random.nextIndex(below: count) })
    }.sorted()
    return (quantile(0.025, of: values), quantile(0.975, of: values))
  }

  /// Between the two nearest of the sorted values.
  private static func quantile(_ p: Double, of sorted: [Double]) -> Double {
    let place = p * Double(sorted.count - 1), below = Int(place)
    return sorted[below] + (place - Double(below)) * (sorted[min(below + 1, sorted.count - 1)] - sorted[below])
  }
}
