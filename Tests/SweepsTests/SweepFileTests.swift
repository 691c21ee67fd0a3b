import Basics
import Experiments
import Foundation
import Methods
import Sweeps
import Testing

@Suite struct SweepFileTests {
  init() { ExperimentCatalog.install(MethodCatalog.all) }

  private let text = """
    name: rates
    purpose: Which rate?
    settings: {data: digits, model: "mlp:24,16", rounds: 3, steps: 2ep}
    seeds: [0, 2-4]
    grid:
      criterion: [magnitude, random]
      lr: [0.05, 0.1, 0.2]
    conditions:
      - if: criterion=random lr>0.1
        set: {controls: none}
    skip:
      - criterion=random lr<0.1
    baseline: lr=0.1
    """

  @Test func combinationsAreThoseOfTheGrid() throws {
    let plan = try SweepPlan(SweepFile(text: text))
    #expect(plan.name == "rates" && plan.seeds == [0, 2, 3, 4] && plan.skipped == 1 && plan.duplicates == 0)
    #expect(plan.varying == ["criterion", "controls", "lr"])
    #expect(
      plan.arms.map { "\($0.texts["criterion"] ?? "") \($0.texts["lr"] ?? "")" } == [
        "magnitude 0.05", "magnitude 0.1", "magnitude 0.2", "random 0.1", "random 0.2",
      ])
    #expect(plan.arms.map { $0.texts["controls"] == "none" } == [false, false, false, false, true])
    #expect(plan.baseline == 1)
    #expect(plan.arms[3].label == "criterion=random, controls=reinit,shuffled,random, lr=0.1")
    #expect(plan.units.count == 20 && Set(plan.units).count == 20)
    #expect(plan.units.prefix(5).map(\.seed) == [0, 0, 0, 0, 0], "the first results are of all arms")
    for unit in plan.units { #expect(plan.unit(named: unit.name) == unit) }
    #expect(plan.unit(named: "find-000000000000.seed-1") == nil)
  }

  /// Runs are named by their settings: these names must not change, or old runs are lost.
  @Test func armsKeepTheirNames() throws {
    let plan = try SweepPlan(SweepFile(text: text))
    #expect(plan.arms.prefix(3).map(\.run) == ["find-9f65270864a4", "find-3667027f5c22", "find-c3d6ed50ebf4"])
  }

  @Test func armsAreCombinedWithTheGridAndSameOnesCountOnce() throws {
    let plan = try SweepPlan(
      SweepFile(
        text: """
          seeds: 2
          arms:
            - {criterion: random, controls: none}
            - {algorithm: one-shot}
            - {lr: 0.1}
          grid: {rounds: [2, 12], tolerance: [0.002, 0.0020]}
          """, stem: "plain"))
    #expect(plan.name == "plain" && plan.arms.count == 6 && plan.duplicates == 6 && plan.baseline == 0)
    #expect(plan.arms.last?.changes.isEmpty == true, "all at their defaults")
  }

  @Test(arguments: [
    ("[1, 2]", "no sweep"), ("grid: 3", "not a mapping"), ("gird: {lr: [1]}", "grid"), ("settings: {lr: x}", "number"),
    ("settings: {lrr: 1}", "lr"), ("seeds: 0", "from 1"), ("seeds: [1, 1]", "twice"), ("seeds: [3-1]", "range"),
    ("seeds: many", "range"), ("name: a/b", "folder"), ("name: ..", "folder"), ("grid: {lr: []}", "no value"),
    ("grid: {lr: [[1]]}", "word"), ("conditions: [{if: lr=1}]", "'if' and 'set'"), ("skip: [lr]", "condition"),
    ("baseline: lr=7", "baseline"), ("experiment: conect", "connect"), ("experiment: [find]", "word"),
    ("experiment: connect\nsettings: {criterion: random}", "no effect on 'connect'"),
    ("settings: {at: 1it}", "no effect on 'find'"),
    ("experiment: connect\ngrid: {at: [0it, 1it]}", "one run folder"), ("skip: ['lr>0']", "no combination"),
    ("settings: {lr: [1, 2]}", "grid"),
    ("grid: {lr: [0.1], lr: [0.2]}", "twice"), ("arms: {lr: 1}", "not a list"), ("{", "YAML"),
  ])
  func whatCannotBeReadSaysWhy(_ text: String, _ word: String) {
    let problem = #expect(throws: Problem.self) { try SweepPlan(SweepFile(text: text)) }
    #expect(
      problem?.kind == .badData && problem?.description.contains(word) == true, "\(text): \(problem?.description ?? "")"
    )
  }

  @Test func tooManyCombinationsAreRefused() {
    let values = (1...60).map { "0.\($0 + 100)" }.joined(separator: ", ")
    let text = "grid: {lr: [\(values)], momentum: [\(values)], tolerance: [\(values)]}"
    let problem = #expect(throws: Problem.self) { try SweepPlan(SweepFile(text: text)) }
    #expect(problem?.problem.contains("more than") == true)
  }

  /// A sweep of another experiment takes its settings, and lists where a setting holds several values.
  @Test func anyExperimentCanBeSwept() throws {
    let plan = try SweepPlan(
      SweepFile(
        text: """
          experiment: connect
          metric: instability
          settings: {data: digits, model: "mlp:9", at: [0it, 20it], points: 3}
          grid: {lr: [0.1, 0.2]}
          conditions: [{if: lr=0.2, set: {steps: 3ep}}]
          skip: [copies=3]
          """))
    #expect(plan.experiment == "connect" && plan.metric == "instability" && plan.varying == ["steps", "lr"])
    #expect(plan.arms.map { $0.texts["at"] } == ["0it,20it", "0it,20it"])
    var settings = ConnectSettings()
    for change in ["data=digits", "model=mlp:9", "lr=0.1"] { try settings.apply(change) }
    let folder = Connect.folder(settings, in: URL(fileURLWithPath: "/"))
    #expect(plan.arms[0].run == folder.lastPathComponent, "as the experiment's own command names it")
    #expect(
      plan.arms[0].reproduce.hasPrefix("tombola connect --set ")
        && plan.arms[0].extent == ["at": "0it,20it", "points": "3"])
  }

  @Test func gridsOfListsHoldLists() throws {
    let file = try SweepFile(text: "experiment: connect\ngrid: {data: [digits], at: [[0it, 1it]]}")
    #expect(file.grid.map(\.values) == [["digits"], ["0it,1it"]])
  }
}
