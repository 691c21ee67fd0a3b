public import Basics
public import Datasets
public import Lanes

/// Everything that decides how a network is trained, apart from the network, the data and where it starts.
public struct Recipe: Hashable, Sendable {
  /// Length of training.
  public var steps = Step.epochs(12)
  /// Samples a step.
  public var batch = 128
  /// Whether an epoch leaves out the samples at its end that fill no batch.
  public var dropsLast = false
  public var optimizer = Optimizer.sgd
  public var learningRate = 0.1
  public var momentum = 0.0
  public var nesterov = false
  public var weightDecay = 0.0
  public var schedule = Schedule()
  public var loss = Loss.softmaxCrossEntropy
  /// What the loss of a training sample counts, by its class.
  public var classWeights = ClassWeights.none
  /// How often an epoch draws each class.
  public var sampling = Sampling.natural
  /// How training samples are changed at random; validation and test samples never are.
  public var augmentation = Augmentation.none
  /// How often validation and test loss and accuracy are taken.
  public var evaluateEvery = Step.epochs(1)
  /// Samples of validation and test set each that evaluations take before the end of training; 0 for all.
  public var evaluationSamples = 0
  /// For how long validation accuracy may fail to grow by more than `minDelta`, a share, before training ends; 0 for ever.
  public var patience = Step.zero
  public var minDelta = 0.0
  /// What a step lowers: the loss on samples as they are or on perturbed ones.
  public var objective = Objective.natural
  /// Radius of the ball in which samples are perturbed; `PixelScale.length` says what it means for the data.
  public var epsilon = PixelLength(0)
  /// Length of an attack's step; the objective's usual one if zero.
  public var attackStep = PixelLength(0)
  /// Whether FGSM and PGD start at random instead of at the sample.
  public var randomStart = true
  /// Validation samples on which accuracy under attack is taken, if the objective is adversarial.
  public var robustSamples = 512
  /// Seed of all that is random in training: data order, augmentation, dropout, attacks.
  public var orderSeed: UInt64 = 0

  public init() {}

  /// Steps that make an epoch of `count` samples.
  public func stepsPerEpoch(samples count: Int) -> Int {
    dropsLast ? max(1, count / batch) : (count + batch - 1) / batch
  }

  /// The length of an attack's step in the data's values.
  ///
  /// - Parameter stage: The attack of a part of training; `attackStep` is for that of the end.
  public func attackStepLength(_ scale: PixelScale, in stage: AttackStage) -> Double {
    attackStep.value > 0 && stage.until == 1
      ? scale.length(attackStep) : scale.length(epsilon) * stage.rule.usualStep
  }

  public var isAdversarial: Bool { objective.rule.isAdversarial }

  /// - Throws: `Problem.usage` if the objective lacks a radius or has another loss.
  public func checkObjective() throws {
    guard !isAdversarial || epsilon.value > 0 else {
      throw Problem.usage(
        "objective=\(objective.settingText) perturbs nothing with epsilon=0.",
        remedy: "Set the radius too: --set epsilon=8/255 (CIFAR-10), --set epsilon=0.1 (Fashion-MNIST).")
    }
    guard objective.rule.allows(loss) else {
      throw Problem.usage(
        "objective=\(objective.settingText) cannot train with loss=\(loss.settingText).",
        remedy: "Use loss=\(Loss.allCases.filter(objective.rule.allows).map(\.settingText).joined(separator: " or ")).")
    }
  }

  /// - Parameter count: Numbers of a sample.
  /// - Throws: `Problem.usage` if the radius or the step can be read in two ways, or is longer than the data's range.
  public func checkLengths(_ scale: PixelScale, count: Int) throws {
    try scale.check(epsilon, count: count, of: "epsilon=")
    try scale.check(attackStep, count: count, of: "attack-step=")
  }

  /// How many perturbed pixels a checkpoint keeps: those of a batch if the objective keeps them, else none.
  public func keptPixels(input: FeatureShape) -> Int {
    guard objective.rule.keepsPixels else { return 0 }
    return (batch + 15) / 16 * 16 * input.count
  }

  /// The same recipe at the schedule's last rate from start to end: fine-tuning.
  public func atLastRate(stepsPerEpoch: Int) -> Recipe {
    let total = steps.iterations(perEpoch: stepsPerEpoch)
    var flat = self
    flat.learningRate = schedule.rate(base: learningRate, at: max(0, total - 1), of: total, perEpoch: stepsPerEpoch)
    flat.schedule = Schedule()
    return flat
  }

  /// The same recipe over another length: warm-up, milestones and evaluations keep their share of it.
  public func stretched(to total: Int, perEpoch: Int) -> Recipe {
    let before = max(1, steps.iterations(perEpoch: perEpoch))
    func stretched(_ step: Step) -> Step {
      .iterations(Int((Double(step.iterations(perEpoch: perEpoch)) * Double(total) / Double(before)).rounded()))
    }
    var recipe = self
    recipe.steps = .iterations(total)
    recipe.evaluateEvery = stretched(evaluateEvery)
    recipe.schedule.warmup = stretched(schedule.warmup)
    if case .steps(let milestones) = schedule.shape { recipe.schedule.shape = .steps(milestones.map(stretched)) }
    return recipe
  }
}

/// Which samples an epoch draws.
public enum Sampling: String, CaseIterable, Sendable, SettingValue {
  /// Every sample once.
  case natural
  /// Every class equally often, see `BalancedOrder`.
  case balanced
}

extension Loss: SettingValue {
  public init?(setting text: String) { self.init(rawValue: text) }
  public var settingText: String { rawValue }
  public static var settingForm: String { "one of \(allCases.map(\.rawValue).joined(separator: ", "))" }
}
