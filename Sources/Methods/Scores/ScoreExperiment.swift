import Analysis
public import Basics
public import Datasets
public import Experiments
import Foundation
import Networks
import Tickets
import Training

/// A way of choosing among frozen weights.
public struct ScoreWay: Sendable {
  /// Begins the names of its stages: `popup-0.5`.
  var name: String
  var title: String
  /// What makes weights of scores, for frozen weights and a selection.
  var materialisation: @Sendable (Parameters, ScoreSelection) -> any ScoredWeights
  /// Whether its weights are signs times a gain a layer, so that a binary file stands beside its tickets.
  var isBinary = false
  /// The network in place of the model's, if it is another.
  var network: @Sendable (Architecture) throws -> Architecture = { $0 }

  func stage(_ keep: Double) -> String { "\(name)-\(keep)" }
}

/// An experiment that trains scores of frozen weights, some ways at some shares of kept weights.
public protocol ScoreExperiment: Experiment where Material == TrainingMaterial, Finding == ScoreFinding {
  var scores: ScoreSettings { get }
  /// The ways; the first is the one that is asked about.
  var ways: [ScoreWay] { get }
}

extension ScoreExperiment {
  private static var dense: String { "dense" }
  private func random(_ keep: Double) -> String { "random-\(keep)" }

  public func prepare(_ locator: DataLocator) throws -> TrainingMaterial { try prepareScores(locator) }

  func prepareScores(_ locator: DataLocator) throws -> TrainingMaterial {
    try scores.search.requireDrawnWeights(Self.name)
    let material = try TrainingMaterial(scores.search, locator)
    try scores.check(perEpoch: scores.search.recipe.stepsPerEpoch(samples: material.data.train.count))
    for way in ways { _ = try way.network(material.architecture) }
    let weights = material.architecture.layout.prunable.map(\.count)
    for keep in scores.levels {
      let kept = weights.map { $0 - Int(((1 - keep) * Double($0)).rounded()) }
      guard kept != weights, kept.contains(where: { $0 > 0 }) else {
        throw Problem.usage(
          "keep=\(keep) keeps \(kept == weights ? "all" : "none") of the weights of every layer of \(scores.search.model).",
          remedy: "Choose a share that leaves something to choose, such as 0.5.")
      }
    }
    return material
  }

  // MARK: units

  public func units(of seed: UInt64, _ material: TrainingMaterial) -> [WorkUnit] {
    let recipe = scores.search.recipe, perEpoch = recipe.stepsPerEpoch(samples: material.data.train.count)
    func unit(_ name: String, density: Double) -> WorkUnit {
      let steps = recipe.steps.iterations(perEpoch: perEpoch)
      return WorkUnit(name, seed: seed, work: WorkProgress.work(steps: steps, density: density))
    }
    return [unit(Self.dense, density: 1)]
      + scores.levels.flatMap { keep in
        ways.map { unit($0.stage(keep), density: 1) } + [unit(random(keep), density: keep)]
      }
  }

  public func run(_ unit: WorkUnit, on bench: Bench<TrainingMaterial>) throws {
    var work = ScoreWork(settings: scores, bench: bench)
    if unit.name == Self.dense { return try work.trainDense(unit.name) }
    for keep in scores.levels {
      if unit.name == random(keep) { return try work.trainRandom(unit.name, keep: keep) }
      for way in ways where unit.name == way.stage(keep) {
        work.architecture = try way.network(bench.material.architecture)
        try work.search(unit.name, keep: keep, way.materialisation)
        if way.isBinary { try work.keepSigns(unit.name, keep: keep) }
        return
      }
    }
  }

  public func stages(of seed: UInt64, _ records: Records<TrainingMaterial>) throws -> [SeedSummary.Stage] {
    var stages = [try records.stage(Self.dense, of: seed, arm: "dense", density: 1)]
    for (round, keep) in scores.levels.enumerated() {
      for way in ways {
        for control in ["", "-reinit", "-shuffled"] {
          stages.append(
            try records.stage(
              way.stage(keep) + control, of: seed, arm: way.name + control, round: round, density: keep))
        }
      }
      stages.append(try records.stage(random(keep), of: seed, arm: "random", round: round, density: keep))
    }
    return stages.compactMap { $0 }
  }

  // MARK: finding

  public func finding(_ records: Records<TrainingMaterial>) throws -> ScoreFinding {
    ScoreFinding(
      dense: try accuracy(Self.dense, records),
      levels: try scores.levels.filter { keep in
        ([random(keep)] + ways.map { $0.stage(keep) }).allSatisfy(records.has)
      }.map { keep in
        ScoreFinding.Level(
          keep: keep, random: try accuracy(random(keep), records),
          arms: try ways.map { try arm($0, keep: keep, records) })
      })
  }

  private func accuracy(_ stage: String, _ records: Records<TrainingMaterial>) throws -> Interval {
    Interval(of: try records.records(stage).map(\.last.testAccuracy))
  }

  private func arm(_ way: ScoreWay, keep: Double, _ records: Records<TrainingMaterial>) throws -> ScoreFinding.Arm {
    let stage = way.stage(keep), trained = try records.records(stage)
    let tickets = try records.seeds.map { seed in
      let store = try records.store(of: seed)
      guard let ticket = store.ticket(stage) else { throw store.missing(stage) }
      return ticket
    }
    let frozen = zip(records.seeds, tickets).map { scores.frozen($1.architecture.layout, seed: $0, keep: keep) }
    let layout = tickets[0].architecture.layout
    let signs = way.isBinary ? try records.store(of: records.seeds[0]).signsURL(stage) : nil
    return ScoreFinding.Arm(
      way: way.name, title: way.title, accuracy: Interval(of: trained.map(\.last.testAccuracy)),
      unsearched: Interval(of: trained.map { $0.curve[0].testAccuracy }),
      reinit: try accuracy("\(stage)-reinit", records), shuffled: try accuracy("\(stage)-shuffled", records),
      curve: CurvePoint.mean(trained.map(\.curve)), remaining: tickets[0].mask.remaining,
      layers: layout.prunable.map { entry in
        ScoreFinding.LayerShare(
          layer: entry.layer, weights: entry.count,
          kept: Interval(of: tickets.map { $0.mask.density(of: entry) }),
          gain: Interval(of: tickets.map { Self.meanSize($0.trained ?? $0.start, entry) }))
      },
      isUnmoved: zip(tickets, frozen).allSatisfy { ticket, frozen in
        let made = way.materialisation(frozen, scores.selection(keep: keep, perEpoch: 1))
        return ticket.start == frozen.masked(by: ticket.mask) && Self.isMade(ticket, by: made)
      },
      frozenDigests: frozen.map { Digest.sha256($0.values) },
      storage: try signs.map { try ScoreFinding.Storage(tickets[0], file: $0) })
  }

  /// Whether a trained network computes, bit for bit, with what frozen weights give under its mask, and nothing else has
  /// moved but what may be trained besides.
  private static func isMade(_ ticket: Ticket, by weights: some ScoredWeights) -> Bool {
    guard let trained = ticket.trained else { return false }
    let made = weights.weights(keeping: ticket.mask)
    return made.layout.entries.filter { $0.isPrunable || $0.isTrained && !weights.isTrained($0) }.allSatisfy {
      trained.values[$0.range] == made.values[$0.range]
    }
  }

  /// Mean size of the weights that are not zero.
  private static func meanSize(_ weights: Parameters, _ entry: ParameterLayout.Entry) -> Double {
    let kept = weights.values[entry.range].filter { $0 != 0 }
    return kept.isEmpty ? 0 : kept.reduce(0) { $0 + Double(abs($1)) } / Double(kept.count)
  }

  public static func figures(_ record: Record<ScoreFinding>) -> [String: Double] {
    guard let best = record.finding.best else { return [:] }
    return ["density": best.level.keep, "accuracy": best.arm.accuracy.mean, "dense": record.finding.dense.mean]
  }
}
