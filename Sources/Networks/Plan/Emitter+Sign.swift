import Lanes

extension Emitter {
  /// Value by value, leaving the zero places round images alone.
  func sign(_ node: PlanNode) {
    let x = tensor(node.inputs[0])
    program.sign(x.base, places(x.placement), into: tensor(node.name).base)
  }

  func signGradient(_ node: PlanNode) {
    guard let dx = inputGradient(node, 0) else { return }
    let x = tensor(node.inputs[0])
    program.signGradient(
      x.base, gradient(node.name).base, places(x.placement), into: dx.base, accumulates: dx.accumulates)
  }
}
