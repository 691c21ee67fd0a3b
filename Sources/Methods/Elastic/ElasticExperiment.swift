public import Basics
public import Datasets
public import Experiments
import Foundation
public import Networks
import Tickets
import Training

/// Settings that hold those of an elastic ticket.
public protocol ElasticConfigurable: Configurable {
  init()
  var elastic: ElasticSettings { get set }
}

extension ElasticConfigurable {
  public static var inapplicable: Set<String> { SearchSettings.keys(besides: fields.map(\.key)) }
  public var identityFiles: [(key: String, path: String)] { elastic.identityFiles }
  public static func base(_ given: [String: String]) throws -> Self {
    var settings = Self()
    if let names = given["ticket"] { try settings.set("ticket", to: names) }
    try settings.elastic.takeTicket()
    return settings
  }
}

/// What both verbs hold in memory.
public struct ElasticMaterial: ExperimentMaterial {
  let source: TrainingMaterial
  let target: TrainingMaterial
  let ticket: Ticket?
  /// The source's network made into the target's.
  let map: BlockMap
  let edited: EditedNetwork
  public var dataset: DatasetSummary? { source.dataset }
  public var timed: TrainingMaterial? { target }
  public var guess: GuessingShare? { source.guess }
  public var notes: [String] { source.notes }
  public var draws: Int? { source.draws }
  public var announcement: [String] {
    target.announcement + ["blocks: \(map) (source:target in each stage; block 0 is fixed)"]
  }
}

/// An experiment that moves a ticket to a network of another depth.
public protocol ElasticExperiment: Experiment
where Settings: ElasticConfigurable, Material == ElasticMaterial, Finding == ElasticFinding {
  /// The map of the blocks of each stage where none is given.
  func usualMap(_ source: [Int], to target: [Int]) throws -> BlockMap
}

/// The networks that are trained on the target besides its own search.
enum ElasticArm: String, CaseIterable {
  case elastic, reinit, shuffled, random, snip, magnitude

  var title: String {
    switch self {
    case .elastic: "Elastic ticket"
    case .reinit: Reinitialised.title
    case .shuffled: ShuffledMask.title
    case .random: RandomMask.title
    case .snip: "SNIP"
    case .magnitude: "One-shot magnitude"
    }
  }
}

extension ElasticExperiment {
  private var elastic: ElasticSettings { settings.elastic }
  static var dense: String { "dense" }
  static var imp: String { "imp" }
  static var source: String { "source" }

  // MARK: material

  public func prepare(_ locator: DataLocator) throws -> ElasticMaterial {
    guard !elastic.target.isEmpty else {
      throw Problem.usage(
        "No network to move the ticket to is named.", remedy: "Name one with --to, such as --to resnet-32.")
    }
    let ticket = try elastic.ticket.paths.first.map { try Ticket(contentsOf: URL(fileURLWithPath: $0)) }
    let source = try TrainingMaterial(elastic.sourceSearch, locator, architecture: ticket?.architecture)
    if let ticket {
      let samples = source.data.dataset
      try ticket.checkFits(input: samples.inputShape, classes: samples.classCount, data: elastic.search.data)
      try ticket.checkModel(elastic.search.model)
      let recipe = elastic.search.recipe, perEpoch = recipe.stepsPerEpoch(samples: source.data.train.count)
      guard ticket.startStep == elastic.search.rewind.iterations(perEpoch: perEpoch) else {
        throw Problem.usage(
          """
          The ticket starts at step \(ticket.startStep) of its training; rewind=\(elastic.search.rewind.settingText) would \
          start the networks beside it elsewhere.
          """, remedy: "Start them all there: --rewind \(ticket.startStep)it.")
      }
    }
    let target = try TrainingMaterial(elastic.targetSearch, locator)
    let map = try map(source.architecture, target.architecture)
    let edited = try GraphEdit.blocks(map).applied(to: source.architecture).renamed(as: target.architecture)
    return ElasticMaterial(source: source, target: target, ticket: ticket, map: map, edited: edited)
  }

  private func map(_ source: Architecture, _ target: Architecture) throws -> BlockMap {
    let stages = [source, target].map { BlockStructure($0) }, blocks = stages.map { $0.stages.map(\.blocks.count) }
    guard stages[0].stages.map(\.shape) == stages[1].stages.map(\.shape) else {
      throw Problem.usage(
        """
        \(source.name) and \(target.name) are not of one family: the stages of one are \(stages[0]), of the other \
        \(stages[1]) (shape: fixed + elastic blocks).
        """, remedy: "Name a network with --to that differs in the number of blocks alone.")
    }
    let map =
      elastic.map.isEmpty
      ? try usualMap(blocks[0], to: blocks[1]) : try BlockMap(elastic.map, stages: blocks[0])
    guard map.targetBlocks == blocks[1] else {
      throw Problem.usage(
        "The map '\(map)' gives stages of \(Self.list(map.targetBlocks)) blocks; \(target.name) has \(Self.list(blocks[1])).",
        remedy: "Write every block of the target once.")
    }
    guard !map.isIdentity || blocks[0] != blocks[1] else {
      throw Problem.usage(
        "\(target.name) has the blocks of \(source.name): there is nothing to \(Self.name).",
        remedy: "Name a network of another depth with --to.")
    }
    return map
  }

  private static func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }

  // MARK: units

  public func units(of seed: UInt64, _ material: ElasticMaterial) -> [WorkUnit] {
    let recipe = elastic.search.recipe, rounds = elastic.search.rounds
    let steps = recipe.steps.iterations(perEpoch: recipe.stepsPerEpoch(samples: material.source.data.train.count))
    let work = (0...rounds).map { WorkProgress.work(steps: steps, density: elastic.search.density(after: $0)) },
      search = work.dropFirst().reduce(0, +)
    let before = material.ticket == nil ? [Self.source, Self.dense] : [Self.dense]
    let found = WorkUnit(Self.source, seed: seed, folder: Self.sourceFolder(seed), work: work[0] + search)
    return [WorkUnit(Self.dense, seed: seed, folder: Self.targetFolder(seed), work: work[0])]
      + (material.ticket == nil ? [found] : [])
      + [WorkUnit(Self.imp, seed: seed, folder: Self.targetFolder(seed), after: before, work: search)]
      + ElasticArm.allCases.map { WorkUnit($0.rawValue, seed: seed, after: before, work: work[rounds]) }
  }

  static var targetArm: String { "target" }
  private static func targetFolder(_ seed: UInt64) -> String { "\(targetArm)/seed-\(seed)" }
  static func sourceFolder(_ seed: UInt64) -> String { "source/seed-\(seed)" }

  public func run(_ unit: WorkUnit, on bench: Bench<ElasticMaterial>) throws {
    let work = try ElasticWork(settings: elastic, bench: bench, sourceFolder: Self.sourceFolder(bench.seed))
    switch unit.name {
    case Self.source: try work.findSource()
    case Self.dense: try work.trainDense()
    case Self.imp: try work.search()
    default:
      guard let arm = ElasticArm(rawValue: unit.name) else { preconditionFailure("\(unit.name) is no unit") }
      try work.train(arm)
    }
  }

  public func stages(of seed: UInt64, _ records: Records<ElasticMaterial>) throws -> [SeedSummary.Stage] {
    let rounds = elastic.search.rounds, target = Self.targetArm
    let ticket = try records.store(of: seed).ticket(ElasticArm.elastic.rawValue)?.mask
    return try
      ([try records.stage("\(target)/\(Self.dense)", of: seed, arm: Self.dense, density: 1)]
      + (1...rounds).map { round in
        let mask = try records.store(of: seed, arm: target).ticket(Lab.stage(round))?.mask
        return try records.stage(
          "\(target)/\(Lab.stage(round))", of: seed, arm: Self.imp, round: round, remaining: mask?.remaining,
          density: mask?.density)
      }
      + ElasticArm.allCases.map { arm in
        try records.stage(
          arm.rawValue, of: seed, arm: arm.rawValue, round: rounds, remaining: ticket?.remaining,
          density: ticket?.density)
      }).compactMap { $0 }
  }
}
