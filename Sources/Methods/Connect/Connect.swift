import Basics
public import Datasets
public import Experiments
import Foundation
import Lanes
import Networks
import Tickets
import Training

/// Instability analysis: copies of one network are trained from a common state with different random numbers of training, and
/// the error is taken along the straight line between every two of them.
///
/// Frankle, Dziugaite, Roy & Carbin 2020, "Linear mode connectivity and the lottery ticket hypothesis" (arXiv:1912.05671).
/// Instability is the largest error along the line minus the mean error of its ends; a network is stable where it is below
/// two points. The copies differ in data order, augmentation and dropout alone: initial weights, state at the fork, schedule
/// and validation split are the same. They start with an empty optimiser, as tickets do after rewinding. Batch norm's
/// statistics are measured anew at every position, the ends included (the paper's code interpolates them as well).
/// Cost: a training to the last fork, and `copies` trainings from each fork, a seed.
public struct Connect: Experiment {
  public static let name = "connect"
  public static let summary = "instability analysis of networks and tickets"
  public static let discussion = """
    Trains copies from a common state with different data order, augmentation and dropout, and takes the error along the \
    line between them (Frankle et al. 2020). With tickets the copies start from each ticket's own start.
    """
  public static let example = [
    "data=digits", "model=mlp:24,16", "steps=2ep", "batch=64", "at=0,1ep", "points=4", "train-samples=300",
  ]
  /// Below this test instability a network is stable.
  static let threshold = 0.02

  public let settings: ConnectSettings
  public let seeds: [UInt64]

  public init(_ settings: ConnectSettings, seeds: [UInt64]) {
    self.settings = settings
    self.seeds = seeds
  }

  public struct Material: ExtendedMaterial {
    public let training: TrainingMaterial
    let tickets: [Ticket]
    public var draws: Int? { training.draws }
  }

  public func prepare(_ locator: DataLocator) throws -> Material {
    let tickets = try Ticket.together(settings.tickets.paths)
    let training = try TrainingMaterial(settings.search, locator, architecture: tickets.first?.architecture)
    let material = Material(training: training, tickets: tickets), total = totalSteps(material)
    for fork in settings.forks.values {
      try settings.search.recipe.require(
        fork, "The fork \(fork)", beforeEndFor: training.data.train.count,
        remedy: "Choose earlier steps with --at, or more --steps.")
    }
    for (path, ticket) in zip(settings.tickets.paths, tickets) where ticket.startStep >= total {
      throw Problem.usage(
        "\(path) starts at step \(ticket.startStep), which is not before the end of training (\(total)).",
        remedy: "Use more --steps.")
    }
    return material
  }

  // MARK: forks

  /// The state from which copies are trained.
  enum Fork: Hashable {
    case step(Int)
    case ticket(Int)
  }

  func perEpoch(_ material: Material) -> Int {
    settings.search.recipe.stepsPerEpoch(samples: material.training.data.train.count)
  }

  func totalSteps(_ material: Material) -> Int { settings.search.recipe.steps.iterations(perEpoch: perEpoch(material)) }

  /// Those of the dense network ascending and without repetition, or the tickets in order.
  func forks(_ material: Material) -> [Fork] {
    if !material.tickets.isEmpty { return material.tickets.indices.map { .ticket($0) } }
    return Set(settings.forks.values.map { $0.iterations(perEpoch: perEpoch(material)) }).sorted().map { .step($0) }
  }

  /// What a fork's files begin with: `at-100`, or `ticket-` and the first digits of the ticket's digest.
  func name(_ fork: Fork, _ material: Material) -> String {
    switch fork {
    case .step(let step): "at-\(step)"
    case .ticket(let place): "ticket-\(material.tickets[place].digest.prefix(12))"
    }
  }

  func step(_ fork: Fork, _ material: Material) -> Int {
    switch fork {
    case .step(let step): step
    case .ticket(let place): material.tickets[place].startStep
    }
  }

  func density(_ fork: Fork, _ material: Material) -> Double {
    if case .ticket(let place) = fork { material.tickets[place].mask.density } else { 1 }
  }

  var pairs: [(first: Int, second: Int)] {
    (1...settings.copies).flatMap { first in (1...settings.copies).filter { $0 > first }.map { (first, $0) } }
  }

  static func copyStage(_ fork: String, _ copy: Int) -> String { "\(fork).copy-\(copy)" }
  static func pathStage(_ fork: String, _ pair: (first: Int, second: Int)) -> String {
    "\(fork).path-\(pair.first)-\(pair.second)"
  }

  // MARK: units

  private static let trunk = "trunk"

  /// The dense network's training to the last fork, the copies of each fork, and the lines between them.
  public func units(of seed: UInt64, _ material: Material) -> [WorkUnit] {
    let forks = forks(material), total = totalSteps(material)
    var units: [WorkUnit] = []
    if material.tickets.isEmpty {
      let last = forks.map { step($0, material) }.max() ?? 0
      units.append(WorkUnit(Self.trunk, seed: seed, work: WorkProgress.work(steps: last, density: 1)))
    }
    for fork in forks {
      let name = name(fork, material),
        work = WorkProgress.work(
          steps: total - step(fork, material), density: density(fork, material))
      units += (1...settings.copies).map {
        WorkUnit(
          Self.copyStage(name, $0), seed: seed,
          after: units.first.map { $0.name == Self.trunk ? [Self.trunk] : [] } ?? [], work: work)
      }
      units += pairs.map { pair in
        WorkUnit(
          Self.pathStage(name, pair), seed: seed,
          after: [pair.first, pair.second].map { Self.copyStage(name, $0) }, work: 0)
      }
    }
    return units
  }

  public func run(_ unit: WorkUnit, on bench: Bench<Material>) throws {
    let work = ForkWork(connect: self, bench: bench)
    if unit.name == Self.trunk { return try work.trainTrunk() }
    for fork in forks(bench.material) {
      let name = name(fork, bench.material)
      for copy in 1...settings.copies where Self.copyStage(name, copy) == unit.name {
        return try work.trainCopy(copy, of: fork)
      }
      for pair in pairs where Self.pathStage(name, pair) == unit.name {
        return try work.measurePath(pair, of: fork)
      }
    }
    preconditionFailure("\(unit.name) is no unit of these settings")
  }
}
