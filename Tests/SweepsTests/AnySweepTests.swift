import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Pages
import Sweeps
import TestSupport
import Testing
import Tickets
import ToyExperiment
import Training

/// Sweeps of experiments other than a search, unit by unit, as engines do them.
@Suite struct AnySweepTests {
  init() { ExperimentCatalog.install(MethodCatalog.all + [Toy.self]) }

  private static let text = """
    name: rates
    experiment: connect
    metric: instability
    settings: {data: digits, model: "mlp:24,16", steps: 2ep, points: 3, at: FORKS}
    seeds: 2
    grid: {lr: [0.05, 0.1]}
    """

  private func open(_ store: URL, _ text: String) throws -> (SweepFolder, SweepPlan) {
    let file = try SweepFile(text: text), folder = SweepFolder(name: file.name, store: store)
    let lock = try folder.open(Data(text.utf8))
    withExtendedLifetime(lock) {}
    return (folder, try folder.plan())
  }

  private func carryOut(_ folder: SweepFolder, _ plan: SweepPlan) throws {
    let worker = SweepWorker(folder: folder, plan: plan)
    for unit in plan.units { #expect(try worker.run(unit, locator: DataLocator())) }
  }

  @Test func unitsAreSeedsOfAnyExperiment() throws {
    let scratch = try Scratch(), text = Self.text.replacing("FORKS", with: "0it")
    let (folder, plan) = try open(scratch.url, text)
    #expect(plan.units.map { folder.state($0, of: plan, failed: []) } == [.waiting, .waiting, .waiting, .waiting])
    try carryOut(folder, plan)
    #expect(plan.units.allSatisfy { folder.state($0, of: plan, failed: []) == .done })
    #expect(plan.arms.indices.allSatisfy { folder.isConcluded($0, of: plan) })
    let result = SweepStatistics(folder: folder, plan: plan).result()
    #expect(result.done == 4 && result.experiment == "connect" && result.metric == "instability")
    #expect(result.stages.values.allSatisfy { $0.map(\.name) == ["at-0.copy-1", "at-0.copy-2"] })
    #expect(
      result.comparisons.map(\.arm) == ["lr=0.1", "lr=0.1"] && result.comparisons.allSatisfy { $0.remaining == nil })
    try Markup.check(SweepReport(result).document.html(chartScript: nil))
    // The same folder as the experiment's own command has it.
    let experiment = try #require(plan.arms[1].experiment as? Connect)
    let before = try files(scratch.url)
    let record = try Runner(experiment, threads: 1, output: scratch.url).run(locator: DataLocator())
    #expect(try files(scratch.url) == before && record.seeds == [0, 1])
  }

  /// What is no part of a run's identity is asked again: a seed that was done for less is not done for more.
  @Test func moreOfTheSameRunIsDoneToo() throws {
    let scratch = try Scratch(), few = try open(scratch.url, Self.text.replacing("FORKS", with: "0it"))
    try carryOut(few.0, few.1)
    let (folder, plan) = try open(scratch.url, Self.text.replacing("FORKS", with: "[0it, 9it]"))
    #expect(plan.arms.map(\.run) == few.1.arms.map(\.run))
    #expect(plan.units.allSatisfy { folder.state($0, of: plan, failed: []) == .waiting })
    let trained = try journal(scratch.url)
    try carryOut(folder, plan)
    let result = SweepStatistics(folder: folder, plan: plan).result()
    #expect(result.stages.values.allSatisfy { $0.count == 4 } && result.done == 4)
    #expect(try journal(scratch.url) - trained == 2 * 2 * 2, "only the copies of the new fork are trained")
  }

  @Test func experimentsWithoutTicketsHaveEstimates() throws {
    let scratch = try Scratch()
    for (experiment, more) in [("connect", "points: 3"), ("toy", "densities: [0.5, 0.1]")] {
      let plan = try SweepPlan(
        SweepFile(
          text: """
            experiment: \(experiment)
            settings: {data: digits, model: "mlp:24,16", steps: 2ep, \(more)}
            grid: {lr: [0.05, 0.1]}
            """))
      let budget = try SweepBudget(of: plan, in: scratch.url, locator: DataLocator())
      for arm in plan.arms {
        let estimate = try #require(budget.arms[arm.run]?.estimate)
        #expect(estimate.seconds > 0.05 && estimate.memoryBytes > 60 << 20 && estimate.diskBytes > 0)
      }
      #expect(budget.total(plan.units, of: plan).seconds > 0)
    }
    let bad = try SweepPlan(SweepFile(text: "experiment: connect\nsettings: {data: digits, at: 1000ep}"))
    let problem = #expect(throws: Problem.self) { try SweepBudget(of: bad, in: scratch.url, locator: DataLocator()) }
    #expect(problem?.problem.contains("not before the end") == true)
  }

  /// A dense training, and of every round a ticket and three controls.
  @Test func estimatesOfSearchesAreOfTheRightSize() throws {
    let scratch = try Scratch()
    var settings = FindSettings()
    for change in ["data=digits", "model=mlp:24,16", "rounds=3", "steps=2ep", "batch=64"] { try settings.apply(change) }
    let runner = Runner(Find(settings, seeds: [0]), threads: 2, output: scratch.url)
    let prepared = try runner.prepared(DataLocator()), material = prepared.material
    let estimate = try runner.experiment.estimate(of: 0, material, StepTiming(step: 1, evaluation: 0))
    let steps = 2 * Double(settings.search.recipe.stepsPerEpoch(samples: material.data.train.count))
    var shares = 1.0
    for density in [0.8, 0.64, 0.512] { shares += 4 * (0.15 + 0.85 * density) }
    #expect(abs(estimate.seconds - steps * shares) < 1e-6)
    #expect(estimate.denseSeconds == steps && estimate.memoryBytes > 60 << 20)
    _ = try runner.runSeed(0, prepared)
    let shared = try #require(runner.experiment.sharedFolder(material, in: scratch.url))
    #expect(FileManager.default.fileExists(atPath: shared.appendingPathComponent("seed-0/dense.json").path))
    let bytes = try files(scratch.url).reduce(0) { sum, path in
      sum + ((try? scratch.url.appendingPathComponent(path).resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0)
    }
    #expect(Double(estimate.diskBytes) > 0.5 * Double(bytes) && Double(estimate.diskBytes) < 4 * Double(bytes))
  }

  private func files(_ folder: URL) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
  }

  /// Trainings in all journals.
  private func journal(_ store: URL) throws -> Int {
    try files(store).filter { $0.hasSuffix("journal.jsonl") }.reduce(0) { count, path in
      try count + Journal(store.appendingPathComponent(path)).events().events.count { $0.kind == "trained" }
    }
  }
}
