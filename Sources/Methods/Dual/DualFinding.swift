import Analysis
public import Basics
public import Experiments
import Networks
import Tickets
import Training

/// What random masks reach after a transformation, and beside it.
public struct DualFinding: Codable, Equatable, Sendable {
  /// Test accuracy of a network.
  public struct Arm: Codable, Equatable, Sendable {
    package var name: String
    package var title: String
    package var accuracy: Interval
  }

  /// The state of extrusion, means over the seeds.
  public struct Extrusion: Codable, Equatable, Sendable {
    package var step: Int
    /// Largest |w| of what goes over the mean |w| of what stays.
    package var ratio: Double
  }

  /// One mask a seed.
  public struct Level: Codable, Equatable, Sendable {
    package var sparsity: Double
    /// Weights of the network that stay, and their share.
    package var kept: Interval
    package var density: Interval
    /// The transformed network first; iterative pruning last.
    package var arms: [Arm]
    /// Test accuracy right before the last cut, and right after it.
    package var before: Interval
    package var after: Interval
    /// The same where the dense network was trained as long without a penalty.
    package var plainBefore: Interval
    package var plainAfter: Interval
    package var extrusion: [Extrusion]
    /// The last ratio before the last cut.
    package var ratio: Interval
    /// Of the masks, one a seed: scratch and the others have the very same.
    package var maskDigests: [String]

    package var transformed: Arm { arms[0] }
    subscript(arm: DualArm) -> Arm? { arms.first { $0.name == arm.rawValue } }
    package var imp: Arm { arms[arms.count - 1] }
  }

  package var pick: String
  /// Steps of all cycles of the transformation, and of the training behind it.
  package var transformationSteps: Int
  package var trainingSteps: Int
  /// See `DualSettings.accumulated`.
  package var exponent: Double
  package var cumulative: [[Double]]
  package var dense: Interval
  package var levels: [Level]
}

extension DualFinding: Sound {
  public var isSound: Bool {
    levels.allSatisfy { level in
      !level.arms.isEmpty
        && ([dense, level.before, level.after, level.plainBefore, level.plainAfter]
          + level.arms.map(\.accuracy)).arePaired
    }
  }
}

extension Dual {
  public func finding(_ records: Records<Material>) throws -> DualFinding {
    let perEpoch = records.material.perEpoch
    return DualFinding(
      pick: settings.pick.rawValue, transformationSteps: settings.phaseSteps(perEpoch: perEpoch) * settings.cycles,
      trainingSteps: settings.search.recipe.steps.iterations(perEpoch: perEpoch),
      exponent: settings.accumulated(perEpoch: perEpoch), cumulative: settings.levels.map(settings.cumulative),
      dense: Interval(of: try records.records(Self.dense, arm: Self.imp).map(\.last.testAccuracy)),
      levels: try settings.levels.enumerated().filter { i, level in isWhole(i, level, records) }.map {
        try self.level($0, $1, records)
      })
  }

  private func isWhole(_ i: Int, _ level: Double, _ records: Records<Material>) -> Bool {
    DualArm.allCases.allSatisfy { records.has($0.stage(level)) }
      && records.has("\(Self.imp)/\(Lab.stage(settings.impRound(i)))")
  }

  private func level(_ i: Int, _ level: Double, _ records: Records<Material>) throws -> DualFinding.Level {
    let stores = try records.seeds.map { try records.store(of: $0) }
    let masks = try stores.map { store in
      guard let ticket = store.ticket(DualArm.rst.stage(level)) else { throw store.missing(DualArm.rst.stage(level)) }
      return ticket.mask
    }
    func accuracy(_ stage: String, _ arm: String? = nil, at place: (StageRecord) -> CurvePoint = { $0.last }) throws
      -> Interval
    {
      Interval(of: try records.records(stage, arm: arm).map { place($0).testAccuracy })
    }
    let curves = try stores.map { store -> [ExtrusionPoint] in
      guard let points: [ExtrusionPoint] = store.value(DualWork.extrusionStage(level)), !points.isEmpty else {
        throw store.missing(DualWork.extrusionStage(level))
      }
      return points
    }
    let imp = DualFinding.Arm(
      name: Self.imp, title: "Iterative pruning",
      accuracy: try accuracy(Lab.stage(settings.impRound(i)), Self.imp))
    return DualFinding.Level(
      sparsity: level, kept: Interval(of: masks.map { Double($0.remaining) }),
      density: Interval(of: masks.map(\.density)),
      arms: try DualArm.allCases.map {
        DualFinding.Arm(name: $0.rawValue, title: $0.title, accuracy: try accuracy($0.stage(level)))
      } + [imp],
      before: try accuracy(DualWork.growthStage(level, settings.cycles)),
      after: try accuracy(DualArm.rst.stage(level)) { $0.curve[0] }, plainBefore: try accuracy(Self.pretrained),
      plainAfter: try accuracy(DualArm.denseCut.stage(level)) { $0.curve[0] }, extrusion: Self.mean(curves),
      ratio: Interval(of: curves.map { $0.last!.ratio }),
      maskDigests: masks.map { mask in Digest.sha256(mask.packedBits) })
  }

  private static func mean(_ curves: [[ExtrusionPoint]]) -> [DualFinding.Extrusion] {
    (0..<(curves.map(\.count).min() ?? 0)).map { i in
      DualFinding.Extrusion(
        step: curves[0][i].step, ratio: curves.reduce(0) { $0 + $1[i].ratio } / Double(curves.count))
    }
  }

  public static func figures(_ record: Record<DualFinding>) -> [String: Double] {
    guard let level = record.finding.levels.last else { return ["dense": record.finding.dense.mean] }
    return [
      "density": level.density.mean, "accuracy": level.transformed.accuracy.mean, "dense": record.finding.dense.mean,
    ]
  }
}
