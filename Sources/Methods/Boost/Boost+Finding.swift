import Analysis
import Basics
public import Experiments
import Foundation
import Networks
import Tickets
import Training

extension Boost {
  public func finding(_ records: Records<TrainingMaterial>) throws -> BoostFinding {
    try BoostCollector(boost: self, records: records).finding()
  }
}

/// Puts the records of all seeds of a boost together.
private struct BoostCollector {
  let boost: Boost
  let records: Records<TrainingMaterial>

  private var settings: BoostSettings { boost.settings }
  private var perEpoch: Int { settings.search.recipe.stepsPerEpoch(samples: records.material.data.train.count) }

  /// What counts: accuracy under PGD where training is adversarial.
  private func measure(_ point: CurvePoint) -> Double {
    isAdversarial ? point.validationPGD ?? 0 : point.validationAccuracy
  }
  private var isAdversarial: Bool { settings.search.recipe.isAdversarial && settings.search.recipe.robustSamples > 0 }

  func finding() throws -> BoostFinding {
    let dense = try boost.denseStages.filter { records.has($0.name) }.map {
      (stage: $0, records: try records.records($0.name))
    }
    func reached(_ records: [StageRecord]) -> Double { Self.mean(records.map { measure($0.last) }) }
    guard let best = dense.filter({ !$0.stage.isAsTicket }).max(by: { reached($0.records) < reached($1.records) })
    else {
      throw try records.store(of: records.seeds[0]).missing("dense")
    }
    let targets = best.records.map { measure($0.last.onSharedSamples) }, none = targets.map { _ in 0.0 }
    let objective = settings.search.recipe.objective, ofTickets = settings.objectiveOfTickets
    let denseSeconds = seconds(best.records, stepsTo(targets, best.records), objective, after: none)
    var arms = try boost.sparseStages.filter(records.has).map { stage in
      let isTicket = Boost.ticketStages.contains(stage)
      let phase = isTicket ? try records.records(Boost.maskStage(Boost.phase(of: stage))).map(\.trainingSeconds) : nil
      return arm(
        stage, try records.records(stage), density: try density(stage), rate: settings.search.recipe.learningRate,
        ofTickets, targets, maskSeconds: phase ?? none, denseSeconds: denseSeconds)
    }
    arms += dense.map {
      arm(
        $0.stage.title, $0.records, density: 1, rate: $0.stage.rate, $0.stage.isAsTicket ? ofTickets : objective,
        targets, maskSeconds: none, denseSeconds: denseSeconds)
    }
    let times = ["ticket", best.stage.title].compactMap { name in arms.first { $0.name == name }?.secondsToTarget }
    return BoostFinding(
      masks: try Boost.phases.filter { records.has(Boost.maskStage($0)) }.map { try phase($0) }, arms: arms,
      bestDense: best.stage.title,
      measure: isAdversarial ? "validationPGD" : "validationAccuracy", target: Self.mean(targets),
      timeRatio: times.count == 2 && times[1] > 0 ? times[0] / times[1] : nil)
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func density(_ stage: String) throws -> Double {
    try records.store(of: records.seeds[0]).ticket(stage)?.mask.density ?? 1 - settings.prune
  }

  /// - Parameters:
  ///   - targets: What counts as reached, by seed.
  ///   - maskSeconds: Of the phase that came before, by seed.
  ///   - denseSeconds: What the best dense network takes to the target, by seed.
  private func arm(
    _ name: String, _ records: [StageRecord], density: Double, rate: Double, _ objective: Objective,
    _ targets: [Double], maskSeconds: [Double], denseSeconds: [Double]?
  ) -> BoostArm {
    func robust(_ path: KeyPath<CurvePoint, Double?>) -> Interval? {
      let values = records.compactMap { $0.last[keyPath: path] }
      return values.count == records.count ? Interval(of: values) : nil
    }
    let steps = stepsTo(targets, records), seconds = seconds(records, steps, objective, after: maskSeconds)
    return BoostArm(
      name: name, density: density, learningRate: rate, early: early(records),
      validationAccuracy: Interval(of: records.map(\.last.validationAccuracy)),
      testAccuracy: Interval(of: records.map(\.last.testAccuracy)), fgsmAccuracy: robust(\.validationFGSM),
      pgdAccuracy: robust(\.validationPGD), area: Interval(of: records.map { Self.area($0.curve.onSharedSamples) }),
      epochsToTarget: seconds.map { _ in Interval(of: steps.map { Double($0!) / Double(perEpoch) }) },
      seedsAtTarget: steps.count { $0 != nil }, secondsToTarget: seconds.map(Self.mean),
      timeRatio: seconds.flatMap { Self.ratio($0, denseSeconds) },
      maskSeconds: Self.mean(maskSeconds), trainingSeconds: Self.mean(records.map(\.trainingSeconds)),
      attackSeconds: Self.mean(records.map { $0.attackSeconds ?? 0 }),
      evaluationSeconds: Self.mean(records.map(\.evaluationSeconds)),
      overfitsSingleStepAt: records.map { $0.curve.first(where: \.overfitsSingleStep)?.step ?? -1 },
      curve: CurvePoint.mean(records.map(\.curve)))
  }

  /// Steps until an evaluation first finds the target reached, by seed. Before the first step nothing is reached.
  private func stepsTo(_ targets: [Double], _ records: [StageRecord]) -> [Int?] {
    zip(records, targets).map { record, target in
      record.curve.onSharedSamples.first { $0.step > 0 && measure($0) >= target }?.step
    }
  }

  /// Seconds until then, with those of the mask phase before; `nil` where a seed never gets there. Every step of an attack
  /// costs the same, and so does every optimiser step besides.
  private func seconds(
    _ records: [StageRecord], _ steps: [Int?], _ objective: Objective, after maskSeconds: [Double]
  ) -> [Double]? {
    guard !steps.contains(nil) else { return nil }
    return records.indices.map { i in
      let last = max(1, records[i].last.step), total = records[i].plannedSteps ?? last
      func attacks(_ steps: Int) -> Double { Double(objective.rule.attackSteps(in: steps, of: total)) }
      let share = Double(steps[i]!) / Double(last)
      let attackShare = attacks(last) > 0 ? attacks(steps[i]!) / attacks(last) : share
      let attack = records[i].attackSeconds ?? 0
      return maskSeconds[i] + (records[i].trainingSeconds - attack) * share + attack * attackShare
    }
  }

  private static func ratio(_ seconds: [Double], _ dense: [Double]?) -> Interval? {
    guard let dense, dense.allSatisfy({ $0 > 0 }) else { return nil }
    return Interval(of: zip(seconds, dense).map { $0 / $1 })
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
    let stage = Boost.maskStage(name), trained = try records.records(stage)
    let trajectories =
      try settings.trajectory > 0 ? values("\(Boost.trajectoryStage(name)).distance") as [Trajectory] : []
    func distances(_ path: KeyPath<Trajectory, [Double]>) -> [Interval] {
      (0..<settings.trajectory).map { epoch in Interval(of: trajectories.map { $0[keyPath: path][epoch] }) }
    }
    return MaskPhase(
      name: name, learningRate: settings.maskRate(of: name), objective: settings.maskObjective.settingText,
      steps: settings.maskStop > 0 ? Interval(of: trained.map { Double($0.last.step) }) : nil,
      seconds: Self.mean(trained.map(\.trainingSeconds)),
      attackSeconds: Self.mean(trained.map { $0.attackSeconds ?? 0 }),
      correlation: Interval(of: try values("\(stage).correlation")), distance: distances(\.distance),
      maskedDistance: distances(\.maskedDistance),
      overfitsSingleStepAt: trained.map { $0.curve.first(where: \.overfitsSingleStep)?.step ?? -1 })
  }

  /// One value a seed.
  private func values<Value: Decodable>(_ name: String) throws -> [Value] {
    try records.seeds.map { seed in
      let store = try records.store(of: seed)
      guard let value: Value = store.value(name) else { throw store.missing(name) }
      return value
    }
  }
}
