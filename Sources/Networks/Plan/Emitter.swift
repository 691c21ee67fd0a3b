import Foundations
public import Lanes

/// Appends the kernel calls of a network to a program, layer by layer.
public struct Emitter {
  public let plan: Plan
  public let program: Program
  public internal(set) var pass: Pass
  /// Whether backward passes leave the gradients of weights and biases.
  var needsParameterGradients = true
  /// Whether backward passes leave the gradient of the network's input.
  var needsInputGradient = false
  /// Whether backward passes put weights into their order; it stays while the weights do.
  var gathersWeights = true
  private var graph: GraphFacts { plan.graph }

  public init(_ plan: Plan, for pass: Pass = .training) {
    self.plan = plan
    self.pass = pass
    program = Program(kernels: plan.kernels, step: plan.step)
  }

  public var threads: Int { plan.threads }

  // MARK: whole passes

  /// Copies the step's samples into the network's input.
  public func batch(_ source: SampleSource) { batch(source, into: plan.tensor(Architecture.inputName).base) }

  /// - Parameter base: The first place of memory laid out as the network's input.
  func batch(_ source: SampleSource, into base: UnsafeMutablePointer<Float>) {
    let input = plan.tensor(Architecture.inputName), place = input.placement
    precondition(
      source.multipliers.count == place.shape.channels && source.shifts.count == place.shape.channels,
      "\(source.multipliers.count) channels of samples for a network with \(place.shape.channels)")
    let shape = place.shape, hasHalo = place.halo > 0
    let layout = SampleLayout(
      runs: shape.channels * (hasHalo ? shape.height : 1), length: shape.width * (hasHalo ? 1 : shape.height),
      runsPerChannel: hasHalo ? shape.height : 1, channelStride: place.channelStride, runStride: place.rowStride,
      elementStride: place.placeStride)
    program.batch(source, layout, blocks: input.positions, blockCount: place.blocks, into: base)
  }

  public func forward() { for node in plan.nodes { node.layer.forward(node, self) } }

  /// - Parameter labels: Of the whole split that the step's samples are chosen from.
  public func loss(_ loss: Loss, labels: UnsafePointer<Int32>, needsGradient: Bool) {
    let output = plan.tensor(plan.architecture.outputName)
    program.loss(
      loss, output.operand, gradient: needsGradient ? plan.gradient(plan.architecture.outputName).base : nil,
      classes: plan.architecture.output.count, labels: labels)
  }

  /// Every node whose gradient moves some parameter, the last first.
  public func backward() {
    for node in plan.nodes.reversed() where graph.needsGradient.contains(node.name) { node.layer.backward(node, self) }
  }

  /// What an optimiser works on.
  public var updateBuffers: UpdateBuffers {
    let working = plan.working
    return UpdateBuffers(
      weights: working.weights.pointer, gradients: working.gradients.pointer, moment1: working.moment1.pointer,
      moment2: working.moment2.pointer, mask: working.maskWords, count: working.trainedCount)
  }

  // MARK: what layers ask for

  public func tensor(_ name: String) -> PlanTensor { plan.tensor(name) }
  public func gradient(_ name: String) -> PlanTensor { plan.gradient(name) }
  public func operators(_ node: PlanNode) -> LayerOperators { plan.operators[node.name]! }

  /// What the forward pass leaves for the backward pass: the layer's `keptCount` floats.
  public func kept(_ node: PlanNode) -> UnsafeMutablePointer<Float> { plan.kept[node.name]! }

  /// Whether the node has to rectify its own output.
  public func isRectified(_ node: PlanNode) -> Bool { graph.isRectified(node.name) }

  /// What the node has to add to its output before it rectifies: the other input of the sum that follows.
  public func addend(_ node: PlanNode) -> UnsafePointer<Float>? {
    graph.addend[node.name].map { UnsafePointer(tensor($0).base) }
  }

  /// Whether the node has to drop the gradient where its own rectified output was off.
  func gatesOutputGradient(_ node: PlanNode) -> Bool {
    graph.aliasedBy[node.name].map { graph.gate[$0] == .producer } ?? false
  }

  /// Whether the rectifier has to drop the gradient itself.
  func gatesItself(_ rectifier: PlanNode) -> Bool { graph.gate[rectifier.name] == .rectifier }

  public func weights(_ node: PlanNode, _ role: ParameterShape.Role) -> UnsafeMutablePointer<Float> {
    plan.working.weights.pointer + plan.working.segment("\(node.name).\(role.rawValue)").offset
  }

  public func weightGradients(_ node: PlanNode, _ role: ParameterShape.Role) -> UnsafeMutablePointer<Float> {
    plan.working.gradients.pointer + plan.working.segment("\(node.name).\(role.rawValue)").offset
  }

  /// Where the gradient of input `index` goes; `nil` where nobody needs it.
  public func inputGradient(_ node: PlanNode, _ index: Int) -> InputGradient? {
    guard let contribution = plan.gradientPlan.contributions[node.name]?[index] else { return nil }
    let input = node.inputs[index]
    if input == Architecture.inputName && !needsInputGradient { return nil }
    let gates = graph.gate[input] == .consumer && graph.contributors(to: input).first == graph.index[node.name]
    return InputGradient(
      base: plan.gradient(input).base, accumulates: contribution == .adds,
      gate: gates ? UnsafePointer(plan.tensor(input).base) : nil, isShared: contribution == .shares)
  }
}
