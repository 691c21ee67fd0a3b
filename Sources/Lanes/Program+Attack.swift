import CLanes

extension Program {
  /// A step of every sample along its gradient, projected, into `pixels`; and the network's input.
  ///
  /// - Parameters:
  ///   - gradient: By the network's input, laid out like it; `nil` to write the input from the pixels as they are.
  ///   - x: The network's input: its first pixel.
  ///   - momentum: The share of the new step where the way before counts as well (Croce & Hein 2020: 0.75).
  ///   - blocks: Of sixteen samples each, which move; all if `nil`.
  public func perturb(
    _ p: Perturbation, gradient: UnsafePointer<Float>?, into x: UnsafeMutablePointer<Float>, _ direction: StepDirection,
    _ ball: Ball, momentum: Float? = nil, blocks: Range<Int>? = nil
  ) {
    let blocks = blocks ?? 0..<p.layout.blocks
    let arguments = clanes_perturb(
      image: p.layout.image, firstBlock: Int32(blocks.lowerBound), endBlock: Int32(blocks.upperBound),
      clean: first(p.clean, p), pixels: first(p.pixels, p),
      previous: momentum == nil ? nil : first(p.previous, p), dx: gradient, x: x, stepSize: p.stepSize.pointer,
      radius: p.radius.pointer, active: p.active.pointer, multiplier: tables.table(p.multipliers),
      shift: tables.table(p.shifts), low: p.scale.lowest, high: p.scale.highest, momentum: momentum ?? 1,
      direction: Int32(direction == .sign ? clanesAlongSign : clanesAlongGradient),
      ball: Int32(ball == .maximum ? clanesMaximumBall : clanesL2Ball))
    add(kernels.table.pointee.perturb, arguments)
  }

  /// Pixels to start from, and the network's input.
  public func start(_ p: Perturbation, _ start: PerturbationStart, into x: UnsafeMutablePointer<Float>) {
    let kind =
      switch start {
      case .uniform: clanesUniformStart
      case .normal: clanesNormalStart
      case .sphere: clanesSphereStart
      case .carried: clanesCarriedStart
      }
    let arguments = clanes_start(
      step: step.pointer, noise: p.noise, image: p.layout.image, clean: first(p.clean, p), pixels: first(p.pixels, p),
      x: x, radius: p.startRadius.pointer, multiplier: tables.table(p.multipliers), shift: tables.table(p.shifts),
      low: p.scale.lowest, high: p.scale.highest, kind: Int32(kind), pixelsPerSample: Int64(p.layout.pixelsPerSample))
    add(kernels.table.pointee.startPerturbation, arguments)
  }

  /// target = source for the samples that are `chosen`.
  public func select(_ p: Perturbation, from source: FloatBuffer, into target: FloatBuffer) {
    let arguments = clanes_select(
      image: p.layout.image, target: first(target, p), source: first(source, p), chosen: p.chosen.pointer)
    add(kernels.table.pointee.selectSamples, arguments)
  }

  /// pixels -= clean: leaves the perturbation, for a start that carries it on.
  public func keepPerturbation(_ p: Perturbation) {
    let arguments = clanes_select(
      image: p.layout.image, target: first(p.pixels, p), source: first(p.clean, p), chosen: nil)
    add(kernels.table.pointee.selectSamples, arguments)
  }

  /// Norms of every sample's gradient by pixels and of its perturbation.
  public func measure(_ p: Perturbation, gradient: UnsafePointer<Float>) {
    let arguments = clanes_measure(
      image: p.layout.image, clean: first(p.clean, p), pixels: first(p.pixels, p), dx: gradient,
      multiplier: tables.table(p.multipliers), result: p.norms.pointer)
    add(kernels.table.pointee.measureSamples, arguments)
  }

  /// Every sample's loss, and the gradient of their sum.
  ///
  /// - Parameters:
  ///   - z: As for `loss`.
  ///   - labels: Of the whole split.
  public func attackLoss(
    _ loss: AttackLoss, _ p: Perturbation, _ z: Operand, gradient dz: UnsafeMutablePointer<Float>?,
    labels: UnsafePointer<Int32>, blocks: Range<Int>? = nil
  ) {
    var arguments = lossArguments(loss.code, p, z, dz, labels)
    if let blocks { (arguments.firstBlock, arguments.endBlock) = (Int32(blocks.lowerBound), Int32(blocks.upperBound)) }
    arguments.targets = loss.isTargeted ? UnsafePointer(p.targetStore) : nil
    add(kernels.table.pointee.attackLoss, arguments)
  }

  /// Keeps the outputs to compare with.
  public func keepOutputs(_ p: Perturbation, _ z: Operand, labels: UnsafePointer<Int32>) {
    add(kernels.table.pointee.attackLoss, lossArguments(Int32(clanesKeepOutputs), p, z, nil, labels))
  }

  /// The gradient of weight times the batch's mean KL(softmax a || softmax b): by b where the reference is a, or, added to
  /// `dz`, by a where the reference is b.
  ///
  /// - Parameter classWeights: By label, what a sample counts in the mean; 1 if `nil`.
  public func divergenceGradient(
    _ p: Perturbation, _ z: Operand, into dz: UnsafeMutablePointer<Float>, byFirst: Bool, weight: Float,
    labels: UnsafePointer<Int32>, classWeights: [Float]? = nil
  ) {
    let code = Int32(byFirst ? clanesDivergenceFrom : clanesDivergenceTo)
    var arguments = lossArguments(code, p, z, dz, labels)
    (arguments.result, arguments.scale, arguments.isMean) = (nil, weight, true)
    arguments.classWeights = classWeights.map { tables.table($0) }
    add(kernels.table.pointee.attackLoss, arguments)
  }

  private func lossArguments(
    _ kind: Int32, _ p: Perturbation, _ z: Operand, _ dz: UnsafeMutablePointer<Float>?, _ labels: UnsafePointer<Int32>
  ) -> clanes_attack_loss {
    precondition(
      z.positionCount == p.layout.blocks, "\(z.positionCount) blocks of outputs, \(p.layout.blocks) of pixels")
    return clanes_attack_loss(
      step: step.pointer, kind: kind, z: z.base, dz: dz, classes: Int32(p.classes), blocks: Int32(z.positionCount),
      firstBlock: 0, endBlock: Int32(z.positionCount), classStride: Int64(z.rowStride), position: z.positions,
      labels: labels, targets: nil,
      reference: p.reference.pointer, result: p.losses.pointer, scale: 1, isMean: false, classWeights: nil)
  }

  private func first(_ buffer: FloatBuffer, _ p: Perturbation) -> UnsafeMutablePointer<Float> {
    precondition(buffer.count == p.layout.count, "\(buffer.count) floats for pixels in \(p.layout.count)")
    return buffer.pointer + p.layout.origin
  }
}
