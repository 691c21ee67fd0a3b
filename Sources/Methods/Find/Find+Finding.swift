import Analysis
import Basics
public import Experiments
import Foundation
import Networks
import Tickets

extension Find {
  public func finding(_ records: Records<TrainingMaterial>) throws -> FindFinding {
    var arms = ["dense": FindFinding.Arm(of: try records.records("dense"))]
    for control in settings.search.controls.types where control.isDense && records.has(control.name) {
      arms[control.name] = FindFinding.Arm(of: try records.records(Lab.stage(0, control.name)))
    }
    return FindFinding(arms: arms, rounds: try rounds(records))
  }

  /// Those of which every seed has a ticket.
  private func rounds(_ records: Records<TrainingMaterial>) throws -> [FindFinding.Round] {
    try (1...settings.search.rounds).filter { records.has(Lab.stage($0)) }.map { try round($0, records) }
  }

  private func round(_ round: Int, _ records: Records<TrainingMaterial>) throws -> FindFinding.Round {
    let mask = try Ticket(contentsOf: records.store(of: records.seeds[0]).ticketURL(Lab.stage(round))).mask
    var arms = ["ticket": FindFinding.Arm(of: try records.records(Lab.stage(round)))]
    for control in settings.search.controls.types
    where !control.isDense && records.has(Lab.stage(round, control.name)) {
      arms[control.name] = FindFinding.Arm(of: try records.records(Lab.stage(round, control.name)))
    }
    // One tensor of weights a layer.
    let layers = zip(mask.layout.prunable, records.material.architecture.costs(of: mask)).map { entry, cost in
      LayerCount(
        name: entry.layer, weights: entry.count, remaining: mask.remaining(in: entry), denseMultiplyAdds: cost.dense,
        multiplyAdds: cost.sparse)
    }
    return FindFinding.Round(
      round: round, remaining: mask.remaining, density: mask.density, arms: arms, layers: layers,
      inputConnections: Self.inputConnections(mask, records.material.architecture))
  }

  /// Surviving connections of every input value, where the first layer is fully connected.
  private static func inputConnections(_ mask: Mask, _ architecture: Architecture) -> [Int]? {
    guard let first = architecture.nodes.first, first.layer is Linear,
      let entry = mask.layout.entries(of: first.name).first
    else { return nil }
    var counts = [Int](repeating: 0, count: architecture.input.count)
    for i in entry.range where mask.keeps[i] { counts[(i - entry.offset) % counts.count] += 1 }
    return counts
  }

  public static func figures(_ record: Record<FindFinding>) -> [String: Double] {
    let dense = record.finding.dense.testAccuracy.mean
    guard let round = record.finding.chosen else { return ["dense": dense] }
    let accuracy = round.ticket.testAccuracy.mean
    return [
      "round": Double(round.round), "density": round.density, "accuracy": accuracy, "dense": dense,
      "gap": accuracy - dense,
    ]
  }
}

extension FindFinding.Arm {
  /// - Parameter records: One a seed.
  init(of records: [StageRecord]) {
    let seeds = records.map(\.metrics)
    // What every seed measured.
    metrics = (seeds.first ?? [:]).filter { key, _ in seeds.allSatisfy { $0[key] != nil } }.reduce(into: [:]) {
      metrics, entry in metrics[entry.key] = Interval(of: seeds.map { $0[entry.key]! })
    }
    curve = CurvePoint.mean(records.map(\.curve))
  }
}
