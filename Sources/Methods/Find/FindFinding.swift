import Analysis
public import Basics
package import Experiments
import Tickets

/// The result of a search.
public struct FindFinding: Equatable, Sendable {
  /// What a network reached, over all seeds.
  package struct Arm: Equatable, Sendable {
    /// By the key of the metric.
    package var metrics: [String: Interval]
    /// Means over the seeds as training went on; the first point is before the first step.
    package var curve: [CurvePoint]

    package subscript(metric: Metric) -> Interval? { metrics[metric.key] }
    /// Share of test samples that the network has right after the last step.
    package var testAccuracy: Interval { metrics[Metric.testAccuracy.key]! }
    /// What choices are made by.
    package var validationAccuracy: Interval { metrics[Metric.validationAccuracy.key]! }
  }

  /// One level of pruning.
  package struct Round: Equatable, Sendable {
    package var round: Int
    /// Surviving prunable weights, equal for all seeds, and their share.
    package var remaining: Int
    package var density: Double
    /// `ticket`, and the controls by their names.
    package var arms: [String: Arm]
    /// The layers of the first seed's mask.
    package var layers: [LayerCount]
    /// Surviving connections of each input (channel, row, column) in the first seed's mask, where the first layer is fully
    /// connected.
    package var inputConnections: [Int]?

    package var ticket: Arm { arms["ticket"]! }
    /// Multiply-adds of all weights for a sample, forward, and of those that the first seed's mask keeps.
    package var denseMultiplyAdds: Int? { layers.sum(\.denseMultiplyAdds) }
    package var multiplyAdds: Int? { layers.sum(\.multiplyAdds) }
  }

  /// The ticket that a search recommends.
  package struct TicketFile: Codable, Equatable, Sendable {
    package var path: String
    /// SHA-256 of masks and weights.
    package var digest: String
    package var bytes: Int
    package var density: Double
    package var round: Int
  }

  /// `dense`, and the controls beside it.
  package var arms: [String: Arm]
  package var rounds: [Round]
  package var ticket: TicketFile?
  /// Of `chosen`; absent where records of older versions do not say it.
  package var classes: ClassFinding?

  package var dense: Arm { arms["dense"]! }

  /// What a network reached in a round; dense ones are the same in all of them.
  package func arm(_ name: String, in round: Round) -> Arm? { round.arms[name] ?? arms[name] }

  /// The sparsest round that matches the dense network in validation accuracy, see `Standing`.
  ///
  /// - Parameter margin: As a share.
  package func matchingRound(tolerance: Double, margin: Double) -> Round? {
    rounds.map { Standing.match($0.ticket.validationAccuracy, dense.validationAccuracy, margin: margin) }
      .sparsestMatch(tolerance: tolerance).map { rounds[$0] }
  }

  /// The round that the recommended ticket was taken from.
  package var recommended: Round? { ticket.flatMap { ticket in rounds.first { $0.round == ticket.round } } }
  /// The round that stands for all where one must be chosen: the recommended one, or else the last.
  package var chosen: Round? { recommended ?? rounds.last }
}

extension [LayerCount] {
  /// `nil` where a layer does not say it.
  fileprivate func sum(_ count: (LayerCount) -> Int?) -> Int? {
    let counts = compactMap(count)
    return counts.count == self.count ? counts.reduce(0, +) : nil
  }
}

extension FindFinding: Sound {
  /// All networks were measured on the same seeds.
  public var isSound: Bool {
    (arms.values + rounds.flatMap(\.arms.values)).flatMap(\.metrics.values).arePaired && classes?.isSound ?? true
  }
}

// MARK: - Metrics and arms stand in JSON beside the other values

extension FindFinding: Codable {
  private enum Key: String, CodingKey { case rounds, ticket, classes }
  private static let names = (["dense"] + ControlCatalog.all.filter { $0.isDense }.map { $0.name }).map { NameKey($0) }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    arms = try decoder.container(keyedBy: NameKey.self).named(Self.names, needed: "dense")
    rounds = try values.decode([Round].self, forKey: .rounds)
    ticket = try values.decodeIfPresent(TicketFile.self, forKey: .ticket)
    classes = try values.decodeIfPresent(ClassFinding.self, forKey: .classes)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self), all = encoder.container(keyedBy: NameKey.self)
    try values.encode(rounds, forKey: .rounds)
    try values.encodeIfPresent(ticket, forKey: .ticket)
    try values.encodeIfPresent(classes, forKey: .classes)
    try all.encode(named: arms)
  }
}

extension FindFinding.Arm: Codable {
  private static let curveKey: NameKey = "curve"

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: NameKey.self)
    curve = try values.decode([CurvePoint].self, forKey: Self.curveKey)
    metrics = try values.named(
      values.allKeys.filter { $0 != Self.curveKey }, needed: Metric.testAccuracy.key, Metric.validationAccuracy.key)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: NameKey.self)
    try values.encode(curve, forKey: Self.curveKey)
    try values.encode(named: metrics)
  }
}

extension FindFinding.Round: Codable {
  private enum Key: String, CodingKey, CaseIterable { case round, remaining, density, layers, inputConnections }
  private static let others = Set(Key.allCases.map(\.rawValue))

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self), all = try decoder.container(keyedBy: NameKey.self)
    round = try values.decode(Int.self, forKey: .round)
    remaining = try values.decode(Int.self, forKey: .remaining)
    density = try values.decode(Double.self, forKey: .density)
    layers = try values.decode([LayerCount].self, forKey: .layers)
    inputConnections = try values.decodeIfPresent([Int].self, forKey: .inputConnections)
    arms = try all.named(all.allKeys.filter { !Self.others.contains($0.stringValue) }, needed: "ticket")
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self), all = encoder.container(keyedBy: NameKey.self)
    try values.encode(round, forKey: .round)
    try values.encode(remaining, forKey: .remaining)
    try values.encode(density, forKey: .density)
    try values.encode(layers, forKey: .layers)
    try values.encodeIfPresent(inputConnections, forKey: .inputConnections)
    try all.encode(named: arms)
  }
}
