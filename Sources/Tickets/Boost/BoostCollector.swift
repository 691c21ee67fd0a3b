import Analysis
import Basics
import Foundation
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
    func reached(_ records: [StageRecord]) -> Double { Self.mean(records.map { measure($0.last) }) }
    let best = dense.max { reached($0.records) < reached($1.records) }!
    let targets = best.records.map { measure($0.last.onSharedSamples) }
    var arms = try BoostChain.ticketStages.map { stage in
      let phase = try records(BoostChain.maskStage(stage == "winning" ? stage : "ticket"))
      return arm(
        stage, try records(stage), density: density(stage), rate: settings.search.recipe.learningRate, targets,
        maskSeconds: phase.map(\.trainingSeconds))
    }
    arms += dense.map {
      arm(
        Self.title($0.stage), $0.records, density: 1, rate: $0.stage.rate, targets, maskSeconds: targets.map { _ in 0 })
    }
    let bestDense = Self.title(best.stage)
    let times = ["ticket", bestDense].compactMap { name in arms.first { $0.name == name }?.secondsToTarget }
    var result = BoostResult(
      settings: Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) }), seeds: search.seeds,
      masks: try BoostChain.maskNames.map { try phase($0) }, arms: arms, bestDense: bestDense,
      measure: isAdversarial ? "validationPGD" : "validationAccuracy", target: Self.mean(targets),
      timeRatio: times.count == 2 && times[1] > 0 ? times[0] / times[1] : nil, verdict: [], reproduce: search.reproduce)
    result.verdict = BoostVerdict(result).sentences
    return result
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

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

  private func density(_ stage: String) -> Double {
    chains[0].trainer.store.ticket(stage)?.mask.density ?? 1 - settings.prune
  }

  /// - Parameters:
  ///   - targets: What counts as reached, by seed.
  ///   - maskSeconds: Of the phase that came before, by seed.
  private func arm(
    _ name: String, _ records: [StageRecord], density: Double, rate: Double, _ targets: [Double], maskSeconds: [Double]
  ) -> BoostArm {
    func robust(_ path: KeyPath<CurvePoint, Double?>) -> Interval? {
      let values = records.compactMap { $0.last[keyPath: path] }
      return values.count == records.count ? Interval(of: values) : nil
    }
    let steps = zip(records, targets).map { record, target in
      // Before the first step nothing is reached.
      record.curve.onSharedSamples.first { $0.step > 0 && measure($0) >= target }?.step
    }
    let allReach = !steps.contains(nil)
    let seconds = records.indices.map { i in
      // Every step costs the same.
      maskSeconds[i] + records[i].trainingSeconds * Double(steps[i] ?? 0) / Double(max(1, records[i].last.step))
    }
    return BoostArm(
      name: name, density: density, learningRate: rate, early: early(records),
      validationAccuracy: Interval(of: records.map(\.last.validationAccuracy)),
      testAccuracy: Interval(of: records.map(\.last.testAccuracy)), fgsmAccuracy: robust(\.validationFGSM),
      pgdAccuracy: robust(\.validationPGD), area: Interval(of: records.map { Self.area($0.curve.onSharedSamples) }),
      epochsToTarget: allReach ? Interval(of: steps.map { Double($0!) / Double(perEpoch) }) : nil,
      seedsAtTarget: steps.count { $0 != nil }, secondsToTarget: allReach ? Self.mean(seconds) : nil,
      maskSeconds: Self.mean(maskSeconds), trainingSeconds: Self.mean(records.map(\.trainingSeconds)),
      attackSeconds: Self.mean(records.map { $0.attackSeconds ?? 0 }),
      evaluationSeconds: Self.mean(records.map(\.evaluationSeconds)),
      overfitsSingleStepAt: records.map { $0.curve.first(where: \.overfitsSingleStep)?.step ?? -1 },
      curve: CurvePoint.mean(records.map(\.curve)))
  }

  private func early(_ records: [StageRecord]) -> [BoostArm.EarlyPoint] {
    settings.earlySteps(perEpoch: perEpoch).compactMap { step in
      let values = records.compactMap { $0.curve.onSharedSamples.first { $0.step == step }?.validationAccuracy }
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

  private func phase(_ name: String) throws -> MaskPhase {
    let stage = BoostChain.maskStage(name), records = try records(stage)
    let trajectories = chains.compactMap { $0.trainer.store.trajectory(BoostChain.trajectoryStage(name)) }
    func distances(_ path: KeyPath<Trajectory, [Double]>) -> [Interval] {
      guard trajectories.count == chains.count else { return [] }
      return (0..<settings.trajectory).map { epoch in Interval(of: trajectories.map { $0[keyPath: path][epoch] }) }
    }
    return MaskPhase(
      name: name, learningRate: chains[0].maskRate(name), objective: settings.maskObjective.settingText,
      seconds: Self.mean(records.map(\.trainingSeconds)),
      attackSeconds: Self.mean(records.map { $0.attackSeconds ?? 0 }),
      correlation: Interval(of: chains.compactMap { $0.trainer.store.correlation(stage) }),
      distance: distances(\.distance), maskedDistance: distances(\.maskedDistance),
      overfitsSingleStepAt: records.map { $0.curve.first(where: \.overfitsSingleStep)?.step ?? -1 })
  }
}
