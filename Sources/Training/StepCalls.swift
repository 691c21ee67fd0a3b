import Datasets
public import Lanes
public import Networks

/// What an objective appends the kernel calls of a training step with.
public struct StepCalls {
  public let emit: Emitter
  public let recipe: Recipe
  public let samples: SampleStore
  private let attacked: Perturbation?
  /// For gradients of one pass while those of another are made: `plan.trainedCount` floats, none unless the objective
  /// `keepsGradients`.
  public let saved: FloatBuffer
  /// By label, what a sample counts; `nil` where all count alike.
  public let classWeights: [Float]?

  init(
    _ emit: Emitter, _ recipe: Recipe, _ samples: SampleStore, _ attacked: Perturbation? = nil,
    saved: FloatBuffer = FloatBuffer(count: 0)
  ) {
    (self.emit, self.recipe, self.samples, self.attacked, self.saved) = (emit, recipe, samples, attacked, saved)
    classWeights = recipe.classWeights.values(UnsafeBufferPointer(start: samples.labels, count: samples.count))
  }

  /// The batch's pixels, clean and perturbed.
  public var perturbation: Perturbation {
    guard let attacked else { preconditionFailure("\(recipe.objective) perturbs nothing") }
    return attacked
  }

  private var isMoved: Bool { recipe.augmentation.isActive }

  /// Puts the batch into the network's input.
  public func loadBatch() { emit.batch(samples.source, isMoved: isMoved) }

  /// Puts the batch into the clean pixels, as it is stored.
  public func loadClean() { emit.loadClean(samples.source, perturbation, isMoved: isMoved) }

  /// A forward pass with the recipe's loss, weighted by class, and its gradient.
  ///
  /// - Parameter emit: Another way of passing than that of training.
  public func forwardWithLoss(_ emit: Emitter? = nil) {
    let emit = emit ?? self.emit
    emit.forward()
    samples.appendLoss(emit, recipe, needsGradient: true, classWeights: classWeights)
  }

  /// The start of an attack that begins at random within epsilon or, if the recipe says so, at the sample.
  public func startAttack() {
    loadClean()
    if recipe.randomStart {
      emit.start(perturbation, .uniform)
    } else {
      emit.resetToClean(perturbation)
      emit.show(perturbation)
    }
  }

  /// Steps along the sign of the gradient of `loss`; the last leaves the perturbed samples in the network's input.
  public func attack(steps: Int, raising loss: AttackLoss) {
    emit.attack(perturbation, steps: steps, raising: loss, labels: samples.labels)
  }
}
