import Analysis
public import Basics
public import Experiments
import Networks
import Tickets
import Training

/// What each way of training reaches under label noise, dense and sparse.
public struct SelfEnsembleFinding: Codable, Equatable, Sendable {
  public struct Epoch: Codable, Equatable, Sendable {
    package var precision, recall, memorised, testAccuracy: Interval
  }

  public struct Arm: Codable, Equatable, Sendable {
    package var arm: NoisyArm
    package var sparsity: Double
    /// After the last epoch, and at its best.
    package var last, best: Interval
    /// Of all samples with a wrong label, those that the network says that label for, at the end.
    package var memorised: Interval
    /// Kept samples whose label is right, after warm-up: mean over the epochs from `ramp` on.
    package var precision, recall: Interval
    package var epochs: [Epoch]
    package var title: String { arm.title }
  }

  package var noise: String
  /// Share of wrong labels, and what the methods assume.
  package var rate, assumed: Double
  /// Floats that snapshots take: losses of samples, and what their weights would take.
  package var snapshotFloats, snapshotWeights: Int
  package var arms: [Arm]

  var levels: [Double] { arms.reduce(into: []) { if !$0.contains($1.sparsity) { $0.append($1.sparsity) } } }
  subscript(arm: NoisyArm, sparsity: Double) -> Arm? { arms.first { $0.arm == arm && $0.sparsity == sparsity } }
}

extension SelfEnsembleFinding: Sound {
  public var isSound: Bool { !arms.isEmpty && arms.map(\.last).arePaired && arms.allSatisfy { !$0.epochs.isEmpty } }
}

extension SelfEnsemble {
  public func finding(_ records: Records<Material>) throws -> SelfEnsembleFinding {
    let layout = records.material.training.architecture.layout
    return SelfEnsembleFinding(
      noise: settings.noise.settingText, rate: settings.noise.rate, assumed: settings.assumedRate,
      snapshotFloats: settings.snapshots * records.material.training.data.train.count,
      snapshotWeights: settings.snapshots * layout.count,
      arms: try settings.levels.flatMap { level in
        try NoisyArm.allCases.filter { records.has(Self.stage($0, level)) }.map { try arm($0, level, records) }
      })
  }

  private func arm(_ arm: NoisyArm, _ level: Double, _ records: Records<Material>) throws -> SelfEnsembleFinding.Arm {
    let stage = Self.stage(arm, level), trained = try records.records(stage)
    let kept = try records.seeds.map { seed -> [KeptEpoch] in
      let store = try records.store(of: seed), name = SelfEnsembleWork.keptStage(stage)
      guard let value: [KeptEpoch] = store.value(name), !value.isEmpty else { throw store.missing(name) }
      return value
    }
    let count = min(kept.map(\.count).min()!, trained.map(\.curve.count).min()!)
    func late(_ value: (KeptEpoch) -> Double) -> Interval {
      Interval(
        of: kept.map { epochs in
          let rest = epochs.dropFirst(min(settings.ramp, epochs.count - 1))
          return rest.reduce(0) { $0 + value($1) } / Double(rest.count)
        })
    }
    return SelfEnsembleFinding.Arm(
      arm: arm, sparsity: level, last: Interval(of: trained.map(\.last.testAccuracy)),
      best: Interval(of: trained.map { $0.curve.map(\.testAccuracy).max()! }),
      memorised: Interval(of: kept.map { $0.last!.memorised }), precision: late(\.precision), recall: late(\.recall),
      epochs: (0..<count).map { i in
        SelfEnsembleFinding.Epoch(
          precision: Interval(of: kept.map { $0[i].precision }), recall: Interval(of: kept.map { $0[i].recall }),
          memorised: Interval(of: kept.map { $0[i].memorised }),
          testAccuracy: Interval(of: trained.map { $0.curve[i].testAccuracy }))
      })
  }

  public static func figures(_ record: Record<SelfEnsembleFinding>) -> [String: Double] {
    ["accuracy": record.finding[.selfEnsemble, 0]?.last.mean, "dense": record.finding[.plain, 0]?.last.mean]
      .compactMapValues(\.self)
  }
}
