import Basics
import Networks

/// A static factor times a data factor: `magnitude:fisher@init` is |w| after training times the root mean square of the
/// gradients at initialisation.
///
/// After Lévai & Zombori 2020 (arXiv:2006.14350). A product with a negative static factor would turn the data factor's
/// meaning around; such factors are combined by the mean of the two ranks, which no rescaling of a factor changes. Where
/// the data factor is 0, as before a unit that is never on, the static factor alone decides, below all others.
public struct CompositeCriterion: Criterion {
  public static let name = "STATIC:DATA@TIME"
  public static let summary = "any criterion times a statistic of gradients: magnitude:fisher@init"

  private let factor: any Criterion
  /// `nil` leaves the static factor alone.
  private let statistic: GradientStatistic?
  private let time: ScoringTime

  public init() { self.init(factor: One(), statistic: .gradient, time: .start) }

  init(factor: any Criterion, statistic: GradientStatistic?, time: ScoringTime) {
    self.factor = factor
    self.statistic = statistic
    self.time = time
  }

  /// - Throws: `Problem.usage` unless the text is STATIC:none or STATIC:DATA@TIME.
  init(named name: String) throws {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let factor = try CriterionCatalog.criterion(named: parts[0])
    if parts[1] == "none" {
      self.init(factor: factor, statistic: nil, time: .end)
      return
    }
    let sides = parts[1].split(separator: "@", omittingEmptySubsequences: false).map(String.init)
    guard let statistic = GradientStatistic(rawValue: sides[0]) else {
      throw Problem.usage(
        "There is no data factor '\(sides[0])' (in criterion '\(name)').",
        remedy: Suggestion.sentence(for: sides[0], among: ["none"] + GradientStatistic.allCases.map(\.rawValue)))
    }
    guard sides.count == 2, let time = ScoringTime(sides[1]) else {
      throw Problem.usage(
        "Criterion '\(name)' does not say at which weights gradients are taken.",
        remedy: "Write \(parts[0]):\(sides[0])@init, @end, or @ and a step such as @500it.")
    }
    guard factor.passes == 1 else {
      throw Problem.usage(
        "Criterion '\(parts[0])' scores in passes of its own and takes no data factor.",
        remedy: "Use it alone, or choose another static factor.")
    }
    self.init(factor: factor, statistic: statistic, time: time)
  }

  public var needs: ScoringNeeds {
    statistic == nil ? factor.needs : factor.needs.union(.probe).union(.weights(at: time))
  }
  public var isSigned: Bool { factor.isSigned }
  public var seesMask: Bool { statistic != nil || factor.seesMask }

  public func scores(_ context: ScoringContext) throws -> [Float] {
    let factors = try factor.scores(context)
    guard let statistic else { return factors }
    let data = try context.requireProbe().statistic(
      statistic, of: context.weights(at: time), mask: context.mask, pass: context.pass)
    if factor.isSigned { return Ranks.means(factors, data, of: context.mask) }
    return zip(factors, data).map { $1 == 0 ? OrderKey.belowZero($0) : $0 * $1 }
  }
}
