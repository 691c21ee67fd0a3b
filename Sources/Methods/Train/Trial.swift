public import Basics
import Datasets
import Foundation
import Lanes
import Networks
public import Tickets
public import Training

/// One ticket trained anew beside the dense network and its controls, once, with everything else equal.
public struct Trial: Sendable {
  public var ticket: Ticket
  public var settings: SearchSettings
  public var seed: UInt64
  /// Without it the dense network alone is trained.
  public var hasTicket: Bool

  public init(ticket: Ticket, settings: SearchSettings, seed: UInt64, hasTicket: Bool = true) {
    self.ticket = ticket
    self.settings = settings
    self.seed = seed
    self.hasTicket = hasTicket
  }

  /// What an arm of the trial reached.
  public struct Arm: Sendable {
    public var name: String
    public var density: Double
    public var outcome: TrainingOutcome
  }

  /// Trains dense, ticket and controls side by side on the cores; arms come back in that order, beside those that diverged.
  ///
  /// - Throws: `Problem`.
  public func run(on data: TrainingData, threads: Int) throws -> (arms: [Arm], failures: [NetworkFailure]) {
    let starts = try starts(on: data), results = Results(), workers = WorkerPool()
    for (place, start) in starts.enumerated() {
      workers.add(
        {
          do {
            let outcome = try Trainer().train(run(start.begin, on: data))
            results.set(place, Arm(name: start.arm, density: start.begin.mask.density, outcome: outcome))
          } catch let problem as Problem where problem.isOfOneNetwork {
            results.note(
              place, problem.at(seed: seed, network: start.arm, learningRate: start.begin.recipe.learningRate))
          }
        }, leaf: false)
    }
    try workers.run(workers: threads)
    return (results.arms, results.failures)
  }

  private func run(_ start: TrainingStart, on data: TrainingData) -> Run {
    Run(
      ticket.architecture, start: start.parameters, mask: start.mask, at: start.step, recipe: start.recipe, data: data,
      pool: ThreadPool(threads: 1))
  }

  private func starts(on data: TrainingData) throws -> [(arm: String, begin: TrainingStart)] {
    let given = try settings.startingWeights(of: self.ticket.architecture)?.parameters
    var ticket = context(of: self.ticket.mask, given, data)
    var dense = context(of: Mask(fullFor: self.ticket.mask.layout), given, data)
    let whole = TrainingStart(parameters: dense.initial, mask: dense.mask, recipe: dense.recipe)
    guard hasTicket else { return [("dense", whole)] }
    let types = settings.controls.types
    if types.contains(where: { $0 == ShuffledMask.self }) {
      let rewound = rewound(whole, on: data)
      ticket.rewound = { rewound }
      dense.rewound = ticket.rewound
    }
    // Fine-tuning stays at the last learning rate.
    let recipe =
      settings.retraining == .finetune
      ? ticket.recipe.atLastRate(stepsPerEpoch: ticket.stepsPerEpoch) : ticket.recipe
    let own = TrainingStart(
      parameters: self.ticket.start, mask: self.ticket.mask, step: self.ticket.startStep, recipe: recipe)
    return try [("dense", whole), ("ticket", own)]
      + types.flatMap { control in
        try control.variants.map { variant in
          (
            variant.isEmpty ? control.name : "\(control.name) \(variant)",
            try control.init().start(variant, control.isDense ? dense : ticket)
          )
        }
      }
  }

  /// - Parameter given: Weights from a file that dense networks start from.
  private func context(of mask: Mask, _ given: Parameters?, _ data: TrainingData) -> ControlContext {
    let initial = given ?? settings.initializer.parameters(for: mask.layout, seed: seed)
    var context = ControlContext(
      ticket.architecture, settings, seed: seed, mask: mask, step: ticket.startStep,
      stepsPerEpoch: settings.recipe.stepsPerEpoch(samples: data.train.count), place: "trial", rewound: { initial })
    context.given = given
    return context
  }

  /// The dense network trained to the step where the ticket starts.
  private func rewound(_ start: TrainingStart, on data: TrainingData) -> Parameters {
    let run = run(start, on: data)
    while run.iteration < ticket.startStep { run.takeStep() }
    return run.parameters
  }

  /// Arms by place, filled from several threads.
  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private var byPlace: [Int: Arm] = [:]
    private var problems: [Int: Problem] = [:]

    func set(_ place: Int, _ arm: Arm) { lock.withLock { byPlace[place] = arm } }
    func note(_ place: Int, _ problem: Problem) { lock.withLock { problems[place] = problem } }
    var failures: [NetworkFailure] {
      lock.withLock { problems.sorted { $0.key < $1.key }.map { NetworkFailure($0.value) } }
    }
    var arms: [Arm] { lock.withLock { byPlace.sorted { $0.key < $1.key }.map(\.value) } }
  }
}
