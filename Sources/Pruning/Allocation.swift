import Basics
public import Networks

/// How many weights each layer loses.
public enum Quota: Equatable, Sendable {
  /// So many from all the tensors together, wherever the scores are lowest.
  case together(Int, [ParameterLayout.Entry])
  /// So many from each tensor.
  case each([(entry: ParameterLayout.Entry, remove: Int)])

  /// Counts with the tensors that they are of together.
  var parts: [(count: Int, entries: [ParameterLayout.Entry])] {
    switch self {
    case .together(let count, let entries): [(count, entries)]
    case .each(let quotas): quotas.map { ($0.remove, [$0.entry]) }
    }
  }

  public static func == (a: Quota, b: Quota) -> Bool {
    switch (a, b) {
    case (.together(let m, let x), .together(let n, let y)): m == n && x == y
    case (.each(let x), .each(let y)): x.map(\.entry) == y.map(\.entry) && x.map(\.remove) == y.map(\.remove)
    default: false
    }
  }
}

/// What an allocation is asked.
public struct AllocationRequest: Sendable {
  public var mask: Mask
  /// Share of the surviving weights to remove.
  public var fraction: Double
  /// Tensors that may lose weights.
  public var entries: [ParameterLayout.Entry]
  /// What a layer's own fraction is multiplied by; 1 if absent.
  public var factors: [String: Double]

  public init(
    mask: Mask, fraction: Double, entries: [ParameterLayout.Entry], factors: [String: Double] = [:]
  ) {
    self.mask = mask
    self.fraction = fraction
    self.entries = entries
    self.factors = factors
  }

  var remaining: Int { entries.reduce(0) { $0 + mask.remaining(in: $1) } }
  /// Exactly round(fraction * remaining), half away from zero.
  var removed: Int { Int((fraction * Double(remaining)).rounded()) }
  /// How many weights stay.
  var kept: Int { remaining - removed }

  /// The quota that leaves each tensor so many of its survivors.
  func leaving(_ counts: [Int]) -> Quota {
    .each(zip(entries, counts).map { ($0, mask.remaining(in: $0) - $1) })
  }
}

/// Turns a fraction into counts.
///
/// A new allocation is one file in `Allocations/` plus one line in `AllocationCatalog`.
public protocol Allocation: Sendable {
  static var name: String { get }
  static var summary: String { get }
  init()
  /// Never more than a tensor has.
  ///
  /// - Throws: `Problem.usage` if the rule has no answer for such a network or fraction.
  func quota(_ request: AllocationRequest) throws -> Quota
}

/// All allocations.
public enum AllocationCatalog {
  public static let all: [any Allocation.Type] = [
    GlobalAllocation.self,
    LayerwiseAllocation.self,
    UniformAllocation.self,
    UniformPlusAllocation.self,
    ErdosRenyiAllocation.self,
    BalancedAllocation.self,
    SmartRatioAllocation.self,
    PlainSmartRatioAllocation.self,
    GivenRatiosAllocation.self,
  ]

  /// Reads a name of the catalogue, or `ratios:fc1=0.1,fc2=0.5`.
  ///
  /// - Throws: `Problem.usage` naming the nearest valid names.
  public static func allocation(named name: String) throws -> any Allocation {
    if name.hasPrefix("\(GivenRatiosAllocation.name):") { return try GivenRatiosAllocation(named: name) }
    if let type = all.first(where: { $0.name == name }) { return type.init() }
    throw Problem.usage(
      "There is no allocation '\(name)'.", remedy: Suggestion.sentence(for: name, among: all.map { $0.name }))
  }
}
