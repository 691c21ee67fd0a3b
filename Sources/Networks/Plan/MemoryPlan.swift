/// Decides where activations and their gradients live: activations all through a step, gradients only from the first
/// consumer's backward pass to the node's own, so that they share memory. Tensors with a halo share it only with
/// tensors that have the same places, so that the halo stays zero.
struct MemoryPlan {
  private(set) var activations: [String: Placement] = [:]
  private(set) var gradients: [String: Placement] = [:]
  private var arena = ArenaLayout()
  /// Released tensors with halos: where they are, by placement at offset 0.
  private var freeWithHalo: [Placement: [Int]] = [:]
  var count: Int { arena.count }

  /// - Parameter threads: The largest number of threads.
  init(_ architecture: Architecture, blocks: Int, group: Int, threads: Int) {
    let graph = GraphFacts(architecture), halos = Halos(architecture)
    // One group size at all CPU levels where sums run over places: it decides their order.
    let group = min(architecture.hasPlaces ? 4 : group, blocks)
    func placement(_ name: String) -> Placement {
      Placement(shape: architecture.shapes[name]!, blocks: blocks, group: group, halo: halos.of[name]!, offset: 0)
    }
    for name in [Architecture.inputName] + architecture.nodes.map(\.name) {
      var place = placement(name)
      if name == Architecture.inputName { place.copies = Self.inputCopies(architecture, place, threads: threads) }
      place.offset = graph.alias[name].map { activations[$0]!.offset } ?? allocate(place)
      activations[name] = place
    }
    for node in architecture.nodes.reversed() {
      if gradients[node.name] == nil { addGradient(node.name, placement(node.name), graph) }
      for input in node.inputs where input != Architecture.inputName && gradients[input] == nil {
        addGradient(input, placement(input), graph)
      }
      if graph.alias[node.name] == nil { release(gradients[node.name]!) }
    }
  }

  /// Every thread of a fully connected layer reads all inputs, and reading what another core has written takes longer than
  /// copying the samples into lanes: then each thread does that for itself (2 threads, LeNet-300-100 at batch 60: XXX).
  private static func inputCopies(_ architecture: Architecture, _ input: Placement, threads: Int) -> Int {
    let users = architecture.nodes.filter { $0.inputs.contains(Architecture.inputName) }
    let isFlat = input.shape.isFlat || input.halo == 0
    return isFlat && users.allSatisfy { $0.layer is Linear } ? threads : 1
  }

  /// A rectifier in place shares its gradient with the node it rectifies.
  private mutating func addGradient(_ name: String, _ placement: Placement, _ graph: GraphFacts) {
    var place = placement
    let aliased = graph.aliasedBy[name].flatMap { gradients[$0] }
    place.offset = aliased?.offset ?? allocate(place)
    gradients[name] = place
  }

  private mutating func allocate(_ placement: Placement) -> Int {
    guard placement.halo > 0 else { return arena.allocate(placement.count) }
    return freeWithHalo[placement]?.popLast() ?? arena.allocateFresh(placement.count)
  }

  private mutating func release(_ placement: Placement) {
    guard placement.halo > 0 else { return arena.release(placement.offset, placement.count) }
    var place = placement
    place.offset = 0
    freeWithHalo[place, default: []].append(placement.offset)
  }
}

/// How many zero places every tensor and its gradient need around them.
struct Halos {
  private(set) var of: [String: Int]

  init(_ architecture: Architecture) {
    of = architecture.shapes.mapValues { _ in 0 }
    for node in architecture.nodes {
      let input = node.inputs[0], shape = architecture.shapes[input]!
      guard let window = node.layer.window(over: shape) else { continue }
      of[input] = max(of[input]!, window.padding)
      if input != Architecture.inputName && !node.layer.parameters(of: [shape]).isEmpty {
        of[node.name] = max(of[node.name]!, window.gradientHalo(over: shape))
      }
    }
    // Layers without windows work on whole buffers: their outputs lie like their inputs.
    let others = architecture.nodes.filter { $0.layer.window(over: architecture.shapes[$0.inputs[0]]!) == nil }
    for node in others.reversed() { of[node.inputs[0]] = max(of[node.inputs[0]]!, of[node.name]!) }
    for node in others { of[node.name] = of[node.inputs[0]] }
  }
}

/// Facts about an architecture's graph that decide which layers fuse.
struct GraphFacts {
  private(set) var consumers: [String: [String]] = [:]
  /// Rectifiers that work in place, by the node they share memory with.
  private(set) var alias: [String: String] = [:]
  private(set) var aliasedBy: [String: String] = [:]
  /// Rectifiers whose only consumer gates the gradient that it writes.
  private(set) var gated: Set<String> = []

  init(_ architecture: Architecture) {
    let layers = Dictionary(uniqueKeysWithValues: architecture.nodes.map { ($0.name, $0.layer) })
    for node in architecture.nodes {
      for input in node.inputs { consumers[input, default: []].append(node.name) }
    }
    for node in architecture.nodes where node.layer is Rectifier {
      let input = node.inputs[0]
      if let layer = layers[input], layer.rectifiesOutput, consumers[input]?.count == 1 {
        alias[node.name] = input
        aliasedBy[input] = node.name
      }
      if let users = consumers[node.name], users.count == 1, layers[users[0]]!.gatesInputGradient {
        gated.insert(node.name)
      }
    }
  }
}
