import Basics
import Datasets
import Foundation
public import Lanes
public import Networks

/// One network in training: compiled for its mask, trained in place, read out as values.
///
/// It is confined to one task.
public final class Run {
  public private(set) var plan: Plan
  public let recipe: Recipe
  public let data: TrainingData
  let pool: ThreadPool
  private let execution: Execution
  private var training: Program
  /// Loss and accuracy of the samples that are chosen, in evaluation.
  private(set) var validating: Program
  private(set) var testing: Program
  /// The samples that evaluations take before the end of training, where those are not all.
  let subset: EvaluationSubset?
  /// For gradients of pruned weights.
  private var dense: (plan: Plan, program: Program, saved: FloatBuffer)?
  /// Whether the mask is another than that of the start.
  private var hasMoved = false
  private let adversary: Adversary?
  /// Where the weights are made of other numbers that are trained.
  private let latent: LatentParameters?
  /// For gradients that the objective puts together.
  private var saved: FloatBuffer
  /// The perturbed batch of the last step of an adversarial training.
  package var perturbation: Perturbation? { adversary?.perturbation }
  let robustness: RobustEvaluation?
  /// Wall-clock seconds that attacks of training steps have taken in this run.
  public private(set) var attackSeconds = 0.0
  var order: [Int32]
  /// What draws classes equally often, if anything does.
  private let balanced: BalancedOrder?
  var orderEpoch = -1
  private var augmentation: RandomStream
  private var corrections = AdamCorrections()
  /// Optimiser steps since the start of training, counted by the schedule and the data order.
  public private(set) var iteration: Int
  /// Optimiser steps since the optimiser's state was empty.
  public private(set) var updates = 0

  /// - Parameters:
  ///   - start: Weights to start from; pruned ones are ignored.
  ///   - iteration: The step that `start` belongs to: schedule and data order go on from there.
  ///   - materialisation: Makes the weights of latent numbers: `start`, `mask`, `parameters` and `state` are those.
  public init(
    _ architecture: Architecture, start: Parameters, mask: Mask? = nil, at iteration: Int = 0, recipe: Recipe,
    data: TrainingData, pool: ThreadPool, execution: Execution = .automatic,
    materialisation: (any Materialisation)? = nil, kernels: Kernels = CPULevel.current.kernels
  ) {
    plan = Plan(
      architecture, mask: materialisation == nil ? mask : nil, batch: recipe.batch, threads: pool.threads,
      needsInputGradient: recipe.isAdversarial, execution: materialisation == nil ? execution : .dense,
      kernels: kernels)
    latent = materialisation.map { [plan] in
      LatentParameters(
        plan, $0, mask: mask ?? Mask(fullFor: architecture.layout), updatingBy: recipe.optimizer.updateRule(recipe))
    }
    self.recipe = recipe
    self.data = data
    self.pool = pool
    self.execution = execution
    self.iteration = iteration
    augmentation = recipe.augmentation.stream(seed: recipe.orderSeed, epoch: 0)
    saved = Self.savedGradients(plan, recipe)
    adversary = recipe.isAdversarial ? Adversary(plan, recipe, data) : nil
    subset = EvaluationSubset(recipe, data)
    robustness = recipe.isAdversarial && recipe.robustSamples > 0 ? RobustEvaluation(plan, recipe, data) : nil
    training = Self.trainingProgram(
      plan, recipe, data.train, adversary?.perturbation, saved: saved, updates: latent == nil)
    validating = Self.evaluationProgram(plan, recipe, data.validation)
    testing = Self.evaluationProgram(plan, recipe, data.test)
    balanced =
      recipe.sampling == .natural
      ? nil : BalancedOrder(labels: UnsafeBufferPointer(start: data.train.labels, count: data.train.count))
    order = (0..<Int32(max(data.train.count, data.validation.count, data.test.count))).map { $0 }
    parameters = start
  }

  private static func savedGradients(_ plan: Plan, _ recipe: Recipe) -> FloatBuffer {
    FloatBuffer(count: recipe.objective.rule.keepsGradients ? plan.trainedCount : 0)
  }

  private static func trainingProgram(
    _ plan: Plan, _ recipe: Recipe, _ samples: SampleStore, _ attacked: Perturbation?, saved: FloatBuffer,
    updates: Bool = true
  ) -> Program {
    let objective = recipe.objective.rule
    let emit = Emitter(
      plan, seed: recipe.orderSeed, updatingBy: updates ? recipe.optimizer.updateRule(recipe) : nil,
      keepsGradients: objective.keepsGradients)
    objective.emitGradients(StepCalls(emit, recipe, samples, attacked, saved: saved))
    emit.update()
    return emit.program
  }

  /// Steps that make an epoch; the last may have fewer samples.
  public var stepsPerEpoch: Int { recipe.stepsPerEpoch(samples: data.train.count) }
  /// Steps of the whole training.
  public var totalSteps: Int { recipe.steps.iterations(perEpoch: stepsPerEpoch) }

  /// What is trained: the weights or, where they are made of others, the latent numbers.
  public var parameters: Parameters {
    get { latent?.parameters ?? plan.parameters }
    set {
      guard let latent else {
        plan.parameters = newValue
        return
      }
      latent.parameters = newValue
      latent.materialise(step: iteration, on: pool)
    }
  }

  /// The weights that the network computes with.
  public var weights: Parameters { plan.parameters }

  private var moments: (first: Parameters, second: Parameters) {
    get { latent?.moments ?? plan.moments }
    set { if let latent { latent.moments = newValue } else { plan.moments = newValue } }
  }

  /// Does one optimiser step and returns the batch's mean loss before it. Allocates nothing within an epoch.
  @discardableResult
  public func takeStep() -> Double {
    let count = selectBatch()
    if let adversary {
      let began = DispatchTime.now().uptimeNanoseconds
      adversary.attack(iteration: iteration, on: pool)
      attackSeconds += Double(DispatchTime.now().uptimeNanoseconds - began) / 1e9
    }
    plan.step.statisticsShare = 0
    training.run(on: pool)
    iteration += 1
    updates += 1
    latent?.update(step: iteration, on: pool)
    return Double(plan.step.lossSum) / Double(count)
  }

  /// Does one optimiser step and returns the time of each of its kernel calls, those of an attack before it first.
  public func timeStep() -> [KernelTime] {
    _ = selectBatch()
    let attack = adversary?.timeAttack(iteration: iteration, on: pool) ?? []
    plan.step.statisticsShare = 0
    defer {
      iteration += 1
      updates += 1
    }
    return attack + training.time(on: pool)
  }

  /// Chooses the samples and rates of the next step; returns how many samples.
  private func selectBatch() -> Int {
    let count = selectSamples(iteration / recipe.objective.replays, for: plan)
    let rate = recipe.schedule.rate(
      base: recipe.learningRate, at: iteration, of: totalSteps, perEpoch: stepsPerEpoch)
    plan.step.rate = Float(rate)
    plan.step.iteration = iteration
    corrections.advance()
    plan.step.setCorrections(corrections.first, corrections.second)
    return count
  }

  /// Chooses the samples of a batch, counted from the start of training, and how they are moved; returns how many they are.
  private func selectSamples(_ number: Int, for plan: Plan) -> Int {
    let epoch = number / stepsPerEpoch, first = number % stepsPerEpoch * recipe.batch
    if epoch != orderEpoch {
      fillOrder(epoch: epoch)
      augmentation = recipe.augmentation.stream(seed: recipe.orderSeed, epoch: epoch)
      orderEpoch = epoch
    }
    let count = min(recipe.batch, data.train.count - first)
    order.withUnsafeBufferPointer { plan.step.select($0, first: first, count: count) }
    if recipe.augmentation.isActive { plan.step.move { recipe.augmentation.move(of: $0, augmentation) } }
    return count
  }

  /// Puts the training samples of an epoch in the order in which it takes them.
  func fillOrder(epoch: Int) {
    if let balanced {
      balanced.fill(&order, seed: recipe.orderSeed, epoch: epoch)
    } else {
      EpochOrder.fill(&order, count: data.train.count, seed: recipe.orderSeed, epoch: epoch)
    }
  }

  /// Labels of the batch that was chosen last.
  package var batchLabels: [Int] { plan.step.chosen.map { Int(data.train.labels[Int($0)]) } }

  // MARK: masks that move

  /// Goes on with another mask: weights that it prunes are gone, weights that it adds start at zero with empty moments.
  /// Compiles the network anew. Not for adversarial training.
  public func move(to mask: Mask) {
    guard mask != plan.mask else { return }
    precondition(adversary == nil && latent == nil, "a mask that moves in adversarial training or under latent numbers")
    let kept = state
    plan = Plan(
      plan.architecture, mask: mask, batch: plan.batch, threads: plan.threads, execution: execution,
      kernels: plan.kernels)
    saved = Self.savedGradients(plan, recipe)
    training = Self.trainingProgram(plan, recipe, data.train, nil, saved: saved)
    validating = Self.evaluationProgram(plan, recipe, data.validation)
    testing = Self.evaluationProgram(plan, recipe, data.test)
    plan.parameters = kept.parameters
    plan.moments = (kept.moment1, kept.moment2)
    hasMoved = true
  }

  /// The gradients that the next step's batch gives all weights, those of pruned ones too. Takes a dense network's time and
  /// memory. Running statistics stay as they are.
  public func denseGradients() -> Parameters {
    let (plan, program, _) = dense ?? makeDense()
    plan.parameters = self.plan.parameters
    plan.step.iteration = iteration
    _ = selectSamples(iteration, for: plan)
    program.run(on: pool)
    return plan.parameterGradients
  }

  private func makeDense() -> (plan: Plan, program: Program, saved: FloatBuffer) {
    let plan = Plan(
      self.plan.architecture, batch: self.plan.batch, threads: self.plan.threads, execution: .dense,
      kernels: self.plan.kernels)
    let emit = Emitter(plan, seed: recipe.orderSeed), saved = Self.savedGradients(plan, recipe)
    recipe.objective.rule.emitGradients(StepCalls(emit, recipe, data.train, saved: saved))
    dense = (plan, emit.program, saved)
    return (plan, emit.program, saved)
  }

  // MARK: checkpoints

  /// Everything that the next step depends on.
  public var state: TrainingState {
    get {
      let moments = moments
      return TrainingState(
        parameters: parameters, moment1: moments.first, moment2: moments.second, iteration: iteration,
        updates: updates, mask: hasMoved ? plan.mask : nil, pixels: adversary?.pixels ?? [])
    }
    set {
      if let mask = newValue.mask { move(to: mask) }
      iteration = newValue.iteration
      updates = newValue.updates
      parameters = newValue.parameters
      moments = (newValue.moment1, newValue.moment2)
      corrections = AdamCorrections(after: updates)
      guard let adversary else { return }
      if iteration > 0 { _ = selectSamples((iteration - 1) / recipe.objective.replays, for: plan) }
      adversary.restore(iteration > 0 ? newValue.pixels : [], on: pool)
    }
  }
}
