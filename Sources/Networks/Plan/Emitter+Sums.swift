import Lanes

/// What sums and rectifiers ask for: value by value over whole buffers, which lie alike.
extension Emitter {
  /// Nothing where the layer that computes the later input adds the other one.
  func sum(_ node: PlanNode) {
    let y = tensor(node.name), inputs = node.inputs.map { tensor($0) }
    guard !inputs.contains(where: { $0.base == y.base }) else { return }
    for (i, x) in inputs.enumerated().dropFirst() {
      program.sum(
        x.memory, i == 1 ? inputs[0].memory : y.memory, into: y.memory,
        rectified: isRectified(node) && i + 1 == inputs.count, count: y.placement.count)
    }
  }

  /// Copies or adds the gradient to those inputs that do not share its memory.
  func sumGradient(_ node: PlanNode) {
    let dy = gradient(node.name)
    for (i, input) in node.inputs.enumerated() {
      guard let dx = inputGradient(node, i), !dx.isShared else { continue }
      let target = gradient(input).memory
      program.sum(
        dy.memory, dx.accumulates ? target : nil, into: target, gate: dx.gate.map { _ in tensor(input).memory },
        count: dy.placement.count)
    }
  }

  func rectify(_ node: PlanNode) {
    let x = tensor(node.inputs[0]), y = tensor(node.name)
    guard x.base != y.base else { return }
    program.rectify(x.memory, into: y.memory, count: y.placement.count)
  }

  func rectifyGradient(_ node: PlanNode) {
    guard let dx = inputGradient(node, 0) else { return }
    let gates = gatesItself(node)
    if dx.isShared && !gates { return }
    let y = tensor(node.name), dy = gradient(node.name), target = gradient(node.inputs[0]).memory
    program.sum(
      dy.memory, dx.accumulates ? target : nil, into: target, sourceGate: gates ? y.memory : nil,
      count: y.placement.count)
  }
}
