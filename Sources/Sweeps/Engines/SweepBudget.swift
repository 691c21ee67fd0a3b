import Basics
package import Datasets
package import Experiments
package import Foundation

/// What the arms of a sweep take, measured by training each kind of network for a moment.
package struct SweepBudget: Codable, Equatable, Sendable {
  package struct Arm: Codable, Equatable, Sendable {
    /// Of one seed.
    package var estimate: WorkEstimate
    /// The name of the folder of the dense training, which arms can share; empty where there is none.
    package var dense: String
  }

  /// By run folder.
  package var arms: [String: Arm] = [:]

  package init() {}

  /// Starting a process and writing its files.
  private static let startSeconds = 0.05

  /// Checks every arm against its data and network, and measures what is not known yet.
  ///
  /// - Parameter known: From an earlier start.
  /// - Throws: `Problem` naming the arm that cannot work.
  package init(of plan: SweepPlan, in store: URL, locator: DataLocator, known: SweepBudget = SweepBudget()) throws {
    var kinds: [String: Kind] = [:]
    let locator = locator.remembering
    for arm in plan.arms {
      if let before = known.arms[arm.run] { arms[arm.run] = before; continue }
      do { arms[arm.run] = try Self.measure(arm.experiment, plan.seeds[0], store, locator, &kinds) } catch let problem
        as Problem
      {
        throw Problem(problem.kind, "\(arm.label): \(problem.problem)", remedy: problem.remedy)
      }
    }
  }

  /// Steps of one kind of network on one set of samples.
  private struct Kind {
    var timing: StepTiming
    /// Of making the material the first time, as every process must.
    var seconds: Double
  }

  private static func measure<E: Experiment>(
    _ experiment: E, _ seed: UInt64, _ store: URL, _ locator: DataLocator, _ kinds: inout [String: Kind]
  ) throws -> Arm {
    let watch = Stopwatch(), material = try experiment.prepare(locator), seconds = watch.seconds
    var kind: Kind?
    if let network = material.timed {
      let key = network.timingKey
      kind = kinds[key] ?? Kind(timing: network.timing(), seconds: seconds)
      kinds[key] = kind
    }
    var estimate = try experiment.estimate(of: seed, material, kind?.timing)
    if let kind { estimate.seconds += kind.seconds + startSeconds }
    return Arm(
      estimate: estimate, dense: experiment.sharedFolder(material, in: store)?.lastPathComponent ?? "")
  }

  /// What units take together; dense trainings that they share count once.
  package func total(_ units: [SweepPlan.Unit], of plan: SweepPlan) -> (seconds: Double, diskBytes: Int) {
    var shared: Set<String> = [], seconds = 0.0, bytes = 0.0
    for unit in units {
      guard let arm = arms[plan.arms[unit.arm].run] else { continue }
      let isFirst = arm.dense.isEmpty || shared.insert("\(arm.dense) \(unit.seed)").inserted
      seconds += arm.estimate.seconds - (isFirst ? 0 : arm.estimate.denseSeconds)
      bytes += Double(arm.estimate.diskBytes)
    }
    return (seconds, Int(min(bytes, 1e18)))
  }
}

extension SweepFolder {
  private var budgetFile: URL { url.appendingPathComponent("budget.json") }

  package var budget: SweepBudget {
    StoredJSON.read(budgetFile) ?? SweepBudget()
  }

  package func keep(_ budget: SweepBudget) throws { try StoredJSON.write(budget, to: budgetFile) }
}
