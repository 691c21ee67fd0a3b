import Lanes

/// What sums and rectifiers ask for: value by value over whole buffers, which lie alike.
extension Emitter {
  /// Nothing where the layer that computes the later input adds the other one.
  func sum(_ node: PlanNode) {
    let y = tensor(node.name), inputs = node.inputs.map { tensor($0) }
    guard !inputs.contains(where: { $0.base == y.base }) else { return }
    for (i, x) in inputs.enumerated().dropFirst() {
      let stretch = stretch(of: y), first = stretch.lowerBound
      program.sum(
        x.memory + first, (i == 1 ? inputs[0].memory : y.memory) + first, into: y.memory + first,
        rectified: isRectified(node) && i + 1 == inputs.count, count: stretch.count)
    }
  }

  /// Copies or adds the gradient to those inputs that do not share its memory.
  func sumGradient(_ node: PlanNode) {
    let dy = gradient(node.name)
    for (i, input) in node.inputs.enumerated() {
      guard let dx = inputGradient(node, i), !dx.isShared else { continue }
      let stretch = stretch(of: dy), first = stretch.lowerBound, target = gradient(input).memory + first
      program.sum(
        dy.memory + first, dx.accumulates ? target : nil, into: target,
        gate: dx.gate.map { _ in tensor(input).memory + first }, count: stretch.count)
    }
  }

  func rectify(_ node: PlanNode) {
    let x = tensor(node.inputs[0]), y = tensor(node.name)
    guard x.base != y.base else { return }
    let stretch = stretch(of: y), first = stretch.lowerBound
    program.rectify(x.memory + first, into: y.memory + first, count: stretch.count)
  }

  func rectifyGradient(_ node: PlanNode) {
    guard let dx = inputGradient(node, 0) else { return }
    let gates = gatesItself(node)
    if dx.isShared && !gates { return }
    let y = tensor(node.name), stretch = stretch(of: y), first = stretch.lowerBound
    let target = gradient(node.inputs[0]).memory + first
    program.sum(
      gradient(node.name).memory + first, dx.accumulates ? target : nil, into: target,
      sourceGate: gates ? y.memory + first : nil, count: stretch.count)
  }
}
