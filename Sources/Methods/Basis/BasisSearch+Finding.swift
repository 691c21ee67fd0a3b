import Analysis
import Basics
public import Experiments
import Networks
import Tickets

extension BasisSearch {
  public func finding(_ records: Records<TrainingMaterial>) throws -> BasisFinding {
    let architecture = records.material.architecture
    return BasisFinding(
      denseBytes: 4 * architecture.layout.count,
      denseMultiplyAdds: architecture.forwardMultiplyAdds(of: Mask(fullFor: architecture.layout)),
      bases: try settings.bases.names.filter { records.has("\($0)/\(Self.dense)") }.map { try arm($0, records) })
  }

  private func arm(_ name: String, _ records: Records<TrainingMaterial>) throws -> BasisFinding.Arm {
    let type = try BasisCatalog.type(of: name), dense = try records.records(Self.dense, arm: name)
    let others =
      type.isCanonical ? [] : try BasisCatalog.tensors(name, of: records.material.architecture).others
    return BasisFinding.Arm(
      basis: name, summary: type.summary, dense: Interval(of: dense.map(\.last.testAccuracy)),
      canonicalLayers: others.map(\.entry.layer), denseSecondsPerStep: secondsPerStep(dense),
      rounds: try (1...settings.search.rounds).filter { round in
        [nil, Reinitialised.name, ShuffledMask.name, RandomMask.name].allSatisfy {
          records.has("\(name)/\(Lab.stage(round, $0))")
        }
      }.map { try round($0, name, records) })
  }

  private func secondsPerStep(_ records: [StageRecord]) -> Interval {
    Interval(of: records.map { $0.trainingSeconds / Double(max(1, $0.last.step - $0.curve[0].step)) })
  }

  private func round(_ round: Int, _ name: String, _ records: Records<TrainingMaterial>) throws -> BasisFinding.Round {
    let tickets = try records.records(Lab.stage(round), arm: name)
    func accuracy(_ control: any Control.Type) throws -> Interval {
      Interval(of: try records.records(Lab.stage(round, control.name), arm: name).map(\.last.testAccuracy))
    }
    let measured = try records.seeds.map { seed in
      let store = try records.store(of: seed, arm: name)
      guard let measured: BasisMeasurement = store.value(BasisMeasurement.stage(round)) else {
        throw store.missing(BasisMeasurement.stage(round))
      }
      return measured
    }
    func interval(_ value: (BasisMeasurement) -> Double) -> Interval { Interval(of: measured.map(value)) }
    let layers = measured[0].factored.filter { layer in measured.allSatisfy { $0.factored.contains(layer) } }
    let kept = interval { Double($0.kept) }
    return BasisFinding.Round(
      round: round, kept: kept, density: kept.mean / Double(measured[0].weights),
      accuracy: Interval(of: tickets.map(\.last.testAccuracy)),
      validationAccuracy: Interval(of: tickets.map(\.last.validationAccuracy)),
      reinit: try accuracy(Reinitialised.self), shuffled: try accuracy(ShuffledMask.self),
      random: try accuracy(RandomMask.self), zeros: interval { Double($0.zeros) / Double($0.weights) },
      energy: interval(\.energy), valueBytes: interval { Double($0.valueBytes) },
      maskBytes: interval { Double($0.maskBytes) }, basisBytes: interval { Double($0.basisBytes) },
      multiplyAdds: interval { Double($0.multiplyAdds) }, factoredLayers: layers, runAccuracy: interval(\.accuracy),
      secondsPerStep: secondsPerStep(tickets), secondsPerSample: interval(\.secondsPerSample),
      denseSecondsPerSample: interval(\.denseSecondsPerSample))
  }

  public static func figures(_ record: Record<BasisFinding>) -> [String: Double] {
    guard let round = record.finding.canonical.rounds.last else {
      return ["dense": record.finding.canonical.dense.mean]
    }
    return [
      "density": round.density, "accuracy": round.accuracy.mean, "dense": record.finding.canonical.dense.mean,
    ]
  }
}
