import Basics
import Foundation
import Lanes
import Networks
import Pruning
public import Training

/// One ticket trained anew beside its controls, once, with everything else equal.
public struct Trial: Sendable {
  public var ticket: Ticket
  public var settings: SearchSettings
  public var controls: [Control]
  public var seed: UInt64

  public init(ticket: Ticket, settings: SearchSettings, controls: [Control], seed: UInt64) {
    self.ticket = ticket
    self.settings = settings
    self.controls = controls
    self.seed = seed
  }

  /// What an arm of the trial reached.
  public struct Arm: Sendable {
    public var name: String
    public var density: Double
    public var outcome: TrainingOutcome
  }

  private struct Start: Sendable {
    var name: String
    var parameters: Parameters
    var mask: Mask
    var step: Int
  }

  /// Trains dense, ticket and controls side by side on the cores; arms come back in that order.
  ///
  /// - Throws: `Problem`.
  public func run(on data: TrainingData, threads: Int) throws -> [Arm] {
    let results = Results(), workers = WorkerPool(), starts = starts(rewound: rewound(on: data))
    for (i, start) in starts.enumerated() {
      workers.add(
        {
          let run = Run(
            ticket.architecture, start: start.parameters, mask: start.mask, at: start.step,
            recipe: start.name == "ticket" ? ticketRecipe(data) : recipe, data: data, pool: ThreadPool(threads: 1))
          let outcome = try Trainer().train(run)
          results.set(i, Arm(name: start.name, density: start.mask.density, outcome: outcome))
        }, leaf: false)
    }
    try workers.run(workers: threads)
    return results.arms
  }

  private var recipe: Recipe {
    var recipe = settings.recipe
    recipe.orderSeed = seed
    return recipe
  }

  /// The ticket's own recipe: fine-tuning stays at the last learning rate.
  private func ticketRecipe(_ data: TrainingData) -> Recipe {
    let stepsPerEpoch = recipe.stepsPerEpoch(samples: data.train.count)
    return settings.retraining == .finetune ? recipe.atLastRate(stepsPerEpoch: stepsPerEpoch) : recipe
  }

  /// - Parameter rewound: The dense network's weights at the step where the ticket starts.
  private func starts(rewound: Parameters) -> [Start] {
    let layout = ticket.mask.layout, initializer = settings.initializer, full = Mask(fullFor: layout)
    func mask(_ control: Control) -> Mask {
      ticket.mask.shuffledLayerwise(seed: seed, stream: "control-mask/\(control)/trial")
    }
    func fresh(_ control: Control) -> Parameters {
      initializer.parameters(for: layout, seed: seed, stream: "control-weights/\(control)/trial")
    }
    let dense = Start(name: "dense", parameters: initial, mask: full, step: 0)
    let own = Start(name: "ticket", parameters: ticket.start, mask: ticket.mask, step: ticket.startStep)
    return [dense, own]
      + controls.map { control in
        switch control {
        case .reinit: Start(name: "reinit", parameters: fresh(control), mask: ticket.mask, step: 0)
        case .random: Start(name: "random", parameters: fresh(control), mask: mask(control), step: 0)
        case .shuffled: Start(name: "shuffled", parameters: rewound, mask: mask(control), step: ticket.startStep)
        }
      }
  }

  private var initial: Parameters { settings.initializer.parameters(for: ticket.mask.layout, seed: seed) }

  /// The dense network trained to the step where the ticket starts.
  private func rewound(on data: TrainingData) -> Parameters {
    guard ticket.startStep > 0, controls.contains(.shuffled) else { return initial }
    let run = Run(ticket.architecture, start: initial, recipe: recipe, data: data, pool: ThreadPool(threads: 1))
    while run.iteration < ticket.startStep { run.takeStep() }
    return run.parameters
  }

  /// Arms by place, filled from several threads.
  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private var byPlace: [Int: Arm] = [:]

    func set(_ place: Int, _ arm: Arm) { lock.withLock { byPlace[place] = arm } }
    var arms: [Arm] { lock.withLock { byPlace.sorted { $0.key < $1.key }.map(\.value) } }
  }
}
