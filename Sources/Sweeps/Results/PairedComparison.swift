import Analysis
package import Basics
package import Experiments
package import Foundation

/// A network of one run against the same of another, over the seeds that both have.
package struct PairedComparison: Codable, Equatable, Sendable {
  package var arm: String
  package var baseline: String
  /// The record of the network; absent for tickets, which are compared at equal numbers of weights.
  package var stage: String?
  package var remaining: Int?
  package var density: Double?
  /// The metric of the arm minus the baseline's.
  package var difference: Interval
  /// The probability of a mean difference at least as large, in either direction, if there were none (Student's t, paired).
  package var chance: Double
  /// The same, adjusted for all comparisons (Holm 1979).
  package var adjusted: Double

  /// A run with its name for the eye.
  package struct Side {
    var label: String
    var summaries: [SeedSummary]

    package init(_ label: String, _ summaries: [SeedSummary]) {
      self.label = label
      self.summaries = summaries
    }

    /// Tickets if there are some, else everything.
    fileprivate var stages: [SeedSummary.Stage] {
      let all = summaries.first?.stages ?? [], tickets = all.filter { $0.arm == "ticket" && $0.remaining != nil }
      return (tickets.isEmpty ? all : tickets).filter { stage in
        summaries.allSatisfy { $0.stages.contains { $0.name == stage.name } }
      }
    }
  }

  /// Sides against a baseline at all networks that both have.
  package static func all(_ sides: [Side], with baseline: Side, metric: String) -> [PairedComparison] {
    var found = sides.filter { $0.label != baseline.label }.flatMap { side -> [PairedComparison] in
      let others = baseline.stages
      return side.stages.compactMap { stage in
        let other = others.first {
          stage.arm == "ticket" && $0.arm == "ticket" ? $0.remaining == stage.remaining : $0.name == stage.name
        }
        return other.flatMap { compare(side, stage, baseline, $0, metric) }
      }
    }
    for (i, chance) in Holm.adjusted(found.map(\.chance)).enumerated() { found[i].adjusted = chance }
    return found
  }

  /// Over the seeds that both have; `nil` if there is none.
  private static func compare(
    _ a: Side, _ x: SeedSummary.Stage, _ b: Side, _ y: SeedSummary.Stage, _ metric: String
  ) -> PairedComparison? {
    func value(_ side: Side, _ stage: SeedSummary.Stage, _ seed: UInt64) -> Double? {
      side.summaries.first { $0.seed == seed }?.stages.first { $0.name == stage.name }?.metrics[metric]
    }
    let values = a.summaries.compactMap { summary -> Double? in
      guard let own = value(a, x, summary.seed), let other = value(b, y, summary.seed) else { return nil }
      return own - other
    }
    guard !values.isEmpty else { return nil }
    let test = PairedTest(values), isTicket = x.arm == "ticket" && x.remaining != nil
    return PairedComparison(
      arm: a.label, baseline: b.label, stage: isTicket ? nil : x.name, remaining: x.remaining, density: x.density,
      difference: Interval(of: values), chance: test.twoSidedChance,
      adjusted: 1)
  }
}

/// Runs of a store against the first of them.
package struct RunComparison {
  package let comparisons: [PairedComparison]
  package let metric: Metric

  package init(_ entries: [RunEntry], store: URL, metric: String = "testAccuracy") throws {
    try self.init(entries, in: entries.map { store.appendingPathComponent($0.name) }, metric: metric)
  }

  /// - Parameter folders: Of each run.
  /// - Throws: `Problem.usage` if they are not of one experiment.
  package init(_ entries: [RunEntry], in folders: [URL], metric: String = "testAccuracy") throws {
    guard Set(entries.map(\.command)).count < 2 else {
      throw Problem.usage(
        "Runs of \(Set(entries.map(\.command)).sorted().joined(separator: " and ")) have no networks in common.",
        remedy: "Compare runs of one experiment.")
    }
    self.metric = MetricCatalog.metric(metric)
    let sides = zip(entries, folders).map { PairedComparison.Side($0.name, RunEntry.summaries(in: $1)) }
    comparisons = sides.first.map { PairedComparison.all(sides, with: $0, metric: metric) } ?? []
  }
}
