import Networks

/// Any criterion turned around: the weights that it finds most important go first, as an ablation (Frankle et al. 2021,
/// arXiv:2009.08576).
public struct InvertedCriterion: Criterion {
  public static let name = "inverted-CRITERION"
  public static let summary = "the most important weights go first, an ablation: inverted-snip"

  private let base: any Criterion

  public init() { self.init(Magnitude()) }
  init(_ base: any Criterion) { self.base = base }

  public var needs: ScoringNeeds { base.needs }
  public var passes: Int { base.passes }
  public var regrows: Bool { base.regrows }
  public var seesMask: Bool { base.seesMask }
  public var isSigned: Bool { true }

  public func scores(_ context: ScoringContext) throws -> [Float] { try base.scores(context).map { -$0 } }
}
