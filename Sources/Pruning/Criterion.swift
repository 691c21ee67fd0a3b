import Basics
import Foundation

/// How much each weight matters: the lowest scores go first.
///
/// A new criterion is one file in `Criteria/` plus one line in `CriterionCatalog`, or a type of another package that
/// `CriterionCatalog.install` makes known.
public protocol Criterion: Sendable {
  static var name: String { get }
  static var summary: String { get }
  init()
  /// What `scores` looks at beyond mask and initial weights.
  var needs: ScoringNeeds { get }
  /// How often a round scores, each time with the mask that the time before left.
  var passes: Int { get }
  /// Whether weights that an earlier pass of the same round removed may come back.
  var regrows: Bool { get }
  /// Whether scores of survivors change with what else is pruned.
  var seesMask: Bool { get }
  /// Whether scores may be negative, so that a product with them would turn a factor's meaning around.
  var isSigned: Bool { get }
  /// One finite number a parameter; those of pruned weights are ignored unless the criterion regrows.
  func scores(_ context: ScoringContext) throws -> [Float]
}

extension Criterion {
  public var passes: Int { 1 }
  public var regrows: Bool { false }
  public var seesMask: Bool { needs.isProbing }
  public var isSigned: Bool { false }
}

/// All criteria: those that are built in, and those that a process installs.
public enum CriterionCatalog {
  public static var all: [any Criterion.Type] { builtIn + lock.withLock { installed } }

  private static let lock = NSLock()
  nonisolated(unsafe) private static var installed: [any Criterion.Type] = []

  /// Makes criteria of other packages known; those of a name that is known already are passed over.
  public static func install(_ criteria: [any Criterion.Type]) {
    lock.withLock {
      for type in criteria where !(builtIn + installed).contains(where: { $0.name == type.name }) {
        installed.append(type)
      }
    }
  }

  private static let builtIn: [any Criterion.Type] = [
    Magnitude.self,
    InitialMagnitude.self,
    LargeInitLargeFinal.self,
    MagnitudeIncrease.self,
    Movement.self,
    NormalisedMagnitude.self,
    One.self,
    RandomScore.self,
    SNIP.self,
    IterativeSNIP.self,
    FORCE.self,
    GraSP.self,
    SynFlow.self,
    ProsPr.self,
  ]

  /// Names of Zhou et al. 2019 (arXiv:1905.01067) for criteria that have another one here.
  public static let aliases = ["large-final": Magnitude.name, "large-init": InitialMagnitude.name]

  /// Reads a name of the catalogue, `STATIC:DATA@TIME`, and either with `same-sign-` or `inverted-` before it.
  ///
  /// - Throws: `Problem.usage` naming the nearest valid names.
  public static func criterion(named name: String) throws -> any Criterion {
    for (prefix, wrap) in wrappers where name.hasPrefix(prefix) {
      return wrap(try criterion(named: String(name.dropFirst(prefix.count))))
    }
    if name.contains(":") { return try CompositeCriterion(named: name) }
    let plain = aliases[name] ?? name
    if let type = all.first(where: { $0.name == plain }) { return type.init() }
    throw Problem.usage(
      "There is no criterion '\(name)'.",
      remedy: Suggestion.sentence(for: name, among: all.map { $0.name } + aliases.keys))
  }

  private static let wrappers: [(String, @Sendable (any Criterion) -> any Criterion)] = [
    ("same-sign-", { SameSignCriterion($0) }), ("inverted-", { InvertedCriterion($0) }),
  ]
}
