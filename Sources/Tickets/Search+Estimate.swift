import Basics
import Datasets
import Foundation
import Lanes
import Networks
import Training

/// What a seed of a search will take, before it is run.
public struct SearchEstimate: Codable, Equatable, Sendable {
  /// Of one core, the dense training among them.
  public var seconds: Double
  /// Of one core, the dense training alone, which searches can share.
  public var denseSeconds: Double
  /// What the seed's files take.
  public var diskBytes: Int
  /// What a process that works on the seed holds in memory.
  public var memoryBytes: Int
}

/// Seconds of a step and of an evaluation of the dense network on one core.
public struct StepTiming: Codable, Equatable, Sendable {
  public var step: Double
  public var evaluation: Double

  public init(step: Double, evaluation: Double) {
    self.step = step
    self.evaluation = evaluation
  }
}

extension Search {
  /// Settings that change the result but hardly the time of a step.
  private static let timelessKeys: Set<String> = [
    "lr", "momentum", "nesterov", "weight-decay", "schedule", "warmup", "warmup-start", "steps", "evaluate",
    "initializer", "split-seed",
  ]

  /// Starting a process and writing its files.
  private static let startSeconds = 0.05

  /// Equal for searches whose steps take the same time.
  public var timingKey: String { settings.reset(SearchSettings.pruningKeys.union(Self.timelessKeys)).identity }

  /// Trains the dense network for a moment, and evaluates it once.
  public func timing(_ prepared: PreparedSearch) -> StepTiming {
    let layout = prepared.architecture.layout
    let run = Run(
      prepared.architecture, start: settings.initializer.parameters(for: layout, seed: 0), mask: Mask(fullFor: layout),
      at: 0, recipe: settings.recipe, data: prepared.data, pool: ThreadPool(threads: 1), execution: execution)
    run.takeStep()
    let start = Date()
    var steps = 0
    while steps < 400 && Date().timeIntervalSince(start) < 0.3 && run.iteration < run.totalSteps {
      run.takeStep()
      steps += 1
    }
    let middle = Date()
    _ = run.evaluate(.validation)
    _ = run.evaluate(.test)
    return StepTiming(
      step: middle.timeIntervalSince(start) / Double(max(1, steps)), evaluation: Date().timeIntervalSince(middle))
  }

  /// From the time of a dense step; sparse steps as `WorkProgress` counts them.
  public func estimate(_ prepared: PreparedSearch, _ timing: StepTiming) -> SearchEstimate {
    let perEpoch = settings.recipe.stepsPerEpoch(samples: prepared.data.train.count)
    let steps = settings.recipe.steps.iterations(perEpoch: perEpoch)
    let every = max(1, settings.recipe.evaluateEvery.iterations(perEpoch: perEpoch))
    let evaluations = Double(1 + (steps + every - 1) / every) * timing.evaluation
    let trainings = Double(1 + settings.rounds * (1 + settings.controls.names.count))
    let work = expectedWork(prepared.data) / Double(seeds.count)
    return SearchEstimate(
      seconds: work * timing.step + trainings * evaluations + prepared.seconds + Self.startSeconds,
      denseSeconds: Double(steps) * timing.step + evaluations, diskBytes: diskBytes(prepared.architecture),
      memoryBytes: memoryBytes(prepared))
  }

  /// Start and trained weights of the dense network, here and where it is shared, and of every round's survivors; masks; records.
  private func diskBytes(_ architecture: Architecture) -> Int {
    let count = Double(architecture.layout.count)
    var bytes = 16 * count, density = 1.0
    for _ in 0..<settings.rounds {
      density *= 1 - settings.fraction
      bytes += 8 * density * count + count / 8 + 6000 + 4000 * Double(settings.controls.names.count)
    }
    return Int(bytes)
  }

  /// The samples, what one run holds, and the program.
  private func memoryBytes(_ prepared: PreparedSearch) -> Int {
    let dataset = prepared.data.dataset
    let samples = [dataset.train, dataset.test].reduce(0) { sum, split in
      switch split.pixels {
      case .bytes(let values): sum + values.count
      case .floats(let values): sum + 4 * values.count
      }
    }
    let activations = Plan.activationBytes(prepared.architecture, batch: settings.recipe.batch)
    return (60 << 20) + 2 * samples + 40 * prepared.architecture.layout.count + 2 * activations
  }
}
