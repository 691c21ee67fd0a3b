import Analysis
public import Basics
public import Experiments
import Networks
import Tickets
import Training

/// What a moved ticket reached beside a search on the target itself.
public struct ElasticFinding: Codable, Equatable, Sendable {
  /// A network of the target. Accuracies are on the test set.
  public struct Arm: Codable, Equatable, Sendable {
    package var name: String
    package var title: String
    package var accuracy: Interval
    /// Mean over the seeds.
    package var curve: [CurvePoint]
  }

  /// A stage of blocks.
  public struct Stage: Codable, Equatable, Sendable {
    package var shape: String
    package var sourceBlocks: Int
    package var targetBlocks: Int
    /// Of the weights in the stage's blocks.
    package var sourceDensity: Interval
    package var targetDensity: Interval
  }

  package var source: String
  package var target: String
  /// Of blocks, as `BlockMap` writes it.
  package var map: String
  package var stages: [Stage]
  package var sourceDensity: Interval
  /// Of the moved ticket, and of all networks beside it.
  package var density: Interval
  package var kept: Interval
  package var dense: Arm
  package var imp: Arm
  /// The moved ticket first.
  package var arms: [Arm]
  /// Multiply-adds by which a ticket of the target is had, the training of it included, in units of a dense training of the
  /// target: by a search on it, by moving a ticket that is there, and by finding that first.
  package var searchWork: Interval
  package var movedWork: Interval
  package var wholeWork: Interval

  package var moved: Arm { arms[0] }
  subscript(arm: ElasticArm) -> Arm? { arms.first { $0.name == arm.rawValue } }
}

extension ElasticFinding: Sound {
  public var isSound: Bool {
    !arms.isEmpty && !moved.curve.isEmpty && ([dense, imp] + arms).map(\.accuracy).arePaired
      && stages.allSatisfy { $0.sourceBlocks > 0 && $0.targetBlocks > 0 }
  }
}

extension ElasticExperiment {
  public func finding(_ records: Records<ElasticMaterial>) throws -> ElasticFinding {
    let costs = try records.seeds.map { try ElasticCosts(of: $0, self, records) }
    func interval(_ value: (ElasticCosts) -> Double) -> Interval { Interval(of: costs.map(value)) }
    let material = records.material, rounds = settings.elastic.search.rounds
    return ElasticFinding(
      source: material.source.architecture.name, target: material.target.architecture.name,
      map: material.map.description, stages: stages(material, costs),
      sourceDensity: interval(\.source.density), density: interval(\.moved.density),
      kept: interval { Double($0.moved.remaining) },
      dense: try arm(Self.dense, "Dense", records, in: Self.targetArm),
      imp: try arm(Lab.stage(rounds), "Iterative pruning", records, in: Self.targetArm),
      arms: try ElasticArm.allCases.filter { records.has($0.rawValue) }.map { try arm($0.rawValue, $0.title, records) },
      searchWork: interval(\.searchWork), movedWork: interval(\.movedWork), wholeWork: interval(\.wholeWork))
  }

  private func arm(
    _ stage: String, _ title: String, _ records: Records<ElasticMaterial>, in folder: String? = nil
  ) throws -> ElasticFinding.Arm {
    let trained = try records.records(stage, arm: folder)
    return ElasticFinding.Arm(
      name: stage, title: title, accuracy: Interval(of: trained.map(\.last.testAccuracy)),
      curve: CurvePoint.mean(trained.map(\.curve)))
  }

  private func stages(_ material: ElasticMaterial, _ costs: [ElasticCosts]) -> [ElasticFinding.Stage] {
    let networks = [material.source.architecture, material.target.architecture]
    let structures = networks.map { BlockStructure($0) }
    return structures[0].stages.indices.map { stage in
      func density(_ network: Int, _ mask: (ElasticCosts) -> Mask) -> Interval {
        let nodes = structures[network].stages[stage].blocks.flatMap { Array($0.nodes) }
        let layers = Set(nodes.map { networks[network].nodes[$0].name })
        let entries = networks[network].layout.prunable.filter { layers.contains($0.layer) }
        return Interval(
          of: costs.map { cost in
            Double(entries.reduce(0) { $0 + mask(cost).remaining(in: $1) })
              / Double(max(1, entries.reduce(0) { $0 + $1.count }))
          })
      }
      return ElasticFinding.Stage(
        shape: "\(structures[0].stages[stage].shape)", sourceBlocks: structures[0].stages[stage].blocks.count,
        targetBlocks: structures[1].stages[stage].blocks.count, sourceDensity: density(0) { $0.source },
        targetDensity: density(1) { $0.moved })
    }
  }

  public static func figures(_ record: Record<ElasticFinding>) -> [String: Double] {
    let finding = record.finding
    return [
      "density": finding.density.mean, "accuracy": finding.moved.accuracy.mean, "dense": finding.dense.accuracy.mean,
      "gap": finding.moved.accuracy.mean - finding.imp.accuracy.mean,
    ]
  }
}

/// The masks of one seed, and what tickets cost by them.
private struct ElasticCosts {
  let source: Mask
  let moved: Mask
  private(set) var searchWork = 0.0
  private(set) var movedWork = 0.0
  private(set) var wholeWork = 0.0

  init<Elastic: ElasticExperiment>(of seed: UInt64, _ elastic: Elastic, _ records: Records<ElasticMaterial>) throws {
    let rounds = elastic.settings.elastic.search.rounds, material = records.material
    func mask(_ stage: String, _ store: StageStore) throws -> Mask {
      guard let ticket = store.ticket(stage) else { throw store.missing(stage) }
      return ticket.mask
    }
    func masks(_ store: StageStore) throws -> [Mask] {
      try (1...rounds).map { try mask(Lab.stage($0), store) }
    }
    let own = try records.store(of: seed),
      sources =
        try material.ticket.map { [$0.mask] }
        ?? masks(records.folder.reader(Elastic.sourceFolder(seed)))
    source = sources.last!
    moved = try mask(ElasticArm.elastic.rawValue, own)
    let search = elastic.settings.elastic.search, recipe = search.recipe, target = material.target.architecture
    let perEpoch = recipe.stepsPerEpoch(samples: material.target.data.train.count)
    let steps = recipe.steps.iterations(perEpoch: perEpoch), rewind = search.rewind.iterations(perEpoch: perEpoch)
    let dense = target.multiplyAdds(searching: [], steps: steps, rewind: rewind)
    func work(_ architecture: Architecture, _ masks: [Mask]) -> Double {
      architecture.multiplyAdds(searching: masks, steps: steps, rewind: rewind) / dense
    }
    searchWork = work(target, try masks(records.store(of: seed, arm: Elastic.targetArm)))
    movedWork = work(target, [moved]) - work(target, [])
    wholeWork = movedWork + (material.ticket == nil ? work(material.source.architecture, sources) : 0)
  }
}
