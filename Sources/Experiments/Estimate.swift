import Basics
import Datasets
import Foundation
import Lanes
import Networks
import Tickets
import Training

/// What a seed will take, before it is run. Zero is not known.
public struct WorkEstimate: Codable, Equatable, Sendable {
  /// Of one core.
  public var seconds: Double
  /// Of these, the training that runs can share.
  public var denseSeconds: Double
  /// What the seed's files take.
  public var diskBytes: Int
  /// What a process that works on the seed holds in memory.
  public var memoryBytes: Int

  public init(seconds: Double = 0, denseSeconds: Double = 0, diskBytes: Int = 0, memoryBytes: Int = 0) {
    self.seconds = seconds
    self.denseSeconds = denseSeconds
    self.diskBytes = diskBytes
    self.memoryBytes = memoryBytes
  }
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

extension TrainingMaterial {
  /// Settings that change the result but hardly the time of a step.
  private static let timelessKeys: Set<String> = [
    "lr", "momentum", "nesterov", "weight-decay", "schedule", "warmup", "warmup-start", "steps", "evaluate",
    "initializer", "split-seed",
  ]

  /// Equal where steps take the same time.
  public var timingKey: String { settings.reset(SearchSettings.pruningKeys.union(Self.timelessKeys)).identity }

  /// Trains the dense network for a moment, and evaluates it once.
  public func timing() -> StepTiming {
    let layout = architecture.layout
    let run = Run(
      architecture, start: settings.initializer.parameters(for: layout, seed: 0), mask: Mask(fullFor: layout), at: 0,
      recipe: settings.recipe, data: data, pool: ThreadPool(threads: 1), execution: .automatic)
    run.takeStep()
    var watch = Stopwatch()
    var steps = 0
    while steps < 400 && watch.seconds < 0.3 && run.iteration < run.totalSteps {
      run.takeStep()
      steps += 1
    }
    let stepping = watch.seconds
    watch = Stopwatch()
    _ = run.evaluatePartly(.validation)
    _ = run.evaluatePartly(.test)
    return StepTiming(
      step: stepping / Double(max(1, steps)), evaluation: watch.seconds)
  }

  /// What some trainings take together that are `work` dense steps, see `WorkProgress.work`.
  public func estimate(work: Double, trainings: Int, _ timing: StepTiming) -> WorkEstimate {
    let evaluations = evaluations(timing), count = architecture.layout.count
    return WorkEstimate(
      seconds: work * timing.step + Double(trainings) * evaluations, diskBytes: trainings * 8 * count,
      memoryBytes: memoryBytes)
  }

  /// Seconds of one whole training of the dense network.
  public func denseSeconds(_ timing: StepTiming) -> Double { Double(steps) * timing.step + evaluations(timing) }

  private var perEpoch: Int { settings.recipe.stepsPerEpoch(samples: data.train.count) }
  private var steps: Int { settings.recipe.steps.iterations(perEpoch: perEpoch) }

  /// Seconds of the evaluations of one training.
  private func evaluations(_ timing: StepTiming) -> Double {
    let every = max(1, settings.recipe.evaluateEvery.iterations(perEpoch: perEpoch))
    return Double(1 + (steps + every - 1) / every) * timing.evaluation
  }

  /// The samples, what one run holds, and the program.
  private var memoryBytes: Int {
    let samples = [data.dataset.train, data.dataset.test].reduce(0) { sum, split in
      switch split.pixels {
      case .bytes(let values): sum + values.count
      case .floats(let values): sum + 4 * values.count
      }
    }
    let activations = Plan.activationBytes(architecture, batch: settings.recipe.batch)
    return (60 << 20) + 2 * samples + 40 * architecture.layout.count + 2 * activations
  }
}
