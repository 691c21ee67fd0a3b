import Basics
public import Lanes

/// Appends the kernel calls of a network to a program, layer by layer.
public struct Emitter {
  public let plan: Plan
  public internal(set) var program: Program
  public internal(set) var pass: Pass
  /// Whether backward passes leave the gradients of weights and biases.
  var needsParameterGradients = true
  /// Whether backward passes leave the gradient of the network's input.
  var needsInputGradient = false
  /// Whether products apply the batch norms behind them, whose statistics are constants, and end their gradients.
  var fusesNorms = false
  /// The blocks of sixteen samples that calls are for; all if `nil`.
  var blocks: Range<Int>?
  /// Of what layers draw at random.
  public let seed: UInt64
  var graph: GraphFacts { plan.graph }
  private let rule: UpdateRule?
  private let keepsGradients: Bool
  let done = Done()

  /// What has been emitted already.
  final class Done {
    /// Layers whose weights are in the order of the backward pass.
    var transposed: Set<String> = []
    /// Tensors whose gradients are taken as steps where they arise.
    var updated: Set<String> = []
    /// Whether the lines of batch norms have been made.
    var hasLines = false
  }

  /// - Parameters:
  ///   - seed: Of what layers draw at random.
  ///   - rule: With it the program trains: the backward pass moves weights as soon as it has their gradients, where a
  ///     kernel can, and `update` moves the others. Without it gradients are left in memory.
  ///   - keepsGradients: Leaves all gradients in memory, for `update` to use; the bits do not change.
  public init(
    _ plan: Plan, for pass: Pass = .training, seed: UInt64 = 0, updatingBy rule: UpdateRule? = nil,
    keepsGradients: Bool = false
  ) {
    self.plan = plan
    self.pass = pass
    self.seed = seed
    self.rule = rule
    self.keepsGradients = keepsGradients
    program = Program(kernels: plan.kernels, step: plan.step)
  }

  public var threads: Int { plan.threads }

  // MARK: whole passes

  /// Copies the step's samples into the network's input, moved as the step state says if `isMoved`.
  public func batch(_ source: SampleSource, isMoved: Bool = false) {
    batch(source, isMoved: isMoved, into: plan.tensor(Architecture.inputName).base)
  }

  /// - Parameter base: The first place of memory laid out as the network's input.
  func batch(_ source: SampleSource, isMoved: Bool, into base: UnsafeMutablePointer<Float>) {
    let input = plan.tensor(Architecture.inputName), place = input.placement
    precondition(
      source.multipliers.count == place.shape.channels && source.shifts.count == place.shape.channels,
      "\(source.multipliers.count) channels of samples for a network with \(place.shape.channels)")
    program.batch(
      source, sampleLayout(place, byRow: place.halo > 0 || isMoved), blocks: input.positions, blockCount: place.blocks,
      into: base, isMoved: isMoved, copies: place.copies, copyStride: place.copyStride)
  }

  private func sampleLayout(_ place: Placement, byRow: Bool) -> SampleLayout {
    let shape = place.shape
    if shape.isFlat && !byRow { return SampleLayout(channels: shape.channels, channelStride: place.channelStride) }
    return SampleLayout(
      runs: shape.channels * (byRow ? shape.height : 1), length: shape.width * (byRow ? 1 : shape.height),
      runsPerChannel: byRow ? shape.height : 1, channelStride: place.channelStride, runStride: place.rowStride,
      elementStride: place.placeStride)
  }

  public func forward() { forward(plan.nodes[...]) }

  func forward(_ nodes: ArraySlice<PlanNode>) {
    if fusesNorms { makeLines() }
    for node in nodes {
      program.label = "\(node.name) forward"
      node.layer.forward(node, self)
    }
    program.label = ""
  }

  /// - Parameters:
  ///   - labels: Of the whole split that the step's samples are chosen from.
  ///   - classWeights: By label, what a sample's loss counts in the mean over the samples; 1 if `nil`.
  public func loss(
    _ loss: Loss, labels: UnsafePointer<Int32>, needsGradient: Bool, classWeights: [Float]? = nil
  ) {
    let output = plan.tensor(plan.architecture.outputName)
    program.loss(
      loss, output.operand, gradient: needsGradient ? plan.gradient(plan.architecture.outputName).base : nil,
      classes: plan.architecture.output.count, labels: labels, classWeights: classWeights)
  }

  /// Every node whose gradient moves some parameter, the last first.
  public func backward() { backward(plan.nodes[...]) }

  func backward(_ nodes: ArraySlice<PlanNode>) {
    if fusesNorms { makeLines() }
    for node in nodes.reversed() where graph.needsGradient.contains(node.name) {
      program.label = "\(node.name) backward"
      node.layer.backward(node, self)
    }
    program.label = ""
  }

  /// Moves the parameters whose gradients the backward pass has left in memory.
  public func update() {
    guard let rule else { return }
    program.label = "update"
    for range in plan.working.trainedRanges(without: done.updated) {
      program.update(
        plan.working.updateBuffers(range), gradients: plan.working.gradients.pointer + range.lowerBound, by: rule)
    }
    program.label = ""
  }

  // MARK: what layers ask for

  public func tensor(_ name: String) -> PlanTensor { plan.tensor(name) }
  public func gradient(_ name: String) -> PlanTensor { plan.gradient(name) }
  public func operators(_ node: PlanNode) -> LayerOperators { plan.operators[node.name]! }

  /// Whether what is written of a tensor goes past the caches: a part of the blocks stays in them.
  func streams(_ tensor: PlanTensor) -> Bool { blocks == nil && plan.streams(tensor) }

  /// What the forward pass leaves for the backward pass: the layer's `keptCount` floats.
  public func kept(_ node: PlanNode) -> UnsafeMutablePointer<Float> { plan.kept[node.name]! }

  /// Whether the node has to rectify its own output.
  public func isRectified(_ node: PlanNode) -> Bool { graph.isRectified(node.name) }

  /// What the node has to add to its output before it rectifies: the other input of the sum that follows.
  public func addend(_ node: PlanNode) -> UnsafePointer<Float>? { addend(node.name) }

  func addend(_ name: String) -> UnsafePointer<Float>? {
    graph.addend[name].map { UnsafePointer(tensor($0).base) }
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

  /// Where the gradients of a tensor go: into memory, or at once into the optimiser's step. With the latter, all that
  /// reads the tensor must have been emitted before.
  ///
  /// - Parameter canStep: Whether the kernel that sums the gradients can take the steps.
  func gradientTarget(_ node: PlanNode, _ role: ParameterShape.Role, canStep: Bool) -> GradientTarget {
    guard let rule, canStep, !keepsGradients else { return .memory(weightGradients(node, role)) }
    let segment = plan.working.segment("\(node.name).\(role.rawValue)")
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
    guard let contribution = plan.gradientPlan.contributions[node.name]?[index] else { return nil }
    let input = node.inputs[index]
    if input == Architecture.inputName && !needsInputGradient { return nil }
    let gates = graph.gate[input] == .consumer && graph.contributors(to: input).first == graph.index[node.name]
    var gradient = InputGradient(
      base: plan.gradient(input).base, accumulates: contribution == .adds,
      gate: gates ? UnsafePointer(plan.tensor(input).base) : nil, isShared: contribution == .shares)
    if fusesNorms, graph.contributors(to: input).first == graph.index[node.name] { endNorm(&gradient, input) }
    return gradient
  }
}
