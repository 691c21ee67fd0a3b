import Lanes

/// What layers share whose outputs are products of weights and inputs.
extension Emitter {
  /// - Parameter offset: Of a group of channels, from the tensor's base.
  private func operand(
    _ tensor: PlanTensor, _ positions: UnsafePointer<Int32>, _ places: Places, rowStride: Int = 0, offset: Int = 0
  ) -> Operand {
    let stretch = stretch(of: places)
    return Operand(
      base: tensor.base + offset, positions: positions + stretch.lowerBound, positionCount: stretch.count,
      rowStride: rowStride,
      copies: tensor.placement.copies, copyStride: tensor.placement.copyStride)
  }

  /// The places of the blocks that calls are for: places are in order of blocks, or of groups of them.
  private func stretch(of places: Places) -> Range<Int> {
    guard let blocks else { return 0..<places.count }
    let each = places.count / plan.blocks
    return blocks.lowerBound * each..<blocks.upperBound * each
  }

  /// The outputs. In training, weights that the backward pass needs in another order are put into it here, where no thread
  /// waits for that. Groups write different places, so that they need not wait for each other.
  func product(_ node: PlanNode, hasBias: Bool) {
    let weights = UnsafePointer(weights(node, .weight)), norm = fusedNorm(node)
    let x = tensor(node.inputs[0]), last = norm ?? node.name, y = tensor(last)
    let epilogue = Epilogue(
      bias: hasBias ? UnsafePointer(self.weights(node, .bias)) : nil, addend: addend(last),
      rectified: graph.isRectified(last), norm: norm.map(lines))
    if isTraining && inputGradient(node, 0) != nil { transpose(node) }
    let family = program.taskCount
    switch operators(node) {
    case .sparse(let op):
      let places = op.productPlaces
      program.sparseProduct(
        operand(x, places.x, places), op.forward, weights: weights,
        into: operand(y, places.y, places, rowStride: places.rowStride), epilogue, threads: threads,
        streams: streams(y))
    case .dense(let op):
      for i in 0..<op.groups.count {
        let offset = i * op.groups.y, places = op.productPlaces
        program.denseProduct(
          operand(x, places.x, places, offset: i * op.groups.x), op.forward,
          weights: weights + i * op.groups.weights,
          into: operand(y, places.y, places, rowStride: places.rowStride, offset: offset),
          epilogue.offset(by: offset, rows: i * op.groups.outputs), threads: threads, family: family)
      }
    }
  }

  /// The gradients of weights and biases, or the optimiser's step with them: the input gradient, which reads the old
  /// weights, must be emitted first.
  public func weightGradient(_ node: PlanNode, hasBias: Bool) {
    guard needsParameterGradients else { return }
    let x = tensor(node.inputs[0]), dy = gradient(node.name)
    switch operators(node) {
    case .sparse(let op):
      program.sparseGradient(
        operand(x, op.places.x, op.places), operand(dy, op.places.y, op.places, rowStride: op.places.rowStride),
        op.forward, sums(node, op.places, hasBias: hasBias), threads: threads,
        streams: plan.streams(x))
    case .dense(let op):
      for i in 0..<op.groups.count {
        program.denseGradient(
          operand(x, op.places.x, op.places, offset: i * op.groups.x),
          operand(dy, op.places.y, op.places, rowStride: op.places.rowStride, offset: i * op.groups.y), op.forward,
          sums(node, op.places, hasBias: hasBias, group: i, of: op.groups))
      }
    }
  }

  private func sums(
    _ node: PlanNode, _ places: Places, hasBias: Bool, group: Int = 0, of groups: DenseOperator.Groups? = nil
  ) -> GradientSums {
    let canStep = Program.canTakeSteps(hasPlaces: places.arePlaces, chain: places.chain, positions: places.count)
    func target(_ role: ParameterShape.Role, _ stride: Int?) -> GradientTarget {
      gradientTarget(node, role, canStep: canStep && groups?.count ?? 1 == 1).offset(by: group * (stride ?? 0))
    }
    return GradientSums(
      weights: target(.weight, groups?.weights), biases: hasBias ? target(.bias, groups?.outputs) : nil,
      chain: places.chain, hasPlaces: places.arePlaces)
  }

  /// Parts and groups write different places, so that they need not wait for each other.
  public func inputGradient(_ node: PlanNode) {
    guard let dx = inputGradient(node, 0) else { return }
    let dy = productGradient(node), into = gradient(node.inputs[0])
    let epilogue = Epilogue(addend: dx.accumulates ? UnsafePointer(dx.base) : nil, gate: dx.gate, scale: dx.scale)
    let weights = UnsafePointer(operators(node).transposed?.values ?? weights(node, .weight))
    transpose(node)
    let family = program.taskCount
    switch operators(node) {
    case .sparse(let op):
      for part in op.backward {
        program.sparseProduct(
          operand(dy, part.places.x, part.places), part.terms, weights: weights + part.first,
          into: operand(into, part.places.y, part.places, rowStride: part.places.rowStride), epilogue,
          threads: threads, streams: streams(into) && !dx.accumulates, family: family)
      }
    case .dense(let op):
      for i in 0..<op.backward.count * op.groups.count {
        let part = op.backward[i / op.groups.count], group = i % op.groups.count, offset = group * op.groups.x
        program.denseProduct(
          operand(dy, part.places.x, part.places, offset: group * op.groups.y), part.terms,
          weights: weights + group * op.groups.weights,
          into: operand(into, part.places.y, part.places, rowStride: part.places.rowStride, offset: offset),
          epilogue.offset(by: offset, rows: group * part.terms.rows), threads: threads, family: family)
      }
    }
  }
}
