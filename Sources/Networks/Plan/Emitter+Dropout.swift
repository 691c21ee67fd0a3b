import Lanes

extension Emitter {
  /// A copy in evaluation.
  func dropout(_ node: PlanNode, _ probability: Double) {
    let x = tensor(node.inputs[0]), y = tensor(node.name)
    guard pass != .evaluation else {
      let stretch = stretch(of: y), first = stretch.lowerBound
      return program.sum(x.memory + first, nil, into: y.memory + first, count: stretch.count)
    }
    program.dropout(
      x.base, places(x.placement), batch: plan.batch, probability: probability, stream: dropoutStream(node),
      into: y.base)
  }

  func dropoutGradient(_ node: PlanNode, _ probability: Double) {
    guard let dx = inputGradient(node, 0) else { return }
    guard pass != .evaluation else {
      let dy = gradient(node.name), stretch = stretch(of: dy), first = stretch.lowerBound
      let target = gradient(node.inputs[0]).memory + first
      let gate = dx.gate.map { _ in UnsafePointer(tensor(node.inputs[0]).memory + first) }
      return program.sum(
        dy.memory + first, dx.accumulates ? target : nil, into: target, gate: gate, count: stretch.count)
    }
    program.dropout(
      gradient(node.name).base, places(tensor(node.name).placement), batch: plan.batch,
      probability: probability, stream: dropoutStream(node), into: dx.base, accumulates: dx.accumulates, gate: dx.gate)
  }

  private func dropoutStream(_ node: PlanNode) -> RandomStream { RandomStream(seed: seed, "dropout/\(node.name)") }

  /// All values of a tensor, without the zero places round images.
  func places(_ placement: Placement) -> ValuePlaces {
    ValuePlaces(features: placement.featureOffsets, positions: placement.blockPositions)
  }
}
