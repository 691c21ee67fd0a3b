import Basics
public import Datasets
public import Foundation
public import Tickets

/// What the arms of a study take, measured by training each kind of network for a moment.
public struct StudyBudget: Codable, Equatable, Sendable {
  public struct Arm: Codable, Equatable, Sendable {
    /// Of one seed.
    public var estimate: SearchEstimate
    /// The name of the folder of the dense training, which arms can share.
    public var dense: String
  }

  /// By run folder.
  public var arms: [String: Arm] = [:]

  public init() {}

  /// Checks every arm against its data and network, and measures what is not known yet.
  ///
  /// - Parameter known: From an earlier start.
  /// - Throws: `Problem` naming the arm that cannot work.
  public init(of plan: StudyPlan, in store: URL, locator: DataLocator, known: StudyBudget = StudyBudget()) throws {
    var kinds: [String: (prepared: PreparedSearch, timing: StepTiming)] = [:]
    for (i, arm) in plan.arms.enumerated() {
      if let before = known.arms[arm.run] { arms[arm.run] = before; continue }
      let search = plan.search(i, output: store)
      do {
        let kind =
          try kinds[search.timingKey]
          ?? {
            let prepared = try search.prepared(locator)
            return (prepared, search.timing(prepared))
          }()
        try search.check(kind.prepared)
        kinds[search.timingKey] = kind
        arms[arm.run] = Arm(
          estimate: search.estimate(kind.prepared, kind.timing),
          dense: search.sharedDenseFolder(kind.prepared).lastPathComponent)
      } catch let problem as Problem {
        throw Problem(problem.kind, "\(arm.label): \(problem.problem)", remedy: problem.remedy)
      }
    }
  }

  /// What units take together; dense trainings that they share count once.
  public func total(_ units: [StudyPlan.Unit], of plan: StudyPlan) -> (seconds: Double, diskBytes: Int) {
    var shared: Set<String> = [], seconds = 0.0, bytes = 0
    for unit in units {
      guard let arm = arms[plan.arms[unit.arm].run] else { continue }
      let isFirst = shared.insert("\(arm.dense) \(unit.seed)").inserted
      seconds += arm.estimate.seconds - (isFirst ? 0 : arm.estimate.denseSeconds)
      bytes += arm.estimate.diskBytes
    }
    return (seconds, bytes)
  }
}

extension StudyFolder {
  private var budgetFile: URL { url.appendingPathComponent("budget.json") }

  public var budget: StudyBudget {
    let data = try? Data(contentsOf: budgetFile)
    return data.flatMap { try? JSONDecoder().decode(StudyBudget.self, from: $0) } ?? StudyBudget()
  }

  public func keep(_ budget: StudyBudget) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try AtomicFile.write(try encoder.encode(budget), to: budgetFile)
  }
}
