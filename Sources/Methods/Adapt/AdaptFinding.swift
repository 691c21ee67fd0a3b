import Analysis
public import Basics
import Datasets
public import Experiments
package import Foundation
import Lanes
import Networks
import Tickets
import Training

/// What adapted networks reach on the target, over the seeds.
public struct AdaptFinding: Codable, Equatable, Sendable {
  public struct Arm: Codable, Equatable, Sendable {
    /// `dense`, `ticket`, or the name of a control.
    package var network: String
    /// As asked.
    package var sparsity: Double
    package var arm: AdaptArm
    package var density: Interval
    /// On test samples of the target and of the source.
    package var targetAccuracy, sourceAccuracy: Interval
    /// See `ExaminerVerdict`.
    package var agreement, ordering, confidence: Interval
    /// On the target, after every epoch of adaptation.
    package var curve: [Interval]

    var title: String {
      switch network {
      case AdaptNetwork.dense: "Dense"
      case AdaptNetwork.ticket: "Ticket, \(String(format: "%g", 100 * sparsity)) %"
      default:
        "\(ControlCatalog.all.first { $0.name == network }.map { $0.title } ?? network), \(String(format: "%g", 100 * sparsity)) %"
      }
    }
  }

  /// How well what needs no label tells which network is better on the target, over all networks and arms of a seed.
  public struct Signal: Codable, Equatable, Sendable {
    package var name: String
    /// With the accuracy on the target: Pearson's correlation and Kendall's tau.
    package var correlation, rank: Interval
    /// Points of accuracy that the network with the highest signal has less than the best.
    package var regret: Interval
  }

  package var target: String
  package var samples: Int
  package var arms: [Arm]
  /// None where there are fewer than three networks.
  package var signals: [Signal]
  package var shape: FeatureShape
  /// The first test samples of source and target, [channel][row][column] each, dark to bright; empty for samples that are no
  /// images.
  package var sources: [Data]
  package var targets: [Data]

  package subscript(network: String, sparsity: Double, arm: AdaptArm) -> Arm? {
    arms.first { $0.network == network && $0.sparsity == sparsity && $0.arm == arm }
  }

  var kinds: [AdaptArm] { AdaptArm.allCases.filter { arm in arms.contains { $0.arm == arm } } }
  /// One arm of each network.
  var networks: [Arm] {
    arms.reduce(into: []) { list, arm in
      if !list.contains(where: { $0.network == arm.network && $0.sparsity == arm.sparsity }) { list.append(arm) }
    }
  }
}

extension AdaptFinding: Sound {
  public var isSound: Bool {
    !arms.isEmpty && arms.map(\.targetAccuracy).arePaired && arms.allSatisfy { !$0.curve.isEmpty }
      && (sources + targets).allSatisfy { $0.count == shape.count }
  }
}

extension Adapt {
  public func finding(_ records: Records<Material>) throws -> AdaptFinding {
    let material = records.material, shape = material.training.data.dataset.inputShape
    let arms = try networks.flatMap { network in
      try material.arms.filter { records.has(network.stage($0)) }.map { try arm(network, $0, records) }
    }
    let isImage = !shape.isFlat && [1, 3].contains(shape.channels)
    func pictures(_ samples: SampleStore) -> [Data] {
      isImage ? (0..<min(12, samples.count)).map { samples.picture($0, material.training.data) } : []
    }
    return AdaptFinding(
      target: material.target.name, samples: material.target.unlabelled.count, arms: arms,
      signals: arms.count < 3 ? [] : Self.signals(arms), shape: shape,
      sources: pictures(material.training.data.test), targets: pictures(material.target.test))
  }

  private func arm(
    _ network: AdaptNetwork, _ arm: AdaptArm, _ records: Records<Material>
  ) throws -> AdaptFinding.Arm {
    let stage = network.stage(arm), trained = try records.records(stage)
    let measured = try records.seeds.map { seed -> AdaptMeasurement in
      let store = try records.store(of: seed), name = AdaptMeasurement.stage(stage)
      guard let value: AdaptMeasurement = store.value(name) else { throw store.missing(name) }
      return value
    }
    func interval(_ path: KeyPath<AdaptMeasurement, Double>) -> Interval {
      Interval(of: measured.map { $0[keyPath: path] })
    }
    return AdaptFinding.Arm(
      network: network.kind, sparsity: network.sparsity, arm: arm, density: interval(\.density),
      targetAccuracy: interval(\.targetAccuracy), sourceAccuracy: interval(\.sourceAccuracy),
      agreement: interval(\.agreement), ordering: interval(\.ordering), confidence: interval(\.confidence),
      curve: (0..<trained.map(\.curve.count).min()!).map { i in
        Interval(of: trained.map { $0.curve[i].testAccuracy })
      })
  }

  private static func signals(_ arms: [AdaptFinding.Arm]) -> [AdaptFinding.Signal] {
    let kinds: [(String, KeyPath<AdaptFinding.Arm, Interval>)] = [
      ("Agreement with the examiner", \.agreement), ("Triplets in order", \.ordering),
      ("Mean largest probability", \.confidence),
    ]
    let seeds = arms[0].targetAccuracy.values.indices
    return kinds.map { name, path in
      func interval(_ body: ([Double], [Double]) -> Double) -> Interval {
        Interval(
          of: seeds.map { seed in
            body(arms.map { $0[keyPath: path].values[seed] }, arms.map { $0.targetAccuracy.values[seed] })
          })
      }
      return AdaptFinding.Signal(
        name: name, correlation: interval(Pearson.correlation), rank: interval(Kendall.tau),
        regret: interval { signal, accuracy in
          accuracy.max()! - accuracy[signal.indices.reduce(0) { signal[$1] > signal[$0] ? $1 : $0 }]
        })
    }
  }

  public static func figures(_ record: Record<AdaptFinding>) -> [String: Double] {
    let finding = record.finding
    var figures: [String: Double] = [:]
    figures["dense"] = finding[AdaptNetwork.dense, 0, .source]?.targetAccuracy.mean
    figures["accuracy"] = finding.kinds.last.flatMap { finding[AdaptNetwork.dense, 0, $0] }?.targetAccuracy.mean
    figures["agreementCorrelation"] = finding.signals.first?.correlation.mean
    return figures
  }
}
