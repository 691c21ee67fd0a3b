public import Basics
public import Datasets
public import Experiments
import Foundation
import Networks
import Tickets
import Training

/// Boosting tickets: a mask from training at a small rate, whose ticket learns fast from the start.
///
/// Li et al. 2020 (Boosting Tickets): the dense network is trained once at a small constant rate; the share `prune` of
/// smallest |w| / mean |w| of its layer goes in one shot; survivors get their initial values back and train with a warm-up
/// that begins at the small rate. The controls: a mask found at the large rate ("winning"), fresh weights and shuffled masks
/// in the ticket's place, and dense networks at several rates, with warm-up and without.
public struct Boost: Experiment {
  public static let name = "boost"
  public static let summary =
    "find a boosting ticket, which learns fast at once"
  public static let discussion = """
    Trains beside it a winning ticket (mask from the large rate), fresh weights, a shuffled mask, and dense networks at \
    several rates. Starting the same command again goes on where it stopped.
    """
  public static let example = [
    "data=digits", "model=mlp:24,16", "steps=2ep", "warmup=1ep", "batch=64", "rates=0.05,0.1", "early=5it,1ep",
    "trajectory=1", "mask-stop=0.3", "random-masks=erk",
  ]

  public let settings: BoostSettings
  public let seeds: [UInt64]

  public init(_ settings: BoostSettings, seeds: [UInt64]) {
    self.settings = settings
    self.seeds = seeds
  }

  public func prepare(_ locator: DataLocator) throws -> TrainingMaterial {
    try settings.check()
    try settings.search.requireDrawnWeights(Self.name)
    var search = settings.search
    (search.rounds, search.fraction) = (1, settings.prune)
    return try TrainingMaterial(search, locator)
  }

  // MARK: stages

  /// What is trained with a mask that a phase gives.
  static let ticketStages = ["ticket", "winning", "reinit", "shuffled"]
  static func randomStage(_ rates: RandomRates) -> String { "random-\(rates.rawValue)" }
  /// What is trained with a mask.
  var sparseStages: [String] { Self.ticketStages + settings.randomMasks.values.map(Self.randomStage) }
  static let phases = ["ticket", "winning"]
  static func maskStage(_ phase: String) -> String { "mask-\(phase)" }
  static func trajectoryStage(_ phase: String) -> String { "trajectory-\(phase)" }
  /// Whose mask an arm has.
  static func phase(of arm: String) -> String { arm == "winning" ? arm : "ticket" }

  /// A dense network of the baseline.
  struct DenseStage: Equatable {
    var rate: Double
    var isWarm: Bool
    /// Whether it has the tickets' objective; else it belongs to the baseline.
    var isAsTicket = false
    var name: String { "dense-\(rate)" + (isWarm ? "-warm" : "") + (isAsTicket ? "-as-ticket" : "") }
    var title: String { "dense \(rate)" + (isWarm ? " warm" : "") + (isAsTicket ? " as ticket" : "") }
  }

  var denseStages: [DenseStage] {
    (settings.hasDenseAsTicket ? [false, true] : [false]).flatMap { isAsTicket in
      settings.rates.values.flatMap { rate in
        (settings.hasWarmVariant(rate: rate) ? [false, true] : [false]).map {
          DenseStage(rate: rate, isWarm: $0, isAsTicket: isAsTicket)
        }
      }
    }
  }

  // MARK: units

  /// Mask phases, then what needs a mask; dense networks whenever a core is free.
  public func units(of seed: UInt64, _ material: TrainingMaterial) -> [WorkUnit] {
    let perEpoch = settings.search.recipe.stepsPerEpoch(samples: material.data.train.count)
    func work(_ step: Step, _ density: Double) -> Double {
      let steps = (step == .zero ? settings.search.recipe.steps : step).iterations(perEpoch: perEpoch)
      return WorkProgress.work(steps: steps, density: density)
    }
    let masks = Self.phases.map { WorkUnit(Self.maskStage($0), seed: seed, work: work(settings.maskSteps, 1)) }
    let tickets = Self.ticketStages.map { arm in
      WorkUnit(
        arm, seed: seed, after: [Self.maskStage(Self.phase(of: arm))],
        work: work(settings.ticketSteps, 1 - settings.prune))
    }
    let randoms = settings.randomMasks.values.map {
      WorkUnit(Self.randomStage($0), seed: seed, work: work(settings.ticketSteps, 1 - settings.prune))
    }
    let paths = (settings.trajectory > 0 ? Self.phases : []).map {
      WorkUnit(Self.trajectoryStage($0), seed: seed, after: [Self.maskStage($0)], work: 0)
    }
    return masks + tickets + randoms + paths + denseStages.map { WorkUnit($0.name, seed: seed, work: work(.zero, 1)) }
  }

  public func run(_ unit: WorkUnit, on bench: Bench<TrainingMaterial>) throws {
    let work = BoostWork(settings: settings, bench: bench)
    if let phase = Self.phases.first(where: { Self.maskStage($0) == unit.name }) { return try work.findMask(phase) }
    if let phase = Self.phases.first(where: { Self.trajectoryStage($0) == unit.name }) {
      return try work.compareTrajectories(phase)
    }
    if let stage = denseStages.first(where: { $0.name == unit.name }) { return try work.trainDense(stage) }
    if let rates = settings.randomMasks.values.first(where: { Self.randomStage($0) == unit.name }) {
      return try work.trainRandom(rates)
    }
    try work.trainTicket(unit.name)
  }

  /// Dense networks under their own names, tickets and controls under theirs.
  public func stages(of seed: UInt64, _ records: Records<TrainingMaterial>) throws -> [SeedSummary.Stage] {
    let density = try records.store(of: seed).ticket("ticket")?.mask.density
    let dense = try denseStages.compactMap { try records.stage($0.name, of: seed, arm: $0.title, density: 1) }
    return try dense
      + sparseStages.compactMap { try records.stage($0, of: seed, arm: $0, round: 1, density: density) }
      + Self.phases.compactMap { try records.stage(Self.maskStage($0), of: seed, arm: "mask of \($0)", density: 1) }
  }

  /// Seconds of mask phases, tickets with their controls, dense networks, and evaluation.
  public func seconds(_ records: Records<TrainingMaterial>) throws -> [String: Double] {
    var seconds = ["evaluation": 0.0]
    func add(_ stages: [String], to phase: String) throws {
      for record in try stages.filter(records.has).flatMap({ try records.records($0) }) {
        seconds[phase, default: 0] += record.trainingSeconds
        seconds["evaluation"]! += record.evaluationSeconds
      }
    }
    try add(Self.phases.map(Self.maskStage), to: "masks")
    try add(sparseStages, to: "tickets")
    try add(denseStages.map(\.name), to: "dense")
    return seconds
  }
}
