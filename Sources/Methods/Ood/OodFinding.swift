import Analysis
public import Basics
import Datasets
public import Experiments
package import Foundation
import Lanes
import Networks
import Tickets
import Training

/// How well networks tell their test samples from others, over the seeds.
public struct OodFinding: Codable, Equatable, Sendable {
  public struct Measure: Codable, Equatable, Sendable {
    package var set: String
    package var score: OodScore
    /// Areas from 0 to 1: under the receiver operating characteristic; average precision of the test samples, and of the others.
    package var rocArea, precisionArea, outsidePrecisionArea: Interval
    /// Share of the others that pass where 95 % of the test samples do.
    package var falseAccepts: Interval
  }

  public struct Arm: Codable, Equatable, Sendable {
    package var loss: OodLoss
    /// `dense`, `ticket`, or the name of a control.
    package var arm: String
    /// As asked.
    package var sparsity: Double
    package var testAccuracy: Interval
    package var density: Interval
    package var measures: [Measure]

    package subscript(set: String, score: OodScore) -> Measure? {
      measures.first { $0.set == set && $0.score == score }
    }

    var title: String {
      switch arm {
      case OodStage.dense: "Dense"
      case OodStage.ticket: "Ticket"
      default: ControlCatalog.all.first { $0.name == arm }.map { $0.title } ?? arm
      }
    }
  }

  /// Shares of samples by the main score of a dense network of the first seed, in bins of equal width.
  public struct Histogram: Codable, Equatable, Sendable {
    package var loss: OodLoss
    package var set: String
    package var low, high: Double
    package var shares: [Double]
  }

  /// Samples from elsewhere that the dense network of the first seed takes most for its own.
  public struct Example: Codable, Equatable, Sendable {
    package var loss: OodLoss
    package var set: String
    package var score: Double
    package var predicted: String
    /// [channel][row][column], dark to bright.
    package var pixels: Data
  }

  package var sets: [String]
  /// Numbers of a feature among which centres stand; 0 without them.
  package var dimension: Int
  package var shape: FeatureShape
  package var arms: [Arm]
  package var histograms: [Histogram]
  package var examples: [Example]

  var losses: [OodLoss] { arms.reduce(into: []) { if !$0.contains($1.loss) { $0.append($1.loss) } } }
  package func dense(_ loss: OodLoss) -> Arm? { arms.first { $0.loss == loss && $0.arm == OodStage.dense } }
  func arms(_ loss: OodLoss, _ arm: String) -> [Arm] { arms.filter { $0.loss == loss && $0.arm == arm } }
}

extension OodFinding: Sound {
  public var isSound: Bool {
    !arms.isEmpty && arms.map(\.testAccuracy).arePaired && losses.allSatisfy { dense($0) != nil }
      && arms.allSatisfy { arm in Set(arm.measures.map(\.set)) == Set(sets) }
      && examples.allSatisfy { $0.pixels.count == shape.count } && histograms.allSatisfy { !$0.shares.isEmpty }
  }
}

extension Ood {
  static let own = "test samples"

  public func finding(_ records: Records<Material>) throws -> OodFinding {
    let material = records.material, sets = material.outside.map(\.name)
    let dense = settings.losses.values.map { OodStage(loss: $0) }.filter { records.has($0.name) }
    let first = try records.seeds.first.map { seed in
      try dense.map { ($0.loss, try measurement($0, of: seed, records)) }
    }
    return OodFinding(
      sets: sets,
      dimension: settings.losses.values.contains(.pedcc) ? settings.centreDimension(material.classes) : 0,
      shape: material.training.data.dataset.inputShape,
      arms: try stages.filter { records.has($0.name) }.map { try arm($0, sets, records) },
      histograms: (first ?? []).flatMap { histograms($0, $1, sets) },
      examples: (first ?? []).flatMap { examples($0, $1, material) })
  }

  private func measurement(
    _ stage: OodStage, of seed: UInt64, _ records: Records<Material>
  ) throws -> OodMeasurement {
    let store = try records.store(of: seed), name = OodMeasurement.stage(stage.name)
    guard let value: OodMeasurement = store.value(name), value.outside.count == records.material.outside.count else {
      throw store.missing(name)
    }
    return value
  }

  private func arm(_ stage: OodStage, _ sets: [String], _ records: Records<Material>) throws -> OodFinding.Arm {
    let measured = try records.seeds.map { try measurement(stage, of: $0, records) }
    let measures = sets.indices.flatMap { set in
      measured[0].outside[set].scores.indices.map { i -> OodFinding.Measure in
        func interval(_ value: (OodMeasurement.Score) -> Double) -> Interval {
          Interval(of: measured.map { value($0.outside[set].scores[i]) })
        }
        return OodFinding.Measure(
          set: sets[set], score: measured[0].outside[set].scores[i].score, rocArea: interval(\.rocArea),
          precisionArea: interval(\.precisionArea), outsidePrecisionArea: interval(\.outsidePrecisionArea),
          falseAccepts: interval(\.falseAccepts))
      }
    }
    return OodFinding.Arm(
      loss: stage.loss, arm: stage.arm, sparsity: stage.sparsity,
      testAccuracy: Interval(of: try records.records(stage.name).map(\.last.testAccuracy)),
      density: Interval(of: measured.map(\.density)), measures: measures)
  }

  private func histograms(_ loss: OodLoss, _ measured: OodMeasurement, _ sets: [String]) -> [OodFinding.Histogram] {
    let range = loss.scoreRange
    return [(Self.own, measured.histogram)].map { histogram($0.0, $0.1) }
      + zip(sets, measured.outside).map { histogram($0, $1.histogram) }
    func histogram(_ set: String, _ shares: [Double]) -> OodFinding.Histogram {
      OodFinding.Histogram(loss: loss, set: set, low: range.lowerBound, high: range.upperBound, shares: shares)
    }
  }

  /// None for samples that are no images of one or three channels.
  private func examples(_ loss: OodLoss, _ measured: OodMeasurement, _ material: Material) -> [OodFinding.Example] {
    let dataset = material.training.data.dataset, shape = dataset.inputShape
    guard !shape.isFlat, [1, 3].contains(shape.channels) else { return [] }
    return zip(material.outside, measured.outside).flatMap { set, outside in
      outside.examples.map { example in
        OodFinding.Example(
          loss: loss, set: set.name, score: example.score,
          predicted: dataset.classNames.isEmpty ? "\(example.predicted)" : dataset.classNames[example.predicted],
          pixels: set.samples.picture(example.place, material.training.data))
      }
    }
  }

  public static func figures(_ record: Record<OodFinding>) -> [String: Double] {
    let finding = record.finding
    var figures: [String: Double] = [:]
    figures["dense"] = finding.dense(.ce)?.testAccuracy.mean
    figures["accuracy"] = finding.dense(.pedcc)?.testAccuracy.mean
    for loss in finding.losses {
      guard let arm = finding.dense(loss) else { continue }
      let areas = finding.sets.compactMap { arm[$0, OodScore.main(of: loss)]?.rocArea.mean }
      figures["\(loss.rawValue)Area"] = areas.reduce(0, +) / Double(max(1, areas.count))
    }
    return figures
  }
}
