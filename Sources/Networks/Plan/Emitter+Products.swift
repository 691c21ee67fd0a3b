import Lanes

/// What layers share whose outputs are products of weights and inputs.
extension Emitter {
  private func operand(
    _ base: UnsafeMutablePointer<Float>, _ positions: UnsafePointer<Int32>, _ places: Places, rowStride: Int = 0
  ) -> Operand { Operand(base: base, positions: positions, positionCount: places.count, rowStride: rowStride) }

  func product(_ node: PlanNode, hasBias: Bool) {
    let x = tensor(node.inputs[0]).base, y = tensor(node.name).base, weights = UnsafePointer(weights(node, .weight))
    let epilogue = Epilogue(
      bias: hasBias ? UnsafePointer(self.weights(node, .bias)) : nil, addend: addend(node), rectified: isRectified(node)
    )
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

  func weightGradient(_ node: PlanNode, hasBias: Bool) {
    guard needsParameterGradients else { return }
    let x = tensor(node.inputs[0]).base, dy = gradient(node.name).base
    let dw = weightGradients(node, .weight), db = hasBias ? weightGradients(node, .bias) : nil
    let independent = inputGradient(node, 0) != nil
    switch operators(node) {
    case .sparse(let op):
      program.sparseGradient(
        operand(x, op.places.x, op.places), operand(dy, op.places.y, op.places, rowStride: op.places.rowStride),
        op.forward, weights: dw, biases: db, independent: independent)
    case .dense(let op):
      program.denseGradient(
        operand(x, op.places.x, op.places), operand(dy, op.places.y, op.places, rowStride: op.places.rowStride),
        op.forward, weights: dw, biases: db, independent: independent)
    }
  }

  /// The parts write different places, so that they need not wait for each other.
  func inputGradient(_ node: PlanNode) {
    guard let dx = inputGradient(node, 0) else { return }
    let dy = gradient(node.name).base, weights = UnsafePointer(weights(node, .weight))
    let gate = Epilogue(addend: dx.accumulates ? UnsafePointer(dx.base) : nil, gate: dx.gate)
    switch operators(node) {
    case .sparse(let op):
      guard let transposed = op.transposed else { return }
      if gathersWeights {
        program.gather(weights, transposed.index, into: transposed.values, count: transposed.count)
      }
      for (i, part) in op.backward.enumerated() {
        program.sparseProduct(
          operand(dy, part.places.x, part.places), part.terms, weights: transposed.values + part.first,
          into: operand(dx.base, part.places.y, part.places, rowStride: part.places.rowStride), gate,
          independent: i + 1 < op.backward.count)
      }
    case .dense(let op):
      if let transposed = op.transposed, gathersWeights {
        program.gather(weights, transposed.index, into: transposed.values, count: transposed.count)
      }
      for (i, part) in op.backward.enumerated() {
        program.denseProduct(
          operand(dy, part.places.x, part.places), part.terms,
          weights: op.transposed.map { UnsafePointer($0.values) } ?? weights,
          into: operand(dx.base, part.places.y, part.places, rowStride: part.places.rowStride), gate, threads: threads,
          independent: i + 1 < op.backward.count)
      }
    }
  }
}
