import Analysis
public import Basics
public import Experiments
import Foundation
import Pages
import Tickets

/// What constructions gave.
public struct ProveFinding: Codable, Equatable, Sendable {
  /// The ticket's file; `nil` for dense networks that were trained.
  package var ticket: String?
  /// Inputs, hidden units and outputs.
  package var widths: [Int]
  package var targetDensity: Double
  package var targetWeights: Int
  package var error: Double
  package var candidates: Int
  package var method: ProofMethod
  /// Whether inputs run from 0 to 1, and the unit ball is the part of it without negative coordinates.
  package var isNonNegative: Bool
  /// Points of the data's box, and as many of the unit ball.
  package var points: Int
  package var testSamples: Int
  package var targetAccuracy: Interval
  package var prunedAccuracy: Interval
  package var agreement: Interval
  package var keptPerTarget: Interval
  package var drawnPerTarget: Interval
  package var widthFactor: Interval
  package var largestWeightError: Interval
  /// Target weights further off than the error.
  package var missed: Interval
  /// Largest difference of an output: certified for the data's box, and found over its points and the test samples.
  package var certifiedBound: Interval
  package var measuredError: Interval
  package var ballBound: Interval
  package var ballError: Interval
  package var testSetError: Interval
  /// Of the first seed.
  package var layers: [ProofLayer]
  package var resolution: Resolution
  /// SHA-256 of what is kept, one a seed.
  package var keptDigests: [String]
}

extension Prove {
  public func finding(_ records: Records<Material>) throws -> ProveFinding {
    let proofs = try records.seeds.map { try proof($0, records) }, first = proofs[0]
    func interval(_ value: (ProofRecord) -> Double) -> Interval { Interval(of: proofs.map(value)) }
    return ProveFinding(
      ticket: settings.ticket.paths.first, widths: first.layers.map(\.inputs) + [first.layers.last!.outputs],
      targetDensity: first.targetDensity, targetWeights: first.target, error: settings.error,
      candidates: settings.candidates, method: settings.method, isNonNegative: first.isNonNegative,
      points: settings.points, testSamples: first.testSamples, targetAccuracy: interval(\.targetAccuracy),
      prunedAccuracy: interval(\.prunedAccuracy), agreement: interval(\.agreement),
      keptPerTarget: interval(\.keptPerTarget), drawnPerTarget: interval(\.drawnPerTarget),
      widthFactor: interval(\.widthFactor), largestWeightError: interval(\.largestWeightError),
      missed: interval { Double($0.missed) }, certifiedBound: interval(\.box.certified),
      measuredError: interval(\.measuredError), ballBound: interval(\.ball.certified),
      ballError: interval(\.ball.measured), testSetError: interval(\.testSetError), layers: first.layers,
      resolution: first.resolution, keptDigests: proofs.map(\.keptDigest))
  }

  private func proof(_ seed: UInt64, _ records: Records<Material>) throws -> ProofRecord {
    let store = try records.store(of: seed)
    guard let proof: ProofRecord = store.value(Self.proofStage) else { throw store.missing(Self.proofStage) }
    return proof
  }

  public func stages(of seed: UInt64, _ records: Records<Material>) throws -> [SeedSummary.Stage] {
    var target: [SeedSummary.Stage] = []
    if records.material.ticket == nil {
      // A target that diverged has no proof.
      guard let trained = try records.stage(Self.targetStage, of: seed, arm: Self.targetStage) else { return [] }
      target = [trained]
    }
    let proof = try proof(seed, records)
    return target + [
      SeedSummary.Stage(
        name: Self.proofStage, round: 0, arm: Self.proofStage,
        metrics: [
          "testAccuracy": proof.prunedAccuracy, "targetAccuracy": proof.targetAccuracy,
          "keptPerTarget": proof.keptPerTarget, "certifiedBound": proof.box.certified,
          "measuredError": proof.measuredError,
        ], digest: proof.keptDigest)
    ]
  }

  public func seconds(_ records: Records<Material>) throws -> [String: Double] {
    var seconds = records.material.ticket == nil ? try records.seconds(["training": [Self.targetStage]]) : [:]
    for seed in records.seeds { seconds.merge(try proof(seed, records).seconds, uniquingKeysWith: +) }
    return seconds
  }

  public static func figures(_ record: Record<ProveFinding>) -> [String: Double] {
    let finding = record.finding
    return [
      "accuracy": finding.prunedAccuracy.mean, "dense": finding.targetAccuracy.mean,
      "gap": finding.prunedAccuracy.difference(to: finding.targetAccuracy).mean,
      "keptPerTarget": finding.keptPerTarget.mean,
    ]
  }

  public static func verdict(_ record: Record<ProveFinding>) -> [String] {
    let finding = record.finding, gap = finding.prunedAccuracy.difference(to: finding.targetAccuracy)
    let missed = finding.missed.mean
    let isFull = finding.method == .subsetSum && finding.candidates == SubsetSum.largestCount
    let more = isFull ? "take a larger error" : "take more candidates"
    let ball = finding.isNonNegative ? "the part of the unit ball without negative coordinates" : "the unit ball"
    return [
      """
      A random network of \(2 * finding.layers.count) layers, weights U[-1, 1], pruned to \
      \(Format.interval(finding.keptPerTarget, decimals: 2)) of its weights for each weight of the target and not trained, is \
      right on \(Format.interval(finding.prunedAccuracy, scale: 100, decimals: 2)) % of the test samples; the target on \
      \(Format.interval(finding.targetAccuracy, scale: 100, decimals: 2)) % (difference \(Format.points(gap.mean)) points). \
      Finding the mask took the trained target.
      """,
      """
      Certified for every input in the data's box: no output is further than \(text(finding.certifiedBound)) from the \
      target's; for every input in \(ball): \(text(finding.ballBound)). Found at \(Format.count(finding.points)) points of \
      each: \(text(finding.measuredError)) (test samples among them) and \(text(finding.ballError)). The certificate is \
      a worst case; the accuracy is measured.
      """,
      missed == 0
        ? "Every target weight is met to within \(Format.significant(finding.error))."
        : """
        \(Format.decimal(missed, missed == missed.rounded() ? 0 : 1)) target weights are missed by more than \
        \(Format.significant(finding.error)), the worst by \(text(finding.largestWeightError)): \(more).
        """,
      """
      This is one construction for one target, by pruning single weights. The theorems behind it say that wide enough random \
      networks hold such a sub-network for every target of bounded weights; pruning whole neurons is weaker.
      """,
    ]
  }

  /// Three digits of the mean, with the largest over seeds where these differ.
  private static func text(_ value: Interval) -> String {
    let mean = Format.significant(value.mean), most = Format.significant(value.values.max() ?? value.mean)
    return mean == most ? mean : "\(mean) (at most \(most))"
  }
}
