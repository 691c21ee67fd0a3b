import Basics
public import Lanes

/// One node of a compiled network.
public struct PlanNode: Sendable {
  public let name: String
  public let layer: any Layer
  public let inputs: [String]
}

/// A network compiled for a batch size and a mask: one arena for all activations and gradients, packed parameters, an index
/// for every sparse layer. Programs made from it run without allocating.
///
/// It is `@unchecked Sendable` because it belongs to one run, which one task uses at a time.
public final class Plan: @unchecked Sendable {
  public let architecture: Architecture
  public let layout: ParameterLayout
  public let mask: Mask
  public let batch: Int
  public let threads: Int
  public let kernels: Kernels
  public let step: StepState
  /// Whether backward passes can leave the gradient of the network's input.
  public let needsInputGradient: Bool
  public let nodes: [PlanNode]
  /// Blocks of sixteen samples.
  let blocks: Int
  private let streamedBytes: Int
  let tables = Tables()
  let working: WorkingParameters
  let operators: [String: LayerOperators]
  let graph: GraphFacts
  let gradientPlan: GradientPlan
  let kept: [String: UnsafeMutablePointer<Float>]
  /// Where outputs and their gradient stand: of every block of samples, and of every feature from there.
  private(set) lazy var outputPlaces = { place in (blocks: place.blockPositions, features: place.featureOffsets) }(
    tensor(architecture.outputName).placement)
  private(set) lazy var attackChains = AttackChains(self)
  /// What outputs are compared with number by number, laid out as they; made when something first asks for it.
  private(set) lazy var targets = FloatBuffer(count: tensor(architecture.outputName).placement.count)
  /// Of batch norms that products apply.
  let normLines: [String: NormLines]
  private let arena: FloatBuffer
  private let activations: [String: Placement]
  private let gradients: [String: Placement]
  private var positionTables: [String: UnsafePointer<Int32>] = [:]

  /// - Parameters:
  ///   - mask: What lives; everything if `nil`.
  ///   - threads: The largest number of threads that will run the plan's programs.
  ///   - needsInputGradient: Whether the network's input gets a gradient, as attacks need.
  ///   - execution: Which kernels run the surviving weights.
  ///   - signs: Parameters of which layers whose weights all have one size run by additions: sums of the inputs of
  ///     positive weights less those of negative ones, times the size. Sums round otherwise than products.
  ///   - streamedBytes: Size from which on activations and their gradients are written past the caches.
  public init(
    _ architecture: Architecture, mask: Mask? = nil, batch: Int, threads: Int = 1, needsInputGradient: Bool = false,
    execution: Execution = .automatic, signs: Parameters? = nil, kernels: Kernels = CPULevel.current.kernels,
    streamedBytes: Int? = nil
  ) {
    precondition(batch > 0, "a batch of \(batch) samples")
    self.streamedBytes = streamedBytes ?? KernelChoice.streamedBytes
    self.architecture = architecture
    self.batch = batch
    blocks = (batch + 15) / 16
    self.threads = threads
    self.needsInputGradient = needsInputGradient
    self.kernels = kernels
    let layout = architecture.layout
    let mask = mask ?? Mask(fullFor: layout)
    precondition(mask.layout == layout, "the mask belongs to another network")
    self.layout = layout
    self.mask = mask
    step = StepState(batch: batch)
    nodes = architecture.nodes.map { PlanNode(name: $0.name, layer: $0.layer, inputs: $0.inputs) }
    graph = GraphFacts(architecture, needsInput: needsInputGradient)
    gradientPlan = GradientPlan(architecture, graph)
    let memory = MemoryPlan(
      architecture, graph, gradientPlan, blocks: blocks, group: kernels.positionGroup,
      // Attacks write one input for all threads.
      threads: needsInputGradient ? 1 : threads)
    (activations, gradients) = (memory.activations, memory.gradients)
    arena = FloatBuffer(count: memory.count)
    var operators: [String: LayerOperators] = [:], indices: [String: [Int32]] = [:]
    for node in architecture.nodes {
      guard let entry = layout.entries(of: node.name).first(where: \.isPrunable) else { continue }
      let input = memory.activations[node.inputs[0]]!, output = memory.activations[node.name]!
      let (op, kept) = Self.makeOperator(
        node, entry, mask, input, output, needsBackward: graph.needsGradient.contains(node.inputs[0]), execution,
        negatives: signs.flatMap { Self.negatives($0, mask, entry) }, kernels, tables)
      operators[node.name] = op
      indices[entry.name] = kept
    }
    self.operators = operators
    kept = architecture.nodes.reduce(into: [:]) { [tables] kept, node in
      let count = node.layer.keptCount(of: architecture.inputShapes(of: node))
      if count > 0 {
        kept[node.name] = UnsafeMutablePointer(mutating: tables.table([Float](repeating: 0, count: count)))
      }
    }
    normLines = graph.normed.keys.reduce(into: [:]) { [tables] lines, name in
      lines[name] = tables.normLines(architecture.shapes[name]!.channels)
    }
    working = WorkingParameters(layout: layout, mask: mask, indices: indices, tables: tables)
    for (name, placement) in activations { positionTables[name] = tables.table(placement.blockPositions) }
  }

  private static func makeOperator(
    _ node: Architecture.Node, _ entry: ParameterLayout.Entry, _ mask: Mask, _ input: Placement, _ output: Placement,
    needsBackward: Bool, _ execution: Execution, negatives: [Bool]?, _ kernels: Kernels, _ tables: Tables
  ) -> (LayerOperators, kept: [Int32]?) {
    guard let window = node.layer.window(over: input.shape) else {
      preconditionFailure("\(node.name) has weights, but no window")
    }
    let groups = (node.layer as? Convolution)?.groups ?? 1
    let isFlat = node.layer is Linear && (input.halo == 0 || input.shape.isFlat)
    let geometry =
      isFlat
      ? Geometry(features: input, output, needsBackward: needsBackward)
      : Geometry(window, groups: groups, input, output, needsBackward: needsBackward)
    guard
      negatives != nil
        || KernelChoice.runsSparse(
          weights: entry.count / groups, density: mask.density(of: entry), execution: execution, level: kernels.level)
    else { return (.dense(.make(geometry, tables)), nil) }
    let (op, indices) = SparseOperator.make(
      geometry, keeps: mask.keeps[entry.range], negatives: negatives, positions: kernels.positionGroup, tables)
    return (.sparse(op), indices)
  }

  /// Which weights are negative, if all that live have one size, which is not zero.
  private static func negatives(_ weights: Parameters, _ mask: Mask, _ entry: ParameterLayout.Entry) -> [Bool]? {
    let kept = entry.range.lazy.filter { mask.keeps[$0] }.map { weights.values[$0] }, size = kept.first.map(abs) ?? 0
    return size > 0 && kept.allSatisfy { abs($0) == size } ? weights.values[entry.range].map { $0 < 0 } : nil
  }

  /// Whether a tensor is so large that what is written into it goes past the caches.
  func streams(_ tensor: PlanTensor) -> Bool { tensor.placement.count * 4 >= streamedBytes }

  // MARK: parameters

  /// The parameters of the network, copied in and out; pruned weights are zero.
  public var parameters: Parameters {
    get { working.store(working.weights) }
    set { working.load(newValue, into: working.weights) }
  }

  /// The gradients that the last run left of a program that leaves them in memory.
  public var parameterGradients: Parameters { working.store(working.gradients) }

  /// The optimiser's moments (momentum; Adam's first and second), which a checkpoint keeps.
  public var moments: (first: Parameters, second: Parameters) {
    get { (working.store(working.moment1), working.store(working.moment2)) }
    set {
      working.load(newValue.first, into: working.moment1)
      working.load(newValue.second, into: working.moment2)
    }
  }

  public func clearMoments() {
    working.moment1.fill(0)
    working.moment2.fill(0)
  }

  /// Surviving weights that the kernels multiply with: those of sparse layers, and all of dense layers.
  public var executedWeights: Int {
    working.segments.filter(\.entry.isPrunable).reduce(0) { $0 + $1.count }
  }

  /// Which layers run sparse.
  public var sparseLayers: [String] {
    nodes.map(\.name).filter { if case .sparse = operators[$0] { true } else { false } }
  }

  /// Bytes that activations and their gradients would take, without making a plan.
  public static func activationBytes(_ architecture: Architecture, batch: Int) -> Int {
    let graph = GraphFacts(architecture), gradients = GradientPlan(architecture, graph)
    return 4 * MemoryPlan(architecture, graph, gradients, blocks: (batch + 15) / 16, group: 4, threads: 1).count
  }

  /// Bytes of all activations and their gradients.
  var arenaBytes: Int { 4 * arena.count }

  /// Bytes of the arena and of the parameter buffers.
  public var memoryBytes: Int { 4 * (arena.count + 4 * working.count) }

  // MARK: tensors

  func tensor(_ name: String) -> PlanTensor {
    let placement = activations[name]!
    return PlanTensor(
      base: arena.pointer + placement.offset + placement.origin, placement: placement, positions: positionTables[name]!)
  }

  func gradient(_ name: String) -> PlanTensor {
    let placement = gradients[name]!
    return PlanTensor(
      base: arena.pointer + placement.offset + placement.origin, placement: placement, positions: positionTables[name]!)
  }

  /// Sets every value of every activation and gradient, but not their halos: numbers of usual size for benchmarks.
  public func fillActivations(_ next: () -> Float) {
    for (base, placement) in activations.values.map({ (arena.pointer + $0.offset + $0.origin, $0) })
      + gradients.values.map({ (arena.pointer + $0.offset + $0.origin, $0) })
    {
      for position in placement.blockPositions {
        for feature in placement.featureOffsets {
          for lane in 0..<16 { base[Int(position) + Int(feature) + lane] = next() }
        }
      }
    }
  }

  /// The output of a node for the first `count` samples of the last batch: [sample][feature].
  public func output(of name: String? = nil, count: Int) -> [[Float]] {
    let tensor = tensor(name ?? architecture.outputName)
    return samples(tensor, count)
  }

  /// The gradient of the network's outputs for the first `count` samples of the last batch: [sample][feature].
  public func outputGradient(count: Int) -> [[Float]] { samples(gradient(architecture.outputName), count) }

  func samples(_ tensor: PlanTensor, _ count: Int) -> [[Float]] {
    let positions = tensor.placement.blockPositions, offsets = tensor.placement.featureOffsets
    return (0..<count).map { sample in
      let start = Int(positions[sample / 16]) + sample % 16
      return offsets.map { tensor.base[start + Int($0)] }
    }
  }
}
