import Lanes
import Networks

/// A critic in training: the network behind a group's features.
final class CriticNetwork {
  let plan: Plan
  private let pool = ThreadPool(threads: 1)
  private let forwardPass, inputPass, update: Program
  private var corrections = AdamCorrections()
  private(set) var updates = 0
  private let rate: Float

  init(_ architecture: Architecture, start: Parameters, recipe: Recipe, rate: Double) {
    plan = Plan(architecture, batch: recipe.batch, needsInputGradient: true)
    self.rate = Float(rate)
    // A critic has no layer that trains otherwise than it evaluates.
    let emit = Emitter(plan, for: .evaluation)
    emit.forward()
    forwardPass = emit.program
    let inputs = Emitter(plan).attacking
    inputs.backward()
    inputPass = inputs.program
    var adam = recipe
    adam.weightDecay = 0
    let step = Emitter(plan, updatingBy: Optimizer.adam.updateRule(adam))
    step.backward()
    step.update()
    update = step.program
    plan.parameters = start
  }

  func forward(_ features: FloatBuffer) {
    plan.setInput(features)
    forwardPass.run(on: pool)
  }

  /// Writes the gradient of the features, given that of the outputs.
  func features(_ gradient: [Float], count: Int, into features: FloatBuffer) {
    plan.setOutputGradient(gradient, count: count)
    inputPass.run(on: pool)
    plan.copyInputGradient(into: features)
  }

  /// A step of Adam against a gradient of the outputs.
  func step(_ gradient: [Float], count: Int) {
    corrections.advance()
    updates += 1
    plan.step.rate = rate
    plan.step.setCorrections(corrections.first, corrections.second)
    plan.setOutputGradient(gradient, count: count)
    update.run(on: pool)
  }

  var state: TrainingState {
    get { plan.state(iteration: updates) }
    set {
      updates = newValue.updates
      corrections = plan.resume(newValue)
    }
  }
}

/// A group of layers in training, with its critic; the last has none and is judged by its own outputs.
///
/// One thread at a time works on it.
final class CriticStage {
  let critic: CriticNetwork?
  let plan: Plan
  private let recipe: Recipe
  private let pool = ThreadPool(threads: 1)
  private let trains, evaluates, backward: Program
  private var loaders: [ObjectIdentifier: (samples: SampleStore, train: Program, evaluate: Program)] = [:]
  private var corrections = AdamCorrections()
  private(set) var iteration = 0
  private var loss: CriticLoss
  private var outputs: [Float]
  private var gradient: [Float]
  private let featureGradient: FloatBuffer

  init(_ architecture: Architecture, start: Parameters, critic: CriticNetwork?, classes: Int, recipe: Recipe) {
    (self.critic, self.recipe) = (critic, recipe)
    plan = Plan(architecture, batch: recipe.batch)
    loss = CriticLoss(classes: classes)
    outputs = [Float](repeating: 0, count: recipe.batch * classes)
    gradient = outputs
    featureGradient = FloatBuffer(count: critic == nil ? 0 : plan.outputFeatureCount)
    let train = Emitter(plan, seed: recipe.orderSeed), evaluate = Emitter(plan, for: .evaluation)
    train.forward()
    evaluate.forward()
    let step = Emitter(plan, seed: recipe.orderSeed, updatingBy: recipe.optimizer.updateRule(recipe))
    step.backward()
    step.update()
    (trains, evaluates, backward) = (train.program, evaluate.program, step.program)
    plan.parameters = start
  }

  /// Chooses the samples of a batch, for group and critic.
  func select(_ order: [Int32], first: Int, count: Int) {
    order.withUnsafeBufferPointer { order in
      plan.step.select(order, first: first, count: count)
      critic?.plan.step.select(order, first: first, count: count)
    }
    plan.step.iteration = iteration
    plan.step.statisticsShare = 0
  }

  /// - Parameter features: Of the group before; `nil` for the first group, which reads the samples.
  func forward(_ samples: SampleStore, _ features: FloatBuffer?, isTraining: Bool) {
    if let features {
      plan.setInput(features)
      (isTraining ? trains : evaluates).run(on: pool)
    } else {
      let loader = loader(samples)
      (isTraining ? loader.train : loader.evaluate).run(on: pool)
    }
  }

  private func loader(_ samples: SampleStore) -> (samples: SampleStore, train: Program, evaluate: Program) {
    if let known = loaders[ObjectIdentifier(samples)] { return known }
    func program(_ pass: Pass) -> Program {
      let emit = Emitter(plan, for: pass, seed: recipe.orderSeed)
      emit.batch(samples.source)
      emit.forward()
      return emit.program
    }
    let loader = (samples: samples, train: program(.training), evaluate: program(.evaluation))
    loaders[ObjectIdentifier(samples)] = loader
    return loader
  }

  /// The outputs of critic or last group, [sample][class], in `outputs`.
  ///
  /// - Parameter features: Of this group; those without a critic need none.
  func judge(_ features: FloatBuffer?) {
    if let critic, let features { critic.forward(features) }
    (critic?.plan ?? plan).copyOutputs(into: &outputs, count: plan.step.samples)
  }

  var judgement: ArraySlice<Float> { outputs[..<(plan.step.samples * loss.classes)] }

  /// Losses of the judged batch, and their gradient for `descend`.
  func evaluate(_ labels: UnsafePointer<Int32>, _ order: [Int32], first: Int, losses: UnsafeMutablePointer<Double>) {
    loss.evaluate(
      outputs, labels: { labels[Int(order[first + $0])] }, count: plan.step.samples, losses: losses,
      gradient: &gradient)
  }

  /// A step of the group against the loss of its own outputs.
  ///
  /// - Parameters:
  ///   - total: Steps of the training, by which the schedule goes, as by `perEpoch`.
  func descend(of total: Int, perEpoch: Int) {
    let count = plan.step.samples
    if let critic {
      critic.features(gradient, count: count, into: featureGradient)
      plan.setOutputGradient(featureGradient)
    } else {
      plan.setOutputGradient(gradient, count: count)
    }
    plan.step.rate = Float(
      recipe.schedule.rate(base: recipe.learningRate, at: iteration, of: total, perEpoch: perEpoch))
    corrections.advance()
    plan.step.setCorrections(corrections.first, corrections.second)
    backward.run(on: pool)
    iteration += 1
  }

  /// A step of the critic against the mean of |own loss - loss behind|, of which the latter is a constant.
  func teach(losses: UnsafePointer<Double>, behind: UnsafePointer<Double>) {
    guard let critic else { return }
    let count = plan.step.samples
    for sample in 0..<count {
      let difference = losses[sample] - behind[sample]
      let sign: Float = difference > 0 ? 1 : difference < 0 ? -1 : 0
      for i in sample * loss.classes..<(sample + 1) * loss.classes { gradient[i] *= sign }
    }
    critic.step(gradient, count: count)
  }

  var state: TrainingState {
    get { plan.state(iteration: iteration) }
    set {
      iteration = newValue.iteration
      corrections = plan.resume(newValue)
    }
  }
}
