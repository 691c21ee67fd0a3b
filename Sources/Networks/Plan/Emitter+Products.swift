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
      for i in 0..<op.groups.count {
        let offset = i * op.groups.y
        program.denseProduct(
          operand(x + i * op.groups.x, op.places.x, op.places), op.forward, weights: weights + i * op.groups.weights,
          into: operand(y + offset, op.places.y, op.places, rowStride: op.places.rowStride),
          epilogue.offset(by: offset, rows: i * op.groups.outputs), threads: threads,
          independent: i + 1 < op.groups.count)
      }
    }
  }

  public func weightGradient(_ node: PlanNode, hasBias: Bool) {
    guard needsParameterGradients else { return }
    let x = tensor(node.inputs[0]).base, dy = gradient(node.name).base
    let independent = inputGradient(node, 0) != nil
    func sums(_ places: Places, weights: Int = 0, biases: Int = 0) -> GradientSums {
      GradientSums(
        weights: weightGradients(node, .weight) + weights,
        biases: hasBias ? weightGradients(node, .bias) + biases : nil,
        chain: places.chain, hasPlaces: places.arePlaces)
    }
    switch operators(node) {
    case .sparse(let op):
      program.sparseGradient(
        operand(x, op.places.x, op.places), operand(dy, op.places.y, op.places, rowStride: op.places.rowStride),
        op.forward, sums(op.places), independent: independent)
    case .dense(let op):
      // Groups share the scratch of their sums, so that each waits for the one before.
      for i in 0..<op.groups.count {
        let (weights, biases) = (i * op.groups.weights, i * op.groups.outputs)
        program.denseGradient(
          operand(x + i * op.groups.x, op.places.x, op.places),
          operand(dy + i * op.groups.y, op.places.y, op.places, rowStride: op.places.rowStride), op.forward,
          sums(op.places, weights: weights, biases: biases), independent: independent && i + 1 == op.groups.count)
      }
    }
  }

  /// Parts and groups write different places, so that they need not wait for each other.
  public func inputGradient(_ node: PlanNode) {
    guard let dx = inputGradient(node, 0) else { return }
    let dy = gradient(node.name).base, weights = UnsafePointer(weights(node, .weight))
    let epilogue = Epilogue(addend: dx.accumulates ? UnsafePointer(dx.base) : nil, gate: dx.gate)
    switch operators(node) {
    case .sparse(let op):
      guard let transposed = op.transposed else { return }
      if gathersWeights {
        program.gather(weights, transposed.index, into: transposed.values, count: transposed.count)
      }
      for (i, part) in op.backward.enumerated() {
        program.sparseProduct(
          operand(dy, part.places.x, part.places), part.terms, weights: transposed.values + part.first,
          into: operand(dx.base, part.places.y, part.places, rowStride: part.places.rowStride), epilogue,
          independent: i + 1 < op.backward.count)
      }
    case .dense(let op):
      if let transposed = op.transposed, gathersWeights {
        program.gather(weights, transposed.index, into: transposed.values, count: transposed.count)
      }
      let matrices = op.transposed.map { UnsafePointer($0.values) } ?? weights
      for i in 0..<op.backward.count * op.groups.count {
        let part = op.backward[i / op.groups.count], group = i % op.groups.count, offset = group * op.groups.x
        program.denseProduct(
          operand(dy + group * op.groups.y, part.places.x, part.places), part.terms,
          weights: matrices + group * op.groups.weights,
          into: operand(dx.base + offset, part.places.y, part.places, rowStride: part.places.rowStride),
          epilogue.offset(by: offset), threads: threads,
          independent: i + 1 < op.backward.count * op.groups.count)
      }
    }
  }
}
