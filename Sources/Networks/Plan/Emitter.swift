import Foundations
public import Lanes

/// Appends the kernel calls of a network to a program, layer by layer.
public struct Emitter {
  public let plan: Plan
  public let program: Program
  private let graph: GraphFacts

  public init(_ plan: Plan) {
    self.plan = plan
    program = Program(kernels: plan.kernels, step: plan.step)
    graph = GraphFacts(plan.architecture)
  }

  public var threads: Int { plan.threads }

  // MARK: whole passes

  /// Copies the step's samples into the network's input, moved as the step state says if `isMoved`.
  public func batch(_ source: SampleSource, isMoved: Bool = false) {
    let input = plan.tensor(Architecture.inputName), place = input.placement
    precondition(
      source.multipliers.count == place.shape.channels && source.shifts.count == place.shape.channels,
      "\(source.multipliers.count) channels of samples for a network with \(place.shape.channels)")
    program.batch(
      source, sampleLayout(place, byRow: place.halo > 0 || isMoved), blocks: input.positions, blockCount: place.blocks,
      into: input.base, isMoved: isMoved)
  }

  private func sampleLayout(_ place: Placement, byRow: Bool) -> SampleLayout {
    let shape = place.shape
    if shape.isFlat && !byRow { return SampleLayout(channels: shape.channels, channelStride: place.channelStride) }
    return SampleLayout(
      runs: shape.channels * (byRow ? shape.height : 1), length: shape.width * (byRow ? 1 : shape.height),
      runsPerChannel: byRow ? shape.height : 1, channelStride: place.channelStride, runStride: place.rowStride,
      elementStride: place.placeStride)
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

  /// What an optimiser works on.
  public var updateBuffers: UpdateBuffers {
    let working = plan.working
    return UpdateBuffers(
      weights: working.weights.pointer, gradients: working.gradients.pointer, moment1: working.moment1.pointer,
      moment2: working.moment2.pointer, mask: working.maskWords, count: working.count)
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

  public func weightGradients(_ node: PlanNode, _ role: ParameterShape.Role) -> UnsafeMutablePointer<Float> {
    plan.working.gradients.pointer + plan.working.segment("\(node.name).\(role.rawValue)").offset
  }

  /// Where the gradient of input `index` goes; `nil` where nobody needs it.
  public func inputGradient(_ node: PlanNode, _ index: Int) -> InputGradient? {
    let input = node.inputs[index]
    guard input != Architecture.inputName else { return nil }
    let tensor = plan.gradient(input)
    let gate = node.layer.gatesInputGradient && graph.gated.contains(input) ? plan.tensor(input).base : nil
    return InputGradient(base: tensor.base, gate: gate.map { UnsafePointer($0) })
  }
}
