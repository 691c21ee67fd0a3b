import Analysis
public import Basics
public import Datasets
public import Experiments
import Foundation
import Networks
import Pruning
import Tickets
import Training

/// The search for winning tickets among coefficients: iterative magnitude pruning with rewinding in several orthonormal bases
/// of the weights, each ticket beside re-initialised, shuffled and random masks of the same basis.
///
/// Alabdulmohsin et al. 2021 (arXiv:2107.06825), the canonical basis being the usual search. Coefficients are trained,
/// pruned and rewound; biases and batch norm stay as they are. Dense training in coefficients takes the way of that in weights
/// with SGD and momentum, up to rounding, so that every basis but those that are no other trains a dense network of its own.
public struct BasisSearch: Experiment {
  public static let name = "basis"
  public static let summary = "search for tickets among coefficients of bases"
  public static let discussion = """
    All bases are compared at equal coefficients, at equal bytes and at equal arithmetic. Starting the same command again \
    goes on where it stopped; more --bases run only what is new.
    """
  public static let example = [
    "data=digits", "model=mlp:12,8", "steps=2ep", "batch=64", "rounds=2", "fraction=0.5", "bases=random,svd,units",
  ]

  public let settings: BasisSettings
  public let seeds: [UInt64]
  public init(_ settings: BasisSettings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  private var search: SearchSettings { settings.search }
  static let dense = "dense"

  public func prepare(_ locator: DataLocator) throws -> TrainingMaterial {
    let material = try TrainingMaterial(search, locator)
    let excluded = try search.excludedLayers(material.architecture.layout)
    for name in settings.bases.names {
      let fitting = try BasisCatalog.tensors(name, of: material.architecture).fitting
      let type = try BasisCatalog.type(of: name)
      guard type.isCanonical || fitting.contains(where: { !excluded.contains($0.entry.layer) }) else {
        throw Problem.usage(
          """
          The basis \(name) fits no layer of \(search.model) on \(search.data)\(excluded.isEmpty ? "" : " that is pruned"): it \
          needs \(type.need).
          """,
          remedy: "Leave \(name) out of --bases, or choose another --model.")
      }
    }
    return material
  }

  // MARK: units

  public func units(of seed: UInt64, _ material: TrainingMaterial) throws -> [WorkUnit] {
    let perEpoch = search.recipe.stepsPerEpoch(samples: material.data.train.count)
    let steps = search.recipe.steps.iterations(perEpoch: perEpoch), canonical = CanonicalBasis.name
    let dense = WorkProgress.work(steps: steps, density: 1)
    let densities = (1...search.rounds).map(search.density)
    return [WorkUnit(Self.dense, seed: seed, folder: folder(canonical, seed), work: dense)]
      + (try settings.bases.names.map { name in
        let type = try BasisCatalog.type(of: name), isCanonical = type.isCanonical
        let tickets = densities.reduce(0) {
          $0 + 4 * (isCanonical ? WorkProgress.work(steps: steps, density: $1) : dense)
        }
        return WorkUnit(
          name, seed: seed, folder: folder(name, seed), after: isCanonical || type.needsTrained ? [Self.dense] : [],
          spawns: true, work: tickets + (name == canonical ? 0 : dense))
      })
  }

  private func folder(_ basis: String, _ seed: UInt64) -> String { "\(basis)/seed-\(seed)" }

  public func run(_ unit: WorkUnit, on bench: Bench<TrainingMaterial>) throws {
    let name = unit.name == Self.dense ? CanonicalBasis.name : unit.name, type = try BasisCatalog.type(of: name)
    var context = BasisContext(seed: bench.seed)
    if type.needsTrained {
      let store = bench.folder.reader(folder(CanonicalBasis.name, bench.seed))
      guard let trained = store.ticket(Self.dense)?.trained else { throw store.missing(Self.dense) }
      context.trained = trained
    }
    let basis = try BasisCatalog.coefficients(name, of: bench.material.architecture, context)
    let lab = try Lab(
      settings: settings.search(in: type), seed: bench.seed, bench: bench.trainer, workers: bench.workers,
      basis: basis.rotations.isEmpty ? nil : basis)
    if name != CanonicalBasis.name, basis.rotations.isEmpty { try shareDense(bench) }
    if unit.name == Self.dense {
      _ = try lab.trainDense()
      return
    }
    let search = Result { try IterativePruning().findTickets(in: lab) }
    // Rounds before one that could not be finished stay what they are.
    for round in 1...settings.search.rounds where bench.store.ticket(Lab.stage(round)) != nil {
      try BasisMeasurement.keep(round, basis, on: bench)
    }
    try search.get()
  }

  /// Where coefficients are the weights, the dense network is the canonical one, bit for bit.
  private func shareDense(_ bench: Bench<TrainingMaterial>) throws {
    let store = bench.folder.reader(folder(CanonicalBasis.name, bench.seed))
    guard let ticket = store.ticket(Self.dense), let record = store.record(Self.dense) else {
      throw store.missing(Self.dense)
    }
    try ticket.file().write(to: bench.store.ticketURL(Self.dense))
    try bench.store.keep(record, Self.dense)
  }

  public func stages(of seed: UInt64, _ records: Records<TrainingMaterial>) throws -> [SeedSummary.Stage] {
    try settings.bases.names.flatMap { name -> [SeedSummary.Stage] in
      let dense = try records.stage("\(name)/\(Self.dense)", of: seed, arm: "\(name)-dense", density: 1)
      let rounds = try (1...search.rounds).flatMap { round -> [SeedSummary.Stage?] in
        let measured: BasisMeasurement? = try records.store(of: seed, arm: name).value(BasisMeasurement.stage(round))
        return try [nil, Reinitialised.name, ShuffledMask.name, RandomMask.name].map { control in
          try records.stage(
            "\(name)/\(Lab.stage(round, control))", of: seed, arm: control.map { "\(name)-\($0)" } ?? name,
            round: round, remaining: measured?.kept, density: measured.map { Double($0.kept) / Double($0.weights) })
        }
      }
      return ([dense] + rounds).compactMap { $0 }
    }
  }
}
