import Experiments
import Foundation
import Pages
import Sweeps

/// What a sweep is going to do.
struct SweepOutline: Encodable {
  var study: String
  var arms: Int
  var seeds: Int
  var runs: Int
  /// Of the runs those that are not done.
  var open: Int
  var duplicates: Int
  var skipped: Int
  /// Estimates for the open runs.
  var coreSeconds: Double
  var wallSeconds: Double
  var diskBytes: Int
  var cores: Int
  /// By arm: its label, run folder and open seeds.
  var plan: [Row]

  struct Row: Encodable {
    var arm: String
    var run: String
    var openSeeds: [UInt64]
    var secondsPerSeed: Double
  }

  init(plan: SweepPlan, open units: [SweepPlan.Unit], budget: SweepBudget, cores: Int) {
    let total = budget.total(units, of: plan)
    study = plan.name
    arms = plan.arms.count
    seeds = plan.seeds.count
    runs = arms * seeds
    open = units.count
    duplicates = plan.duplicates
    skipped = plan.skipped
    coreSeconds = total.seconds
    wallSeconds = total.seconds / Double(max(1, min(cores, units.count)))
    diskBytes = total.diskBytes
    self.cores = cores
    let byArm = Dictionary(grouping: units, by: \.arm)
    self.plan = plan.arms.enumerated().map { i, arm in
      Row(
        arm: arm.label, run: arm.run, openSeeds: (byArm[i] ?? []).map(\.seed),
        secondsPerSeed: budget.arms[arm.run]?.estimate.seconds ?? 0)
    }
  }

  var summary: String {
    var text = "\(study): \(arms) arms x \(seeds) seeds = \(runs) runs, \(open) to do"
    if open > 0 {
      text +=
        wallSeconds > 0
        ? ", about \(Terminal.duration(wallSeconds)) on \(cores) cores and \(Self.bytes(diskBytes)) of disk"
        : "; how long they take is not known"
    }
    return text
  }

  var text: String {
    var table = TextTable(header: ["arm", "run", "seeds to do", "time a seed"])
    table.rows = plan.map { row in
      [
        row.arm, row.run, "\(row.openSeeds.count)",
        row.secondsPerSeed > 0 ? Terminal.duration(row.secondsPerSeed) : "-",
      ]
    }
    let notes = [
      skipped > 0 ? "\(skipped) combinations are skipped." : nil,
      duplicates > 0 ? "\(duplicates) combinations are the same as others." : nil,
    ].compactMap { $0 }
    return ([table.text, "", summary] + notes).joined(separator: "\n")
  }

  private static func bytes(_ count: Int) -> String {
    count < 1_000_000_000 ? "\((count + 999_999) / 1_000_000) MB" : String(format: "%.1f GB", Double(count) / 1e9)
  }
}
