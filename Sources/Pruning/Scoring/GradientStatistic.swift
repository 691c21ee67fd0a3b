/// What several batches' gradients of the loss are reduced to, one number a weight.
public enum GradientStatistic: String, CaseIterable, Sendable {
  /// |mean of g_b|: cancels over batches, near 0 in a converged network.
  case gradient = "grad"
  /// mean of |g_b|: does not cancel.
  case meanAbsolute = "mean-abs"
  /// sqrt(mean of g_b^2): the root of the empirical Fisher information's diagonal.
  case fisher

  public var summary: String {
    switch self {
    case .gradient: "|mean of the batches' gradients|"
    case .meanAbsolute: "mean of the batches' |gradients|"
    case .fisher: "root mean square of the batches' gradients"
    }
  }
}
