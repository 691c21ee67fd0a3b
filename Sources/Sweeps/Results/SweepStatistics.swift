import Basics
import Experiments
import Foundation
import Tickets

/// Puts a sweep's seeds together: means and intervals by arm, paired comparisons between arms.
package struct SweepStatistics {
  let folder: SweepFolder
  let plan: SweepPlan

  package init(folder: SweepFolder, plan: SweepPlan) {
    self.folder = folder
    self.plan = plan
  }

  package func result() -> SweepResult {
    let failed = folder.failedUnits(), summaries = plan.arms.indices.map(self.summaries)
    let arms = plan.arms.indices.map { arm($0, summaries[$0], failed: failed) }
    let sides = zip(arms, summaries).map { PairedComparison.Side($0.label, $1) }, metric = metric(of: summaries)
    let comparisons = PairedComparison.all(sides, with: sides[plan.baseline], metric: metric)
    let done = plan.units.count { folder.summary($0, of: plan) != nil },
      failures = arms.reduce(0) { $0 + $1.failures.count }
    var result = SweepResult(
      name: plan.name, purpose: plan.purpose, experiment: plan.experiment, seeds: plan.seeds, varying: plan.varying,
      shared: shared, arms: arms,
      stages: Dictionary(uniqueKeysWithValues: zip(arms, summaries).map { ($0.run, StageTable($1).rows) }),
      figures: Dictionary(uniqueKeysWithValues: arms.filter(\.rounds.isEmpty).map { ($0.run, figures($0)) }),
      baseline: arms[plan.baseline].label, metric: metric, comparisons: comparisons, verdict: [], done: done,
      failed: failures, missing: plan.arms.count * plan.seeds.count - done - failures,
      seconds: arms.reduce(0) { $0 + $1.seconds },
      reproduce: "tombola sweep \(Shell.quoted(folder.file.path)) --out \(Shell.quoted(folder.store.path))",
      source: (try? String(contentsOf: folder.file, encoding: .utf8)) ?? "")
    result.verdict = unknownMetric(summaries) + SweepVerdict(result).sentences
    return result
  }

  /// A metric that no network has compares nothing, which has to be said.
  private func unknownMetric(_ summaries: [[SeedSummary]]) -> [String] {
    guard let asked = plan.metric else { return [] }
    let found = Set(summaries.joined().flatMap { $0.stages.flatMap { $0.metrics.keys } })
    guard !found.isEmpty, !found.contains(asked) else { return [] }
    return [
      "No network has the metric '\(asked)', so nothing is compared. Those that there are: \(found.sorted().joined(separator: ", "))."
    ]
  }

  /// What the sweep's file says, or else test accuracy, or else what there is.
  private func metric(of summaries: [[SeedSummary]]) -> String {
    let usual = plan.metric ?? "testAccuracy"
    let found = Set(summaries.joined().flatMap { $0.stages.flatMap { $0.metrics.keys } })
    return plan.metric != nil || found.isEmpty || found.contains(usual) ? usual : found.sorted()[0]
  }

  private var shared: [String: String] {
    let changes = plan.arms[0].changes.filter { !plan.varying.contains($0.key) }
    return Dictionary(uniqueKeysWithValues: changes.map { ($0.key, $0.value) })
  }

  private func figures(_ arm: SweepArm) -> [String: Double] {
    let common = Set(MetricCatalog.common.map(\.key))
    let entry = RunEntry(folder: folder.store.appendingPathComponent(arm.run), updated: 0)
    return (entry?.figures ?? [:]).filter { !common.contains($0.key) }
  }

  // MARK: arms

  /// What can be compared of the seeds that are done and of those of which networks failed.
  private func summaries(_ arm: Int) -> [SeedSummary] {
    let url = folder.store.appendingPathComponent(plan.arms[arm].run)
    let parts = plan.seeds.compactMap { seed in
      folder.summary(plan.unit(arm: arm, seed: seed), of: plan)
        ?? SeedSummary(partOf: seed, in: url).flatMap { $0.failures == nil ? nil : $0 }
    }
    return parts.contains { $0.failures != nil } ? parts.comparable : parts
  }

  private func arm(_ index: Int, _ summaries: [SeedSummary], failed: Set<String>) -> SweepArm {
    let arm = plan.arms[index], table = StageTable(summaries)
    let failures = plan.seeds.compactMap { seed -> SweepFailure? in
      let unit = plan.unit(arm: index, seed: seed)
      return failed.contains(unit.name) && folder.summary(unit, of: plan) == nil ? SweepFailure(unit, in: folder) : nil
    }
    let guess = RunIdentity(in: folder.store.appendingPathComponent(arm.run))?.guess
    var result = SweepArm(
      label: arm.label, run: arm.run, values: arm.texts.filter { plan.varying.contains($0.key) },
      seeds: summaries.map(\.seed), failures: failures, dense: table.dense, rounds: table.rounds,
      matching: table.matchingRound(arm.texts, against: guess), margin: StageTable.margin(arm.texts), guess: guess,
      seconds: table.seconds, digest: table.digest, reproduce: arm.reproduce)
    if plan.arms.count <= Self.mostPictures { addPicture(to: &result) }
    return result
  }

  /// Sweeps of more arms show no masks.
  private static let mostPictures = 24

  /// What a result says of its masks.
  private struct Masks: Decodable {
    struct Round: Decodable {
      var round: Int
      var inputConnections: [Int]?
    }
    var rounds: [Round]
    var dataset: DatasetSummary
  }

  private func addPicture(to arm: inout SweepArm) {
    let file = folder.store.appendingPathComponent(arm.run).appendingPathComponent("result.json")
    guard let round = arm.chosen?.round, let masks: Masks = StoredJSON.read(file) else { return }
    arm.inputConnections = masks.rounds.first { $0.round == round }?.inputConnections
    arm.inputShape = masks.dataset.shape
  }
}
