import Lanes

/// What layers share whose outputs are products of weights and inputs.
extension Emitter {
  private func operand(
    _ tensor: PlanTensor, _ positions: UnsafePointer<Int32>, _ places: Places, rowStride: Int = 0
  ) -> Operand {
    Operand(
      base: tensor.base, positions: positions, positionCount: places.count, rowStride: rowStride,
      copies: tensor.placement.copies, copyStride: tensor.placement.copyStride)
  }

  /// The outputs. In training, weights that the backward pass needs in another order are put into it here, where no thread
  /// waits for that.
  func product(_ node: PlanNode, hasBias: Bool) {
    let x = tensor(node.inputs[0]), y = tensor(node.name), weights = UnsafePointer(weights(node, .weight))
    let epilogue = Epilogue(
      bias: hasBias ? UnsafePointer(self.weights(node, .bias)) : nil, rectified: isRectified(node))
    if isTraining { transpose(node) }
    switch operators(node) {
    case .sparse(let op):
      program.sparseProduct(
        operand(x, op.places.x, op.places), op.forward, weights: weights,
        into: operand(y, op.places.y, op.places, rowStride: op.places.rowStride), epilogue)
    case .dense(let op):
      program.denseProduct(
        operand(x, op.places.x, op.places), op.forward, weights: weights,
        into: operand(y, op.places.y, op.places, rowStride: op.places.rowStride), epilogue, threads: threads)
    }
  }

  /// The gradients of weights and biases, or the optimiser's step with them: the input gradient, which reads the old
  /// weights, must be emitted first.
  func weightGradient(_ node: PlanNode, hasBias: Bool) {
    let x = tensor(node.inputs[0]), dy = gradient(node.name)
    let dw = gradientTarget(node, .weight), db = hasBias ? gradientTarget(node, .bias) : nil
    switch operators(node) {
    case .sparse(let op):
      program.sparseGradient(
        operand(x, op.places.x, op.places), operand(dy, op.places.y, op.places, rowStride: op.places.rowStride),
        op.forward, weights: dw, biases: db)
    case .dense(let op):
      program.denseGradient(
        operand(x, op.places.x, op.places), operand(dy, op.places.y, op.places, rowStride: op.places.rowStride),
        op.forward, weights: dw, biases: db)
    }
  }

  /// The parts write different places, so that they need not wait for each other.
  func inputGradient(_ node: PlanNode) {
    guard let dx = inputGradient(node, 0) else { return }
    let dy = gradient(node.name), into = gradient(node.inputs[0]), gate = Epilogue(gate: dx.gate)
    let weights = UnsafePointer(operators(node).transposed?.values ?? weights(node, .weight))
    transpose(node)
    let family = program.taskCount
    switch operators(node) {
    case .sparse(let op):
      for part in op.backward {
        program.sparseProduct(
          operand(dy, part.places.x, part.places), part.terms, weights: weights + part.first,
          into: operand(into, part.places.y, part.places, rowStride: part.places.rowStride), gate, family: family)
      }
    case .dense(let op):
      for part in op.backward {
        program.denseProduct(
          operand(dy, part.places.x, part.places), part.terms, weights: weights,
          into: operand(into, part.places.y, part.places, rowStride: part.places.rowStride), gate, threads: threads,
          family: family)
      }
    }
  }
}
