import Basics
public import Lanes

/// What attacks ask for. The plan must give the input a gradient.
extension Emitter {
  /// The same program with evaluation's batch norm, whose backward pass leaves the gradient of the input alone. Products
  /// apply the batch norm behind them themselves, so that their own outputs are not left in memory.
  public var attacking: Emitter {
    precondition(plan.needsInputGradient, "\(plan.architecture.name) was planned without the gradient of its input")
    var emit = self
    (emit.pass, emit.needsParameterGradients, emit.needsInputGradient) = (.evaluation, false, true)
    emit.fusesNorms = true
    return emit
  }

  /// The same program as for training, whose backward pass leaves the gradient of the input as well.
  public var attackingInTraining: Emitter {
    precondition(plan.needsInputGradient, "\(plan.architecture.name) was planned without the gradient of its input")
    var emit = self
    emit.needsInputGradient = true
    return emit
  }

  /// The same program for another pass.
  public func during(_ pass: Pass) -> Emitter {
    var emit = self
    emit.pass = pass
    return emit
  }

  /// Copies the step's samples as they are stored, moved as the step state says if `isMoved`.
  public func loadClean(_ source: SampleSource, _ p: Perturbation, isMoved: Bool = false) {
    var plain = source
    plain.multipliers = source.multipliers.map { _ in 1 }
    plain.shifts = source.shifts.map { _ in 0 }
    batch(plain, isMoved: isMoved, into: p.clean.pointer + p.layout.origin)
  }

  public func start(_ p: Perturbation, _ start: PerturbationStart) { program.start(p, start, into: input.base) }

  /// Puts the pixels of the samples that are `chosen` back to the clean ones.
  public func resetToClean(_ p: Perturbation) { program.select(p, from: p.clean, into: p.pixels) }

  /// Writes the network's input from the pixels as they are.
  public func show(_ p: Perturbation) {
    program.perturb(p, gradient: nil, into: input.base, .sign, .maximum, blocks: blocks)
  }

  /// A step along the gradient that the last backward pass left.
  public func step(_ p: Perturbation, _ direction: StepDirection, _ ball: Ball, momentum: Float? = nil) {
    program.perturb(
      p, gradient: inputGradientBase, into: input.base, direction, ball, momentum: momentum, blocks: blocks)
  }

  /// Keeps the gradients of all trained parameters, which lie in memory.
  ///
  /// - Parameter saved: `plan.trainedCount` floats.
  public func saveGradients(in saved: FloatBuffer) {
    program.sum(plan.working.gradients.pointer, nil, into: saved.pointer, count: plan.trainedCount)
  }

  /// Adds gradients that were kept to those in memory.
  public func addGradients(_ saved: FloatBuffer) {
    let gradients = plan.working.gradients.pointer
    program.sum(saved.pointer, gradients, into: gradients, count: plan.trainedCount)
  }

  public func measure(_ p: Perturbation) { program.measure(p, gradient: inputGradientBase) }

  public func attackLoss(_ loss: AttackLoss, _ p: Perturbation, labels: UnsafePointer<Int32>, needsGradient: Bool) {
    program.attackLoss(
      loss, p, output.operand, gradient: needsGradient ? outputGradientBase : nil, labels: labels, blocks: blocks)
  }

  public func keepOutputs(_ p: Perturbation, labels: UnsafePointer<Int32>) {
    program.keepOutputs(p, output.operand, labels: labels)
  }

  public func divergenceGradient(
    _ p: Perturbation, byFirst: Bool, weight: Float, labels: UnsafePointer<Int32>, classWeights: [Float]? = nil
  ) {
    program.divergenceGradient(
      p, output.operand, into: outputGradientBase, byFirst: byFirst, weight: weight, labels: labels,
      classWeights: classWeights)
  }

  private var input: PlanTensor { plan.tensor(Architecture.inputName) }
  private var output: PlanTensor { plan.tensor(plan.architecture.outputName) }
  private var outputGradientBase: UnsafeMutablePointer<Float> { plan.gradient(plan.architecture.outputName).base }
  private var inputGradientBase: UnsafePointer<Float> {
    precondition(plan.needsInputGradient, "\(plan.architecture.name) was planned without the gradient of its input")
    return UnsafePointer(plan.gradient(Architecture.inputName).base)
  }
}

extension Plan {
  /// Floats of all gradients of trained parameters, padding included.
  public var trainedCount: Int { working.trainedCount }

  /// Memory for perturbed samples of a split, laid out as the network's input.
  public func perturbation(_ source: SampleSource, _ scale: PixelScale) -> Perturbation {
    let place = tensor(Architecture.inputName).placement, shape = place.shape
    let layout = PixelLayout(
      blocks: place.blocks, group: place.group, channels: shape.channels, height: shape.height, width: shape.width,
      rowStride: place.rowStride, channelStride: place.channelStride, groupStride: place.groupStride,
      count: place.count, origin: place.origin)
    return Perturbation(
      layout, scale, classes: architecture.output.count, multipliers: source.multipliers, shifts: source.shifts)
  }

  /// The gradient of the network's input for the first `count` samples of the last batch: [sample][feature].
  public func networkInputGradient(count: Int) -> [[Float]] {
    precondition(needsInputGradient, "\(architecture.name) was planned without the gradient of its input")
    return samples(gradient(Architecture.inputName), count)
  }
}
