/// How well a score tells two groups of samples apart, the higher ones being those of the first group: areas under curves and
/// an error rate, with ties as scikit-learn 1.9 has them.
public struct Discrimination: Equatable, Sendable {
  /// Area under the receiver operating characteristic: the chance that a sample of the first group has the higher score, ties
  /// counting half (`roc_auc_score`).
  public let rocArea: Double
  /// Average precision of the first group, sum of (R_n - R_(n-1)) P_n over thresholds from the highest score
  /// (`average_precision_score`).
  public let precisionArea: Double
  /// The same of the second group by the negated score.
  public let otherPrecisionArea: Double
  /// The share of the second group at or above the highest threshold that at least 95 % of the first reach (`roc_curve` with
  /// every threshold kept).
  public let falseAccepts95: Double

  /// - Precondition: Neither group is empty, and all scores are finite.
  public init(first: [Double], second: [Double]) {
    precondition(!first.isEmpty && !second.isEmpty, "\(first.count) against \(second.count) scores")
    let steps = Self.steps(first, second), total = (first: first.count, second: second.count)
    // Twice the number of pairs in order, so that a tie counts one.
    var above = 0, ordered = 0, accepted: Double?
    for step in steps {
      ordered += step.second * (2 * above + step.first)
      above += step.first
    }
    var reached = (first: 0, second: 0)
    for step in steps {
      reached = (reached.first + step.first, reached.second + step.second)
      if accepted == nil, Double(reached.first) / Double(total.first) >= 0.95 {
        accepted = Double(reached.second) / Double(total.second)
      }
    }
    rocArea = Double(ordered) / 2 / Double(total.first) / Double(total.second)
    falseAccepts95 = accepted!
    precisionArea = Self.averagePrecision(steps.map { ($0.first, $0.second) })
    otherPrecisionArea = Self.averagePrecision(steps.reversed().map { ($0.second, $0.first) })
  }

  /// Samples of both groups at every score that occurs, from the highest.
  private static func steps(_ first: [Double], _ second: [Double]) -> [(first: Int, second: Int)] {
    precondition((first + second).allSatisfy(\.isFinite), "a score is not finite")
    let all = (first.map { ($0, true) } + second.map { ($0, false) }).sorted { $0.0 > $1.0 }
    var steps: [(first: Int, second: Int)] = [], score = Double.nan
    for (value, isFirst) in all {
      if value != score { steps.append((0, 0)) }
      score = value
      if isFirst { steps[steps.count - 1].first += 1 } else { steps[steps.count - 1].second += 1 }
    }
    return steps
  }

  private static func averagePrecision(_ steps: [(own: Int, other: Int)]) -> Double {
    let total = steps.reduce(0) { $0 + $1.own }
    var own = 0, all = 0, area = 0.0
    for step in steps {
      own += step.own
      all += step.own + step.other
      if step.own > 0 { area += Double(step.own) / Double(total) * Double(own) / Double(all) }
    }
    return area
  }
}
