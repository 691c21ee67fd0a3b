public import Lanes

/// Appends the kernel calls of a network to a program, layer by layer.
public struct Emitter {
  public let plan: Plan
  public let program: Program
  private let graph: GraphFacts
  private let rule: UpdateRule?
  private let keepsGradients: Bool
  private let done = Done()

  /// What has been emitted already.
  private final class Done {
    /// Layers whose weights are in the order of the backward pass.
    var transposed: Set<String> = []
    /// Tensors whose gradients are taken as steps where they arise.
    var updated: Set<String> = []
  }

  /// - Parameters:
  ///   - rule: With it the program trains: the backward pass moves weights as soon as it has their gradients, and `update`
  ///     moves the rest. Without it gradients are left in memory.
  ///   - keepsGradients: Leaves gradients in memory all the same, for `update` to use; the bits do not change.
  public init(_ plan: Plan, updatingBy rule: UpdateRule? = nil, keepsGradients: Bool = false) {
    self.plan = plan
    self.rule = rule
    self.keepsGradients = keepsGradients
    program = Program(kernels: plan.kernels, step: plan.step)
    graph = GraphFacts(plan.architecture)
  }

  public var threads: Int { plan.threads }

  // MARK: whole passes

  /// Copies the step's samples into the network's input.
  public func batch(_ source: SampleSource) {
    let input = plan.tensor(Architecture.inputName), place = input.placement
    precondition(
      source.multipliers.count == place.shape.channels && source.shifts.count == place.shape.channels,
      "\(source.multipliers.count) channels of samples for a network with \(place.shape.channels)")
    let shape = place.shape, hasHalo = place.halo > 0
    let layout = SampleLayout(
      runs: shape.channels * (hasHalo ? shape.height : 1), length: shape.width * (hasHalo ? 1 : shape.height),
      runsPerChannel: hasHalo ? shape.height : 1, channelStride: place.channelStride, runStride: place.rowStride,
      elementStride: place.placeStride)
    program.batch(
      source, layout, blocks: input.positions, blockCount: place.blocks, into: input.base, copies: place.copies,
      copyStride: place.copyStride)
  }

  public func forward() { for node in plan.nodes { node.layer.forward(node, self) } }

  /// - Parameter labels: Of the whole split that the step's samples are chosen from.
  public func loss(_ loss: Loss, labels: UnsafePointer<Int32>, needsGradient: Bool) {
    let output = plan.tensor(plan.architecture.outputName)
    program.loss(
      loss, output.operand, gradient: needsGradient ? plan.gradient(plan.architecture.outputName).base : nil,
      classes: plan.architecture.output.count, labels: labels)
  }

  public func backward() { for node in plan.nodes.reversed() { node.layer.backward(node, self) } }

  /// Moves the parameters whose gradients the backward pass has left in memory.
  public func update() {
    guard let rule else { return }
    for range in plan.working.ranges(without: done.updated) {
      program.update(
        plan.working.updateBuffers(range), gradients: plan.working.gradients.pointer + range.lowerBound, by: rule)
    }
  }

  // MARK: what layers ask for

  public func tensor(_ name: String) -> PlanTensor { plan.tensor(name) }
  public func gradient(_ name: String) -> PlanTensor { plan.gradient(name) }
  public func operators(_ node: PlanNode) -> LayerOperators { plan.operators[node.name]! }

  /// Whether the node has to rectify its own output.
  public func isRectified(_ node: PlanNode) -> Bool { graph.aliasedBy[node.name] != nil }

  /// Whether the gradient of rectifier `name` was gated by the layer that wrote it.
  public func isGated(_ name: String) -> Bool { graph.gated.contains(name) }

  public func weights(_ node: PlanNode, _ role: ParameterShape.Role) -> UnsafeMutablePointer<Float> {
    plan.working.weights.pointer + plan.working.segment("\(node.name).\(role.rawValue)").offset
  }

  /// Where the gradients of a tensor go: into memory, or at once into the optimiser's step. With the latter, all that
  /// reads the tensor must have been emitted before.
  public func gradientTarget(_ node: PlanNode, _ role: ParameterShape.Role) -> GradientTarget {
    let segment = plan.working.segment("\(node.name).\(role.rawValue)")
    guard let rule, !keepsGradients else { return .memory(plan.working.gradients.pointer + segment.offset) }
    done.updated.insert(segment.entry.name)
    return .update(plan.working.updateBuffers(segment), rule)
  }

  /// Puts the weights into the order of the backward pass, if that has one and it has not been done.
  func transpose(_ node: PlanNode) {
    guard let transposed = operators(node).transposed, done.transposed.insert(node.name).inserted else { return }
    program.gather(weights(node, .weight), transposed.index, into: transposed.values, count: transposed.count)
  }

  var isTraining: Bool { rule != nil }

  /// Where the gradient of input `index` goes; `nil` where nobody needs it.
  public func inputGradient(_ node: PlanNode, _ index: Int) -> InputGradient? {
    let input = node.inputs[index]
    guard input != Architecture.inputName else { return nil }
    let tensor = plan.gradient(input)
    let gate = node.layer.gatesInputGradient && graph.gated.contains(input) ? plan.tensor(input).base : nil
    return InputGradient(base: tensor.base, gate: gate.map { UnsafePointer($0) })
  }
}
