import Analysis
import Basics
public import Experiments
import Networks
import Tickets

extension Grow {
  public func finding(_ records: Records<TrainingMaterial>) throws -> GrowFinding {
    let whole = settings.arms.filter { stageNames($0).allSatisfy(records.has) }
    guard whole.first == .growth else {
      throw try records.store(of: records.seeds[0], arm: GrowArm.growth.rawValue).missing(GrowWork.ticket)
    }
    let besides = Self.besides.filter { records.has($0.name) }.map { (name: $0.name, title: $0.title) }
    return GrowFinding(
      insert: settings.insert.rawValue,
      preservesFunction: Insertion(settings.insert, after: settings.after).preservesFunction,
      stepsPerRound: perRound(records.material), fineTuningSteps: fineTuning(records.material),
      arms: try whole.map { try arm($0, records) }
        + ([(name: Self.dense, title: "Dense, trained at once")] + besides).map {
          try trainedAtOnce($0.name, $0.title, records)
        })
  }

  // MARK: arms

  private func arm(_ arm: GrowArm, _ records: Records<TrainingMaterial>) throws -> GrowFinding.Arm {
    let measured = try (1...settings.rounds).map { round in
      try records.seeds.map { seed in
        let store = try records.store(of: seed, arm: arm.rawValue)
        guard let value: GrowMeasurement = store.value(GrowMeasurement.stage(round)) else {
          throw store.missing(GrowMeasurement.stage(round))
        }
        return value
      }
    }
    let trained = try (1...settings.rounds).map { try records.records(GrowWork.stage($0), arm: arm.rawValue) }
    let last = try records.records(GrowWork.ticket, arm: arm.rawValue)
    let areas = records.seeds.indices.map { seed in area(trained.dropFirst().map { $0[seed].curve }) }
    let curves = records.seeds.indices.map { seed in
      zip(trained, measured).enumerated().flatMap { place, round -> [(Int, Double)] in
        round.0[seed].curve.map { ($0.step, $0.testAccuracy) }
          + [(round.0[seed].last.step, round.1[seed].pruned.testAccuracy)]
      } + last[seed].curve.map { ($0.step, $0.testAccuracy) }
    }
    return GrowFinding.Arm(
      arm: arm.rawValue, title: arm.title,
      rounds: zip(trained, measured).enumerated().map { round($0 + 1, $1.0, $1.1) }, curve: points(curves),
      areaAccuracy: Interval(of: areas), accuracy: Interval(of: last.map(\.last.testAccuracy)),
      remaining: measured.last![0].remaining, weights: measured.last![0].weights)
  }

  private func round(_ round: Int, _ trained: [StageRecord], _ measured: [GrowMeasurement]) -> GrowFinding.Round {
    /// `nil` unless every seed has it.
    func interval(_ value: (GrowMeasurement) -> Double?) -> Interval? {
      let values = measured.compactMap(value)
      return values.count == measured.count ? Interval(of: values) : nil
    }
    return GrowFinding.Round(
      round: round, totalSteps: trained[0].last.step, blocks: measured[0].blocks, kept: measured[0].kept,
      hidden: measured[0].hidden, beforeAccuracy: interval { $0.before?.testAccuracy },
      startAccuracy: Interval(of: measured.map(\.start.testAccuracy)),
      differenceLoss: interval { measured in measured.before.map { measured.start.testLoss - $0.testLoss } },
      largestChange: interval(\.largestChange), trainedAccuracy: Interval(of: trained.map(\.last.testAccuracy)),
      prunedAccuracy: Interval(of: measured.map(\.pruned.testAccuracy)),
      offDiagonalShare: interval { measured in
        let all = measured.diagonal + measured.offDiagonal
        return all > 0 ? Double(measured.offDiagonal) / Double(all) : nil
      })
  }

  private func trainedAtOnce(
    _ name: String, _ title: String, _ records: Records<TrainingMaterial>
  ) throws -> GrowFinding.Arm {
    let trained = try records.records(name), networks = try networks(records.material)
    let weights = networks.full.layout.prunableCount
    let isDense = name == Self.dense, first = perRound(records.material), last = settings.rounds * first
    let gone = networks.prunable(networks.full).reduce(0) { sum, entry in
      sum + entry.count - networks.kept(entry, .growth, settings.rounds)
    }
    return GrowFinding.Arm(
      arm: name, title: title, rounds: [], curve: points(trained.map { $0.curve.map { ($0.step, $0.testAccuracy) } }),
      areaAccuracy: Interval(of: trained.map { area([$0.curve.filter { first...last ~= $0.step }]) }),
      accuracy: Interval(of: trained.map(\.last.testAccuracy)), remaining: isDense ? weights : weights - gone,
      weights: weights)
  }

  // MARK: curves

  /// Mean test accuracy along the steps of some stretches of training, straight lines between evaluations on the same samples.
  private func area(_ curves: [[CurvePoint]]) -> Double {
    var sum = 0.0, steps = 0
    for curve in curves.map(\.onSharedSamples) {
      for (a, b) in zip(curve, curve.dropFirst()) {
        sum += Double(b.step - a.step) * (a.testAccuracy + b.testAccuracy) / 2
        steps += b.step - a.step
      }
    }
    return sum / Double(max(1, steps))
  }

  private func points(_ curves: [[(step: Int, accuracy: Double)]]) -> [GrowFinding.Point] {
    (0..<(curves.map(\.count).min() ?? 0)).map { i in
      GrowFinding.Point(step: curves[0][i].step, accuracy: Interval(of: curves.map { $0[i].accuracy }))
    }
  }

  public static func figures(_ record: Record<GrowFinding>) -> [String: Double] {
    let growth = record.finding.growth
    return [
      "accuracy": growth.accuracy.mean, "dense": record.finding.dense.accuracy.mean,
      "density": Double(growth.remaining) / Double(max(1, growth.weights)),
    ]
  }
}
