import Analysis
public import Basics
public import Experiments
import Networks
import Tickets
import Training

/// What groups of layers reach by local critics beside back-propagation, and what their sub-networks are worth. Accuracies are on
/// the test set.
public struct CriticsFinding: Codable, Equatable, Sendable {
  /// The first groups of a network with the critic behind them; at last the network itself.
  public struct Exit: Codable, Equatable, Sendable {
    /// The last layer of its last group.
    package var end: String
    package var weights: Int
    /// Of a sample's forward pass.
    package var multiplyAdds: Int
    package var accuracy: Interval
    /// Of the same network trained alone by back-propagation.
    package var alone: Interval
    package var difference: Interval
  }

  /// Inference that ends where an exit is sure enough.
  public struct Early: Codable, Equatable, Sendable {
    package var threshold: Double
    package var accuracy: Interval
    /// Against that of the network.
    package var difference: Interval
    /// Mean multiply-adds of a sample, critics on the way included, in units of the network's.
    package var work: Interval
    /// Of the samples, by exit.
    package var shares: [Interval]
  }

  /// A training of the network in some groups.
  public struct Cut: Codable, Equatable, Sendable {
    package var groups: Int
    /// Of a training step's multiply-adds, critics included, by group.
    package var workShares: [Double]
    package var exits: [Exit]
    package var early: [Early]
    package var ensemble: Interval
    /// Mean |L_1 - L_N| of training batches, by epoch.
    package var mismatch: [Interval]
    /// Mean |L_i - L_(i+1)|, by critic and epoch.
    package var gaps: [[Interval]]
    /// Groups of the smallest sub-network within the allowance, by seed.
    package var chosen: [Int]
    package var chosenAccuracy: Interval
    package var chosenWork: Interval

    package var network: Exit { exits.last! }
  }

  /// A ticket inside of the chosen sub-network.
  public struct Sparse: Codable, Equatable, Sendable {
    package var sparsity: Double
    package var accuracy: Interval
    package var remaining: Interval
    package var controls: [Control]

    subscript(control name: String) -> Interval? { controls.first { $0.name == name }?.accuracy }
  }

  /// A network beside a ticket.
  public struct Control: Codable, Equatable, Sendable {
    package var name: String
    package var accuracy: Interval
  }

  package var network: String
  /// By back-propagation.
  package var dense: Interval
  package var allowance: Double
  package var cuts: [Cut]
  /// Inside of the sub-network that the last cut chooses, which is dense to them.
  package var tickets: [Sparse]
  package var chosenDense: Interval
}

extension CriticsFinding: Sound {
  public var isSound: Bool {
    !cuts.isEmpty
      && cuts.allSatisfy { cut in
        cut.exits.count > 1 && cut.exits.count == cut.groups && !cut.mismatch.isEmpty && !cut.chosen.isEmpty
          && cut.gaps.count == cut.groups - 1 && cut.gaps.allSatisfy { $0.count == cut.mismatch.count }
          && cut.workShares.count == cut.groups && cut.early.allSatisfy { $0.shares.count == cut.groups }
      }
      && ([dense, chosenDense] + cuts.flatMap { $0.exits.flatMap { [$0.accuracy, $0.alone] } + [$0.ensemble] }
        + tickets.flatMap { [$0.accuracy] + $0.controls.map(\.accuracy) }).arePaired
  }
}

extension Critics {
  public func finding(_ records: Records<Material>) throws -> CriticsFinding {
    let dense = Interval(of: try records.records(Self.backPropagation).map(\.last.testAccuracy))
    let cuts = try records.material.groups.map { try cut($0, dense, records) }, last = cuts.last!
    let groups = records.material.groups.last!
    return CriticsFinding(
      network: groups.network.name, dense: dense, allowance: settings.allowance / 100, cuts: cuts,
      tickets: try settings.sparsityValues.filter { records.has(Self.ticket($0)) }.map { try ticket($0, records) },
      chosenDense: Interval(of: last.chosen.enumerated().map { last.exits[$1 - 1].alone.values[$0] }))
  }

  private func cut(_ groups: LayerGroups, _ dense: Interval, _ records: Records<Material>) throws -> CriticsFinding.Cut
  {
    let kept = try records.seeds.map { seed -> CriticsRecord in
      let store = try records.store(of: seed), name = CriticsWork.exitsStage(groups.count)
      guard let value: CriticsRecord = store.value(name), value.exits.count == groups.count else {
        throw store.missing(name)
      }
      return value
    }
    func interval(_ value: (CriticsRecord) -> Double) -> Interval { Interval(of: kept.map(value)) }
    let exits = try (1...groups.count).map { first -> CriticsFinding.Exit in
      let isWhole = first == groups.count, accuracy = interval { $0.exits[first - 1].testAccuracy }
      let alone =
        isWhole
        ? dense
        : Interval(of: try records.records(Self.alone(first, of: groups.count)).map(\.last.testAccuracy))
      return CriticsFinding.Exit(
        end: groups.groups[first - 1].outputName, weights: try groups.subnetwork(first).layout.prunableCount,
        multiplyAdds: try groups.multiplyAdds(first), accuracy: accuracy, alone: alone,
        difference: accuracy.difference(to: alone))
    }
    let epochs = kept.map(\.epochs.count).min()!, size = Double(exits.last!.multiplyAdds)
    return CriticsFinding.Cut(
      groups: groups.count, workShares: groups.shares, exits: exits,
      early: kept[0].early.indices.map { i in
        let accuracy = interval { $0.early[i].testAccuracy }
        return CriticsFinding.Early(
          threshold: kept[0].early[i].threshold, accuracy: accuracy,
          difference: accuracy.difference(to: exits.last!.accuracy), work: interval { $0.early[i].work },
          shares: exits.indices.map { exit in interval { $0.early[i].shares[exit] } })
      }, ensemble: interval(\.ensembleAccuracy),
      mismatch: (0..<epochs).map { epoch in interval { $0.epochs[epoch].mismatch } },
      gaps: groups.critics.indices.map { critic in
        (0..<epochs).map { epoch in interval { $0.epochs[epoch].gaps[critic] } }
      }, chosen: kept.map(\.chosen), chosenAccuracy: interval { $0.exits[$0.chosen - 1].testAccuracy },
      chosenWork: interval { Double(exits[$0.chosen - 1].multiplyAdds) / size })
  }

  private func ticket(_ sparsity: Double, _ records: Records<Material>) throws -> CriticsFinding.Sparse {
    let stage = Self.ticket(sparsity)
    let remaining = try records.seeds.map { seed -> Double in
      let store = try records.store(of: seed)
      guard let ticket = store.ticket(stage) else { throw store.missing(stage) }
      return Double(ticket.mask.remaining)
    }
    let names = settings.search.controls.names.filter { records.has(Self.control($0, sparsity)) }
    let controls = try names.map { name in
      CriticsFinding.Control(
        name: name, accuracy: Interval(of: try records.records(Self.control(name, sparsity)).map(\.last.testAccuracy)))
    }
    return CriticsFinding.Sparse(
      sparsity: sparsity, accuracy: Interval(of: try records.records(stage).map(\.last.testAccuracy)),
      remaining: Interval(of: remaining), controls: controls)
  }

  public static func figures(_ record: Record<CriticsFinding>) -> [String: Double] {
    let finding = record.finding, last = finding.cuts.last!
    return [
      "accuracy": last.network.accuracy.mean, "dense": finding.dense.mean, "gap": last.network.difference.mean,
    ]
  }
}
