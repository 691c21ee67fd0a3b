import Analysis
public import Basics
import Foundation
import Tickets

/// Puts a study's seeds together: means and intervals by arm, paired comparisons between arms.
public struct StudyStatistics {
  let folder: StudyFolder
  let plan: StudyPlan

  public init(folder: StudyFolder, plan: StudyPlan) {
    self.folder = folder
    self.plan = plan
  }

  public func result() -> StudyResult {
    let failed = folder.failedUnits(), arms = plan.arms.indices.map { arm($0, failed: failed) }
    let baseline = arms[plan.baseline]
    let comparisons = PairedComparison.all(arms, with: baseline)
    let done = arms.reduce(0) { $0 + $1.seeds.count }, failures = arms.reduce(0) { $0 + $1.failures.count }
    let source = (try? String(contentsOf: folder.file, encoding: .utf8)) ?? ""
    return StudyResult(
      name: plan.name, purpose: plan.purpose, seeds: plan.seeds, varying: plan.varying, shared: shared, arms: arms,
      baseline: baseline.label, comparisons: comparisons,
      verdict: StudyVerdict(arms: arms, baseline: baseline, comparisons: comparisons).sentences, done: done,
      failed: failures, missing: plan.arms.count * plan.seeds.count - done - failures,
      seconds: arms.reduce(0) { $0 + $1.seconds }, reproduce: "tombola sweep study.yaml", source: source)
  }

  private var shared: [String: String] {
    let changes = plan.arms[0].settings.changes.filter { !plan.varying.contains($0.key) }
    return Dictionary(uniqueKeysWithValues: changes.map { ($0.key, $0.value) })
  }

  // MARK: arms

  private func arm(_ index: Int, failed: Set<String>) -> StudyArm {
    let arm = plan.arms[index], folder = self.folder.store.appendingPathComponent(arm.run)
    let summaries = plan.seeds.compactMap { Search.summary($0, in: folder) }, done = Set(summaries.map(\.seed))
    let failures = plan.seeds.filter { !done.contains($0) }.compactMap { seed -> StudyFailure? in
      let unit = plan.unit(arm: index, seed: seed)
      guard failed.contains(unit.name), let failure = self.folder.failure(unit) else { return nil }
      return StudyFailure(seed: seed, problem: failure.problem, log: "logs/\(unit.name).log")
    }
    let table = SeedTable(summaries)
    let texts = Dictionary(uniqueKeysWithValues: arm.settings.assignments.map { ($0.key, $0.value) })
    var result = StudyArm(
      label: arm.label, run: arm.run, values: texts.filter { plan.varying.contains($0.key) },
      seeds: summaries.map(\.seed), failures: failures, dense: table.interval("dense", 0, \.testAccuracy),
      rounds: table.results, matching: table.matchingRound(tolerance: arm.settings.tolerance), seconds: table.seconds,
      digest: table.digest,
      reproduce: plan.search(index, output: self.folder.store).reproduce)
    if plan.arms.count <= Self.mostPictures { addPicture(to: &result, from: folder) }
    return result
  }

  /// Studies of more arms show no masks.
  private static let mostPictures = 24

  private func addPicture(to arm: inout StudyArm, from folder: URL) {
    guard let round = arm.chosen?.round, let data = try? Data(contentsOf: folder.appendingPathComponent("result.json")),
      let search = try? JSONDecoder().decode(SearchResult.self, from: data)
    else { return }
    arm.inputConnections = search.rounds.first { $0.round == round }?.inputConnections
    arm.inputShape = search.dataset.shape
  }
}
