/// A mean over seeds with its two-sided confidence interval.
public struct Interval: Codable, Equatable, Sendable {
  public var mean: Double
  /// Lower and upper end of the 95 % interval by Student's t; equal to the mean if there is only one value.
  public var low: Double
  public var high: Double
  /// One value a seed, in the order of the seeds.
  public var values: [Double]

  public init(mean: Double, low: Double, high: Double, values: [Double]) {
    self.mean = mean
    self.low = low
    self.high = high
    self.values = values
  }
}

extension Sequence<Interval> {
  /// Whether all are of the same seeds, as differences need it.
  public var arePaired: Bool {
    let counts = Set(map(\.values.count))
    return counts.count <= 1 && !counts.contains(0)
  }
}
