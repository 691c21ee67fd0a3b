public import Basics
import Foundation

/// How one network stands to another over the seeds that both have: what "matches" and "leads" mean in every verdict.
///
/// A network matches another if it is not inferior: the two-sided 95 % interval of the paired difference lies above minus
/// a margin. It leads if the interval lies above 0. One seed has no interval and shows nothing; differences without spread
/// are judged by the sign test, see `PairedTest`.
public struct Standing: Equatable, Sendable {
  public let difference: Interval
  public let threshold: Double
  private let test: PairedTest

  /// One-sided, of a two-sided interval of 95 %.
  private static let level = 0.025

  /// - Parameter difference: The first network's accuracy minus the second's, one value a seed.
  public init(_ difference: Interval, above threshold: Double) {
    (self.difference, self.threshold, test) = (difference, threshold, PairedTest(difference.values))
  }

  /// Whether a network matches another.
  ///
  /// - Parameter margin: Of accuracy as a share.
  public static func match(_ a: Interval, _ b: Interval, margin: Double) -> Standing {
    Standing(a.difference(to: b), above: -margin)
  }

  public static func lead(_ a: Interval, over b: Interval) -> Standing { Standing(a.difference(to: b), above: 0) }

  public var seeds: Int { difference.values.count }
  public var isShown: Bool { test.chance(above: threshold) <= Self.level }
  /// Whether the contrary is shown.
  public var isRefuted: Bool { test.chance(below: threshold) <= Self.level }

  /// How many seeds would decide it if mean and spread stay what they are; `nil` where that cannot be told.
  public var seedsNeeded: Int? {
    guard seeds > 1, !isShown, !isRefuted else { return nil }
    // The sign test: all n lie on one side by chance in 1 of 2^n cases.
    if test.hasNoSpread { return abs(test.mean - threshold) < 1e-12 ? nil : Int((-log2(Self.level)).rounded(.up)) }
    return test.seedsNeeded(threshold: threshold, alpha: Self.level, power: 0.5)
  }

  // MARK: words

  /// `+0.70 points (95 % interval -11.66 to +13.05, paired by seed)`.
  public var text: String {
    let mean = "\(Self.points(difference.mean)) points"
    guard seeds > 1 else { return "\(mean) (one seed, no interval)" }
    return """
      \(mean) (95 % interval \(Self.points(difference.low)) to \(Self.points(difference.high)), paired by seed)
      """
  }

  /// What would decide what is not shown, as the end of a sentence.
  public var remedy: String {
    if seeds == 1 { return "one seed has no interval and shows nothing" }
    return seedsNeeded.map { "about \($0) seeds would decide" } ?? "no number of seeds up to 10000 would decide"
  }

  public static func points(_ share: Double) -> String { String(format: "%+.2f", 100 * share) }
}

extension [Standing] {
  /// The place of the sparsest round that matches, of rounds from the densest: the last that is shown to or, where none is,
  /// the last whose mean is no more than `tolerance` lower.
  public func sparsestMatch(tolerance: Double) -> Int? {
    lastIndex(where: \.isShown) ?? lastIndex { $0.difference.mean >= -tolerance }
  }
}
