import Analysis
public import Basics
import Datasets
import Foundation
import Networks
public import Training

extension Search {
  /// Puts the records of all seeds together, writes `result.json` and the recommended ticket.
  func conclude(
    _ data: TrainingData, _ digest: String, _ architecture: Architecture, _ files: RunFolder, dataSeconds: Double,
    began: Date
  ) throws -> SearchResult {
    let collector = ResultCollector(search: self, stores: try seeds.map { try files.store("seed-\($0)") })
    let dense = try collector.arm("dense")
    let rounds = try (1...settings.rounds).map { try collector.round($0, architecture) }
    let chosen = SearchVerdict.chosenRound(dense: dense, rounds: rounds, tolerance: settings.tolerance)
    let summary = try chosen.map { try saveTicket(rounds[$0 - 1], dense, collector) }
    var result = SearchResult(
      command: "find", settings: Dictionary(uniqueKeysWithValues: settings.assignments.map { ($0.key, $0.value) }),
      seeds: seeds, dataset: data.summary(digest), dense: dense, rounds: rounds, ticket: summary,
      verdict: SearchVerdict.sentences(dense: dense, rounds: rounds, chosen: chosen, tolerance: settings.tolerance),
      seconds: try collector.seconds(data: dataSeconds), reproduce: reproduce,
      residentBytes: ProcessMemory.largestResident)
    result.seconds["total"] = Date().timeIntervalSince(began)
    try files.write(result, to: "result.json")
    return result
  }

  /// Copies the first seed's ticket of the chosen round to `ticket.safetensors`, with what its controls reached beside it.
  private func saveTicket(_ round: RoundResult, _ dense: ArmResult, _ collector: ResultCollector) throws
    -> TicketSummary
  {
    var ticket = try collector.ticket(round.round, seedIndex: 0)
    let arms: [(String, ArmResult?)] = [
      ("dense", dense), ("reinit", round.reinit), ("shuffled", round.shuffled), ("random", round.random),
    ]
    for case (let name, let arm?) in arms { ticket.metrics["\(name).testAccuracy"] = arm.testAccuracy.values[0] }
    let url = folder.appendingPathComponent("ticket.safetensors")
    let bytes = try ticket.file().encoded()
    try AtomicFile.write(bytes, to: url)
    return TicketSummary(
      path: url.path, digest: ticket.digest, bytes: bytes.count, density: ticket.mask.density, round: round.round)
  }
}

extension TrainingData {
  /// What results say about the data.
  ///
  /// - Parameter digest: Of the samples, which takes a moment to compute.
  public func summary(_ digest: String) -> DatasetSummary {
    let shape = dataset.inputShape
    return DatasetSummary(
      name: dataset.name, source: dataset.source, shape: [shape.channels, shape.height, shape.width],
      classes: dataset.classCount, trainCount: train.count, validationCount: validation.count, testCount: test.count,
      normalisation: normalisation.description, digest: digest)
  }
}

/// Reads the records of all seeds and joins them into arms.
struct ResultCollector {
  let search: Search
  let stores: [StageStore]

  private func records(_ stage: String) throws -> [StageRecord] {
    try stores.map { store in
      guard let record = store.record(stage) else { throw store.missing(stage) }
      return record
    }
  }

  func arm(_ stage: String) throws -> ArmResult {
    let records = try records(stage)
    return ArmResult(
      testAccuracy: Interval(of: records.map(\.last.testAccuracy)),
      earlyStopStep: Interval(of: records.map { Double($0.earlyStop.step) }),
      earlyStopTestAccuracy: Interval(of: records.map(\.earlyStop.testAccuracy)),
      validationAccuracy: Interval(of: records.map(\.last.validationAccuracy)), curve: CurvePoint.mean(records.map(\.curve)))
  }

  func ticket(_ round: Int, seedIndex: Int) throws -> Ticket {
    try Ticket(contentsOf: stores[seedIndex].ticketURL(Lab.stage(round)))
  }

  func round(_ round: Int, _ architecture: Architecture) throws -> RoundResult {
    let mask = try ticket(round, seedIndex: 0).mask
    func control(_ control: Control) throws -> ArmResult? {
      search.settings.controls.controls.contains(control) ? try arm(Lab.stage(round, control)) : nil
    }
    return RoundResult(
      round: round, remaining: mask.remaining, density: mask.density, ticket: try arm(Lab.stage(round)),
      reinit: try control(.reinit), shuffled: try control(.shuffled), random: try control(.random),
      layers: mask.layout.prunable.map {
        LayerCount(name: $0.layer, weights: $0.count, remaining: mask.remaining(in: $0))
      }, inputConnections: Self.inputConnections(mask, architecture))
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

  /// Seconds of training by arm and of evaluation, added over the runs that were side by side.
  func seconds(data: Double) throws -> [String: Double] {
    var seconds = ["data": data, "dense": 0, "ticket": 0, "controls": 0, "evaluation": 0]
    func add(_ stage: String, to phase: String) throws {
      for record in try records(stage) {
        seconds[phase]! += record.trainingSeconds
        seconds["evaluation"]! += record.evaluationSeconds
      }
    }
    try add("dense", to: "dense")
    for round in 1...search.settings.rounds {
      try add(Lab.stage(round), to: "ticket")
      for control in search.settings.controls.controls { try add(Lab.stage(round, control), to: "controls") }
    }
    return seconds
  }
}
