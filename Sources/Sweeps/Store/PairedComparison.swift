import Analysis
public import Basics
public import Foundation

/// Arms against a baseline at all numbers of weights that both have.
enum PairedComparison {
  static func all(_ arms: [StudyArm], with baseline: StudyArm) -> [StudyComparison] {
    var found = arms.filter { $0.run != baseline.run }.flatMap { arm in
      arm.rounds.compactMap { round -> StudyComparison? in
        guard let other = baseline.rounds.first(where: { $0.remaining == round.remaining }) else { return nil }
        return compare(arm, round, baseline, other)
      }
    }
    for (i, chance) in Holm.adjusted(found.map(\.chance)).enumerated() { found[i].adjusted = chance }
    return found
  }

  /// Over the seeds that both have; `nil` if there is none.
  private static func compare(_ a: StudyArm, _ x: StudyRound, _ b: StudyArm, _ y: StudyRound) -> StudyComparison? {
    let common = a.seeds.filter { b.seeds.contains($0) }
    guard !common.isEmpty else { return nil }
    let values = common.map { seed in
      x.ticket.values[a.seeds.firstIndex(of: seed)!] - y.ticket.values[b.seeds.firstIndex(of: seed)!]
    }
    let test = PairedTest(values)
    return StudyComparison(
      arm: a.label, baseline: b.label, remaining: x.remaining, density: x.density, difference: Interval(of: values),
      chance: min(1, 2 * min(test.chance(above: 0), test.chance(below: 0))), adjusted: 1)
  }
}

/// Runs of a store against the first of them.
public struct RunComparison: Sendable {
  public let comparisons: [StudyComparison]

  public init(_ entries: [RunEntry], store: URL) {
    let arms = entries.map { entry in
      let summaries = RunEntry.summaries(in: store.appendingPathComponent(entry.name)), table = SeedTable(summaries)
      return StudyArm(
        label: entry.name, run: entry.name, values: [:], seeds: summaries.map(\.seed), failures: [],
        dense: table.interval("dense", 0, \.testAccuracy), rounds: table.results, matching: nil,
        seconds: table.seconds, digest: table.digest, reproduce: entry.reproduce)
    }
    comparisons = arms.first.map { PairedComparison.all(arms, with: $0) } ?? []
  }
}
