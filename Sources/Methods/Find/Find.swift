import Analysis
public import Basics
public import Datasets
public import Experiments
import Foundation
import Networks
import Tickets
import Training

/// The search for winning tickets: an algorithm finds a mask for every round, and every ticket is trained beside the
/// controls that tell what it owes to its mask, its weights, its layer counts and its training.
///
/// Frankle & Carbin 2019 (arXiv:1803.03635); what counts as matching and as winning, `TicketClaim` says. Rounds follow from
/// one another, so a seed is one unit of work and hands its controls to whoever is idle.
public struct Find: Experiment {
  public static let name = "find"
  public static let summary = "search for winning tickets, beside their controls"
  public static let discussion = """
    Ends with a table and a report. Starting the same command again skips what is done and goes on with what is not; more \
    --seeds run only what is new.
    """

  public static let example = [
    "data=digits", "model=mlp:24,16", "steps=2ep", "batch=64", "rounds=2",
    "controls=\(ControlCatalog.all.map { $0.name }.joined(separator: ","))",
  ]

  public let settings: FindSettings
  public let seeds: [UInt64]

  public init(_ settings: FindSettings, seeds: [UInt64]) {
    self.settings = settings
    self.seeds = seeds
  }

  private var search: SearchSettings { settings.search }
  private var controls: [any Control.Type] { search.controls.types }

  public func prepare(_ locator: DataLocator) throws -> TrainingMaterial {
    _ = try search.ticketAlgorithm()
    return try TrainingMaterial(search, locator)
  }

  public func units(of seed: UInt64, _ material: TrainingMaterial) -> [WorkUnit] {
    [WorkUnit("search", seed: seed, spawns: !controls.isEmpty, work: work(material))]
  }

  private func work(_ material: TrainingMaterial) -> Double {
    let perEpoch = search.recipe.stepsPerEpoch(samples: material.data.train.count)
    let steps = search.recipe.steps.iterations(perEpoch: perEpoch)
    let dense = 1 + controls.filter { $0.isDense }.reduce(0) { $0 + $1.length([]) }
    var work = WorkProgress.work(steps: steps, density: 1) * dense, densities: [Double] = []
    for _ in 0..<search.rounds {
      densities.append((densities.last ?? 1) * (1 - search.fraction))
      let length = 1 + controls.filter { !$0.isDense }.reduce(0) { $0 + $1.length(densities) }
      work += WorkProgress.work(steps: steps, density: densities.last!) * length
    }
    return work
  }

  public func run(_ unit: WorkUnit, on bench: Bench<TrainingMaterial>) throws {
    let shared = bench.shared.flatMap { output in
      bench.material.dataset?.digest.map { SharedDense(search, dataDigest: $0, output: output) }
    }
    let lab = try Lab(
      settings: search, seed: bench.seed, bench: bench.trainer, workers: bench.workers, shared: shared)
    // They need no ticket, should there be none.
    defer { if bench.store.record(Lab.stage(0)) != nil { lab.trainDenseControls() } }
    try search.ticketAlgorithm().findTickets(in: lab)
  }

  /// The dense networks, and of every round ticket and controls.
  public func stages(of seed: UInt64, _ records: Records<TrainingMaterial>) throws -> [SeedSummary.Stage] {
    let store = try records.store(of: seed)
    let full = Mask(fullFor: records.material.architecture.layout)
    var stages = try (["dense"] + controls.filter { $0.isDense }.map { $0.name }).compactMap { name in
      try records.stage(name, of: seed, arm: name, mask: full)
    }
    for round in 1...search.rounds {
      let found = try records.ifFinished(seed) {
        guard let mask = store.ticket(Lab.stage(round))?.mask else { throw store.missing(Lab.stage(round)) }
        return mask
      }
      guard let mask = found else { continue }
      for control in [nil] + controls.filter({ !$0.isDense }).map({ $0.name }) {
        let stage = try records.stage(
          Lab.stage(round, control), of: seed, arm: control ?? "ticket", round: round, mask: mask)
        stages += [stage].compactMap { $0 }
      }
    }
    return stages
  }

  /// Seconds of training by arm and of evaluation.
  public func seconds(_ records: Records<TrainingMaterial>) throws -> [String: Double] {
    var seconds = ["dense": 0.0, "ticket": 0, "controls": 0, "evaluation": 0]
    for seed in seeds {
      for stage in try stages(of: seed, records) {
        guard let record = try records.record(stage.name, of: seed) else { continue }
        seconds[["dense", "ticket"].contains(stage.arm) ? stage.arm : "controls"]! += record.trainingSeconds
        seconds["evaluation"]! += record.evaluationSeconds
      }
    }
    return seconds
  }

  /// Keeps the recommended ticket, and says what the chosen round's networks reach class by class.
  public func keep(_ record: inout Record<FindFinding>, _ records: Records<TrainingMaterial>) throws {
    try keepTicket(&record, records)
    record.finding.classes = try record.finding.chosen.flatMap { try ClassFinding($0, of: record.finding, records) }
  }

  /// Copies the first seed's ticket of the sparsest matching round to `ticket.safetensors`, with what stands beside it. A
  /// network that did not learn has no ticket.
  private func keepTicket(_ record: inout Record<FindFinding>, _ records: Records<TrainingMaterial>) throws {
    let finding = record.finding, file = records.folder.url.appendingPathComponent("ticket.safetensors")
    guard record.learning(finding.dense.testAccuracy)?.hasLearned != false,
      let round = finding.matchingRound(tolerance: search.tolerance, margin: search.margin / 100)
    else {
      // One of fewer seeds or another margin may lie there.
      try? FileManager.default.removeItem(at: file)
      return
    }
    var ticket = try Ticket(contentsOf: records.store(of: record.seeds[0]).ticketURL(Lab.stage(round.round)))
    for (name, arm) in round.arms.merging(finding.arms, uniquingKeysWith: { $1 }) where name != "ticket" {
      ticket.metrics["\(name).testAccuracy"] = arm[.testAccuracy]?.values[0]
      ticket.metrics["\(name).balancedAccuracy"] = arm[.balancedAccuracy]?.values[0]
      let stage = finding.arms[name] == nil ? Lab.stage(round.round, name) : name
      ticket.classAccuracies[name] = try records.record(stage, of: record.seeds[0])?.confusion?.accuracies
    }
    let bytes = try ticket.file().encoded()
    try AtomicFile.write(bytes, to: file)
    record.finding.ticket = FindFinding.TicketFile(
      path: file.path, digest: ticket.digest, bytes: bytes.count, density: ticket.mask.density, round: round.round)
  }
}
