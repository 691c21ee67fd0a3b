import Lanes

/// What batch norm and sums ask for.
extension Emitter {
  func normalise(_ node: PlanNode, _ layer: BatchNorm) { preconditionFailure("batch norm is not compiled yet") }
  func normaliseGradient(_ node: PlanNode, _ layer: BatchNorm) { preconditionFailure("batch norm is not compiled yet") }
  func sum(_ node: PlanNode) { preconditionFailure("sums are not compiled yet") }
  func sumGradient(_ node: PlanNode) { preconditionFailure("sums are not compiled yet") }
}
