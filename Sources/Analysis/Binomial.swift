/// Counts of independent trials that all succeed with the same probability.
public enum Binomial {
  /// P(X >= successes) of `trials`, exact: I_p(k, n - k + 1).
  public static func chance(ofAtLeast successes: Int, of trials: Int, each p: Double) -> Double {
    precondition(0 <= successes && successes <= trials && 0 <= p && p <= 1, "\(successes) of \(trials) at \(p)")
    guard successes > 0 else { return 1 }
    return StudentT.incompleteBeta(p, Double(successes), Double(trials - successes + 1), terms: 100_000)
  }
}
