public import Basics
public import Datasets
public import Experiments
import Foundation
import Networks
import Pruning
import Tickets
import Training

/// A grid of criteria, densities and seeds: every cell is a mask cut from the whole network and trained from the rewind point,
/// beside it the same with a shuffled mask.
///
/// Static factors with and without data, as Lévai & Zombori compare them; what shuffling costs tells whether a criterion
/// knows weights or only layers (Su et al. 2020, arXiv:2009.11094; Frankle et al. 2021, arXiv:2009.08576). Cost: a dense
/// training, and one or two trainings a cell, a seed.
public struct Criteria: Experiment {
  public static let name = "criteria"
  public static let summary = "compare pruning criteria over densities and seeds"
  public static let discussion = """
    Every static factor of --grid is run with every data factor of --factors (none, or DATA@TIME); --also adds criteria as \
    they are. Each cell is a mask cut from the whole network and trained from the rewind point, beside it the same mask \
    shuffled (not with --no-shuffled).
    """
  public static let example = [
    "data=digits", "model=mlp:24,16", "steps=2ep", "batch=64", "grid=magnitude,one", "factors=none,fisher@init",
    "also=synflow", "densities=0.2,0.02",
  ]

  public let settings: CriteriaSettings
  public let seeds: [UInt64]

  public init(_ settings: CriteriaSettings, seeds: [UInt64]) {
    self.settings = settings
    self.seeds = seeds
  }

  public func prepare(_ locator: DataLocator) throws -> TrainingMaterial {
    let names = settings.criteria
    guard !names.isEmpty else {
      throw Problem.usage("The grid is empty.", remedy: "Name criteria with --grid and --factors, or --also.")
    }
    if case .neighbours = settings.search.structure {
      throw Problem.usage(
        "structure=\(settings.search.structure.settingText) has a density of its own.",
        remedy: "Use 'tombola find --rounds 1' for it.")
    }
    let criteria = try names.map(CriterionCatalog.criterion)
    var search = settings.search
    search.rounds = 1
    let material = try TrainingMaterial(search, locator)
    for (name, criterion) in zip(names, criteria) {
      try search.checkScoring(criterion, named: name, material.data)
    }
    return material
  }

  // MARK: one seed

  /// A cell of the grid.
  struct Cell {
    var criterion: String
    var density: Double
    /// From 1 in the order of the densities.
    var place: Int

    /// `magnitude+fisher+init-0.05`: a file's name.
    var stage: String { "\(criterion.replacing(":", with: "+").replacing("@", with: "+"))-\(density)" }
    var shuffledStage: String { "\(stage).shuffled" }
  }

  /// Criterion by criterion, in each by density.
  var cells: [Cell] {
    settings.criteria.flatMap { name in
      settings.densities.values.enumerated().map { Cell(criterion: name, density: $1, place: $0 + 1) }
    }
  }

  private var trainings: Int { 1 + cells.count * (settings.isShuffled ? 2 : 1) }

  public func units(of seed: UInt64, _ material: TrainingMaterial) -> [WorkUnit] {
    let recipe = settings.search.recipe, perEpoch = recipe.stepsPerEpoch(samples: material.data.train.count)
    let steps = recipe.steps.iterations(perEpoch: perEpoch)
    let tickets = cells.reduce(0) { $0 + WorkProgress.work(steps: steps, density: $1.density) }
    let work = WorkProgress.work(steps: steps, density: 1) + tickets * (settings.isShuffled ? 2 : 1)
    return [WorkUnit("grid", seed: seed, spawns: true, work: work)]
  }

  /// Trains the dense network, then makes all masks; tickets and their controls train beside that.
  public func run(_ unit: WorkUnit, on bench: Bench<TrainingMaterial>) throws {
    let lab = try Lab(settings: settings.search, seed: bench.seed, bench: bench.trainer, workers: bench.workers)
    let trained = try lab.trainDense(), start = try lab.rewindPoint()
    for cell in cells {
      let mask: Mask
      do { mask = try self.mask(of: cell, trained: trained, lab) } catch let problem as Problem {
        guard problem.isOfOneNetwork else { throw problem }
        // Another criterion may score what this one cannot.
        bench.later { throw problem.at(seed: bench.seed, network: cell.stage) }
        continue
      }
      lab.trainLater(cell.stage, mask, from: start)
      guard settings.isShuffled else { continue }
      let shuffled = mask.shuffledLayerwise(seed: lab.seed, stream: "control-mask/shuffled/\(cell.stage)")
      lab.trainLater(cell.shuffledStage, shuffled, from: start)
    }
  }

  /// Cut from the whole network, and kept on disk with the seconds that its scores took.
  private func mask(of cell: Cell, trained: Parameters, _ lab: Lab) throws -> Mask {
    if let kept = lab.bench.store.mask(cell.stage, lab.fullMask.layout), !lab.lacksScores(cell.stage) {
      return kept.mask
    }
    try Interruption.check()
    let watch = Stopwatch(), criterion = try CriterionCatalog.criterion(named: cell.criterion)
    let mask = try lab.prune(
      lab.fullMask, by: 1 - cell.density, trained: trained, round: 1, criterion: criterion, allowsEmptyLayers: true,
      stage: cell.stage)
    try lab.bench.store.save(mask, cell.stage, seconds: watch.seconds)
    return mask
  }

  /// The dense training keeps its weights, all others their records alone.
  public func estimate(of seed: UInt64, _ material: TrainingMaterial, _ timing: StepTiming?) throws -> WorkEstimate {
    guard let timing else { return WorkEstimate() }
    let work = units(of: seed, material).reduce(0) { $0 + $1.work }, count = material.architecture.layout.count
    var estimate = material.estimate(work: work, trainings: trainings, timing)
    estimate.diskBytes = 8 * count + cells.count * (count / 8 + 10_000)
    return estimate
  }

  /// The dense network, then every cell, criteria being the arms and densities the rounds.
  public func stages(of seed: UInt64, _ records: Records<TrainingMaterial>) throws -> [SeedSummary.Stage] {
    let layout = records.material.architecture.layout, store = try records.store(of: seed)
    let dense = try records.stage("dense", of: seed, arm: "dense", mask: Mask(fullFor: layout))
    return try [dense].compactMap { $0 }
      + cells.flatMap { cell -> [SeedSummary.Stage] in
        let found = try records.ifFinished(seed) {
          guard let mask = store.mask(cell.stage, layout)?.mask else { throw store.missing(cell.stage) }
          return mask
        }
        guard let mask = found else { return [] }
        let names = [(cell.stage, cell.criterion), (cell.shuffledStage, "\(cell.criterion).shuffled")]
        return try names.prefix(settings.isShuffled ? 2 : 1).compactMap { stage, arm in
          try records.stage(stage, of: seed, arm: arm, round: cell.place, mask: mask)
        }
      }
  }

  /// Of training by arm, of scoring and of evaluation.
  public func seconds(_ records: Records<TrainingMaterial>) throws -> [String: Double] {
    var seconds = try records.seconds([
      "dense": ["dense"], "tickets": cells.map(\.stage),
      "controls": settings.isShuffled ? cells.map(\.shuffledStage) : [],
    ])
    seconds["scoring"] = try finished(records).reduce(0) { sum, cell in
      try masks(of: cell, records).reduce(sum) { $0 + $1.seconds }
    }
    return seconds
  }

  /// The cells of criteria of which every cell is there.
  func finished(_ records: Records<TrainingMaterial>) -> [Cell] {
    let missing = cells.filter { !records.has($0.stage) || settings.isShuffled && !records.has($0.shuffledStage) }
    return cells.filter { cell in !missing.contains { $0.criterion == cell.criterion } }
  }

  /// One mask a seed, with the seconds that it took.
  func masks(of cell: Cell, _ records: Records<TrainingMaterial>) throws -> [(mask: Mask, seconds: Double)] {
    try records.seeds.map { seed in
      let store = try records.store(of: seed)
      guard let kept = store.mask(cell.stage, records.material.architecture.layout) else {
        throw store.missing(cell.stage)
      }
      return kept
    }
  }
}
