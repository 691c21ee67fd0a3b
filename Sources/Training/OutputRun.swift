import Basics
public import Lanes
public import Networks

/// A network whose loss is computed outside of the engine: its outputs are handed out, and their gradient is taken back for a
/// step. For losses that look at several samples, or at several networks, at once.
///
/// It is confined to one task. Between steps nothing is allocated but by whoever computes the loss.
public final class OutputRun {
  public let plan: Plan
  public let recipe: Recipe
  private let pool: ThreadPool
  private let backward: Program
  private var forwards: [Key: (samples: SampleStore, program: Program)] = [:]
  private var corrections = AdamCorrections()
  /// Steps that make an epoch, and the whole training, by which the schedule counts.
  public let stepsPerEpoch, totalSteps: Int
  /// Steps of the optimiser so far.
  public private(set) var iteration = 0
  /// [sample][output] of the last `forward`.
  public private(set) var outputs: [Float]
  /// The gradient of the outputs that the next `step` takes, laid out like them.
  public var gradient: [Float]

  private struct Key: Hashable {
    var samples: ObjectIdentifier
    var isTraining: Bool
  }

  /// - Parameters:
  ///   - start: Weights to start from; pruned ones are ignored.
  ///   - samples: How many an epoch has.
  public init(
    _ architecture: Architecture, start: Parameters, mask: Mask? = nil, recipe: Recipe, samples: Int, pool: ThreadPool,
    execution: Execution = .automatic
  ) {
    plan = Plan(architecture, mask: mask, batch: recipe.batch, threads: pool.threads, execution: execution)
    (self.recipe, self.pool) = (recipe, pool)
    outputs = [Float](repeating: 0, count: recipe.batch * architecture.output.count)
    gradient = outputs
    let emit = Emitter(plan, seed: recipe.orderSeed, updatingBy: recipe.optimizer.updateRule(recipe))
    emit.backward()
    emit.update()
    backward = emit.program
    stepsPerEpoch = recipe.stepsPerEpoch(samples: samples)
    totalSteps = recipe.steps.iterations(perEpoch: stepsPerEpoch)
    plan.parameters = start
  }

  /// Numbers of one sample's output.
  public var outputCount: Int { plan.architecture.output.count }

  /// What the network makes of some samples, left in `outputs`.
  ///
  /// - Parameters:
  ///   - places: At most a batch.
  ///   - isTraining: Whether it is the pass of a training step, after which `step` may come.
  public func forward(_ samples: SampleStore, _ places: ArraySlice<Int32>, isTraining: Bool) {
    places.withUnsafeBufferPointer { plan.step.select($0, first: 0, count: places.count) }
    plan.step.iteration = iteration
    plan.step.statisticsShare = 0
    program(samples, isTraining: isTraining).run(on: pool)
    plan.copyOutputs(into: &outputs, count: places.count)
  }

  private func program(_ samples: SampleStore, isTraining: Bool) -> Program {
    let key = Key(samples: ObjectIdentifier(samples), isTraining: isTraining)
    if let known = forwards[key] { return known.program }
    let emit = Emitter(plan, for: isTraining ? .training : .evaluation, seed: recipe.orderSeed)
    emit.batch(samples.source)
    emit.forward()
    forwards[key] = (samples, emit.program)
    return emit.program
  }

  /// A step of the optimiser against `gradient`, after a `forward` in training.
  public func step() {
    plan.step.rate = Float(
      recipe.schedule.rate(base: recipe.learningRate, at: iteration, of: totalSteps, perEpoch: stepsPerEpoch))
    corrections.advance()
    plan.step.setCorrections(corrections.first, corrections.second)
    plan.setOutputGradient(gradient, count: plan.step.samples)
    backward.run(on: pool)
    iteration += 1
  }

  /// The outputs for all samples of a split in evaluation: [sample][output].
  public func evaluate(_ samples: SampleStore, between: () throws -> Void = {}) rethrows -> [Float] {
    var all: [Float] = []
    all.reserveCapacity(samples.count * outputCount)
    let places = (0..<Int32(samples.count)).map { $0 }
    for first in stride(from: 0, to: places.count, by: recipe.batch) {
      try between()
      let batch = places[first..<min(first + recipe.batch, places.count)]
      forward(samples, batch, isTraining: false)
      all += outputs[..<(batch.count * outputCount)]
    }
    return all
  }

  /// Everything that the next step depends on.
  public var state: TrainingState {
    get { plan.state(iteration: iteration) }
    set {
      iteration = newValue.iteration
      corrections = plan.resume(newValue)
    }
  }
}
