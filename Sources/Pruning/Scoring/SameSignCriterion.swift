import Networks

/// Any criterion, with weights that trained to the other sign going first: `same-sign-magnitude`.
///
/// The "same sign" variants of Zhou et al. 2019 (arXiv:1905.01067), which give weights that changed sign a score of 0; here
/// the criterion still orders those, where the paper leaves ties. A weight that is or was zero has no sign to keep.
public struct SameSignCriterion: Criterion {
  public static let name = "same-sign-CRITERION"
  public static let summary = "weights whose sign changed in training go first: same-sign-magnitude"

  private let base: any Criterion

  public init() { self.init(Magnitude()) }
  init(_ base: any Criterion) { self.base = base }

  public var needs: ScoringNeeds { base.needs.union(.trained) }
  public var passes: Int { base.passes }
  public var regrows: Bool { base.regrows }
  public var seesMask: Bool { base.seesMask }
  public var isSigned: Bool { true }

  public func scores(_ context: ScoringContext) throws -> [Float] {
    let trained = context.trained.values, initial = context.initial.values
    return try base.scores(context).enumerated().map { i, score in
      OrderKey.half(score, isUpper: trained[i] * initial[i] > 0)
    }
  }
}
