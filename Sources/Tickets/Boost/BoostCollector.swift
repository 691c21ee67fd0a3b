import Analysis
import Foundation
import Foundations
import Networks
import Training

/// Puts the records of all seeds of a boost together.
struct BoostCollector {
  let search: BoostSearch
  let chains: [BoostChain]
  let perEpoch: Int
  private var settings: BoostSettings { search.settings }

  init(_ search: BoostSearch, _ chains: [BoostChain], perEpoch: Int) {
    self.search = search
    self.chains = chains
    self.perEpoch = perEpoch
  }

  /// What counts: accuracy under PGD where training is adversarial.
  private func measure(_ point: CurvePoint) -> Double {
    isAdversarial ? point.validationPGD ?? 0 : point.validationAccuracy
  }
  private var isAdversarial: Bool { settings.search.recipe.isAdversarial && settings.search.recipe.robustSamples > 0 }

  func result() throws -> BoostResult {
    let dense = try BoostChain.denseStages(settings).map { stage in
      (stage: stage, records: try records(stage.name))
    }
    func reached(_ records: [StageRecord]) -> Double {
      records.reduce(0) { $0 + measure($1.last) } / Double(records.count)
    }
    let best = dense.max { reached($0.records) < reached($1.records) }!, target = reached(best.records)
    let tickets = try BoostChain.ticketStages.map { ($0, try records($0)) }
    let rate = settings.search.recipe.learningRate
    var arms = try tickets.map { try arm($0.0, $0.1, density: density($0.0), rate: rate, target) }
    arms += dense.map { arm(Self.title($0.stage), $0.records, density: 1, rate: $0.stage.rate, target) }
    let masks = try BoostChain.maskNames.map { try phase($0) }
    let ticketSeconds = try seconds(until: target, tickets[0].1).map { try $0 + maskSeconds() }
    var result = BoostResult(
      settings: Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) }), seeds: search.seeds,
      masks: masks, arms: arms, bestDense: Self.title(best.stage),
      measure: isAdversarial ? "validationPGD" : "validationAccuracy", target: target,
      denseSeconds: seconds(until: target, best.records), boostSeconds: ticketSeconds, verdict: [],
      reproduce: search.reproduce)
    result.verdict = BoostVerdict(result).sentences
    return result
  }

  static func title(_ stage: (name: String, rate: Double, isWarm: Bool)) -> String {
    "dense \(stage.rate)\(stage.isWarm ? " warm" : "")"
  }

  private func records(_ stage: String) throws -> [StageRecord] {
    try chains.map { chain in
      guard let record = chain.trainer.store.record(stage) else {
        throw Problem.badData(
          "The record \(chain.trainer.store.folder.lastPathComponent)/\(stage).json is missing or damaged.",
          remedy: "Start the same command again: it trains what is missing.")
      }
      return record
    }
  }

  private func density(_ stage: String) throws -> Double {
    chains[0].trainer.store.ticket(stage)?.mask.density ?? 1 - settings.prune
  }

  private func arm(_ name: String, _ records: [StageRecord], density: Double, rate: Double, _ target: Double)
    -> BoostArm
  {
    func mean(_ value: (StageRecord) -> Double) -> Double {
      records.reduce(0) { $0 + value($1) } / Double(records.count)
    }
    func robust(_ path: KeyPath<CurvePoint, Double?>) -> Interval? {
      let values = records.compactMap { $0.last[keyPath: path] }
      return values.count == records.count ? Interval(of: values) : nil
    }
    let epochs = records.compactMap { firstStep(reaching: target, $0).map { Double($0) / Double(perEpoch) } }
    return BoostArm(
      name: name, density: density, learningRate: rate, early: early(records),
      validationAccuracy: Interval(of: records.map(\.last.validationAccuracy)),
      testAccuracy: Interval(of: records.map(\.last.testAccuracy)), fgsmAccuracy: robust(\.validationFGSM),
      pgdAccuracy: robust(\.validationPGD), area: Interval(of: records.map { Self.area($0.curve) }),
      epochsToTarget: epochs.count == records.count ? Interval(of: epochs) : nil,
      trainingSeconds: mean(\.trainingSeconds), attackSeconds: mean { $0.attackSeconds ?? 0 },
      evaluationSeconds: mean(\.evaluationSeconds),
      overfitsSingleStepAt: records.map { $0.curve.first(where: \.overfitsSingleStep)?.step ?? -1 },
      curve: ResultCollector.mean(records.map(\.curve)))
  }

  private func early(_ records: [StageRecord]) -> [BoostArm.EarlyPoint] {
    settings.early.steps.map { $0.iterations(perEpoch: perEpoch) }.compactMap { step in
      let values = records.compactMap { $0.curve.first { $0.step == step }?.validationAccuracy }
      return values.count == records.count ? BoostArm.EarlyPoint(step: step, accuracy: Interval(of: values)) : nil
    }
  }

  /// Mean height of the validation curve.
  static func area(_ curve: [CurvePoint]) -> Double {
    guard let last = curve.last, let first = curve.first, last.step > first.step else {
      return curve.last?.validationAccuracy ?? 0
    }
    let sum = zip(curve, curve.dropFirst()).reduce(0.0) {
      $0 + Double($1.1.step - $1.0.step) * ($1.0.validationAccuracy + $1.1.validationAccuracy) / 2
    }
    return sum / Double(last.step - first.step)
  }

  private func firstStep(reaching target: Double, _ record: StageRecord) -> Int? {
    record.curve.first { measure($0) >= target }?.step
  }

  /// Mean seconds of training until the target; every step costs the same.
  private func seconds(until target: Double, _ records: [StageRecord]) -> Double? {
    let found = records.compactMap { record in
      firstStep(reaching: target, record).map {
        record.trainingSeconds * Double($0) / Double(max(1, record.last.step))
      }
    }
    return found.count == records.count ? found.reduce(0, +) / Double(found.count) : nil
  }

  private func maskSeconds() throws -> Double {
    let records = try records(BoostChain.maskStage("ticket"))
    return records.reduce(0) { $0 + $1.trainingSeconds } / Double(records.count)
  }

  private func phase(_ name: String) throws -> MaskPhase {
    let stage = BoostChain.maskStage(name), records = try records(stage), count = Double(records.count)
    let trajectories = chains.compactMap { $0.trainer.store.trajectory(BoostChain.trajectoryStage(name)) }
    func distances(_ path: KeyPath<Trajectory, [Double]>) -> [Interval] {
      guard trajectories.count == chains.count else { return [] }
      return (0..<settings.trajectory).map { epoch in Interval(of: trajectories.map { $0[keyPath: path][epoch] }) }
    }
    return MaskPhase(
      name: name, learningRate: chains[0].maskRate(name), objective: settings.maskObjective.settingText,
      seconds: records.reduce(0) { $0 + $1.trainingSeconds } / count,
      attackSeconds: records.reduce(0) { $0 + ($1.attackSeconds ?? 0) } / count,
      correlation: Interval(of: chains.compactMap { $0.trainer.store.correlation(stage) }),
      distance: distances(\.distance), maskedDistance: distances(\.maskedDistance),
      overfitsSingleStepAt: records.map { $0.curve.first(where: \.overfitsSingleStep)?.step ?? -1 })
  }
}
