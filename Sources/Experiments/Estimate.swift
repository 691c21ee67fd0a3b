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

  /// Samples of each split that a timing evaluates at most.
  private static let timedSamples = 250

  /// Trains the dense network for a moment, and evaluates a part of the samples once.
  public func timing() -> StepTiming {
    let layout = architecture.layout
    var recipe = settings.recipe
    let asked = recipe.evaluationSamples == 0 ? .max : recipe.evaluationSamples
    recipe.evaluationSamples = min(Self.timedSamples, asked)
    let run = Run(
      architecture, start: Self.plainWeights(layout), mask: Mask(fullFor: layout), at: 0, recipe: recipe, data: data,
      pool: ThreadPool(threads: 1), execution: .automatic)
    var watch = Stopwatch()
    run.takeStep()
    var stepping = watch.seconds, steps = 1
    // The first step finds memory cold, which counts only where steps are so long that one has to do.
    if stepping < 0.3 && run.totalSteps > 1 {
      watch = Stopwatch()
      steps = 0
      while steps < 400 && watch.seconds < 0.3 && run.iteration < run.totalSteps {
        run.takeStep()
        steps += 1
      }
      stepping = watch.seconds
    }
    watch = Stopwatch()
    _ = run.evaluatePartly(.validation)
    _ = run.evaluatePartly(.test)
    let share = Double(evaluatedSamples(atMost: recipe.evaluationSamples)) / Double(evaluatedSamples(atMost: asked))
    return StepTiming(step: stepping / Double(steps), evaluation: watch.seconds / share)
  }

  /// Validation and test samples together.
  private func evaluatedSamples(atMost count: Int) -> Int {
    min(count, data.validation.count) + min(count, data.test.count)
  }

  /// Finite weights of a usual size that cost nothing to draw: the time of a step hardly depends on the values.
  private static func plainWeights(_ layout: ParameterLayout) -> Parameters {
    var parameters = Parameters(zerosFor: layout)
    for entry in layout.entries {
      switch entry.shape.role {
      case .weight:
        let size = 1 / Float(entry.shape.fanIn).squareRoot()
        for i in entry.range { parameters.values[i] = i % 2 == 0 ? size : -size }
      case .scale, .runningVariance:
        for i in entry.range { parameters.values[i] = 1 }
      case .bias, .shift, .runningMean: break
      }
    }
    return parameters
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
