/// Decides where activations and their gradients live: activations all through a step, gradients only from the first
/// consumer's backward pass to the node's own, so that they share memory.
struct MemoryPlan {
  private(set) var activations: [String: Placement] = [:]
  private(set) var gradients: [String: Placement] = [:]
  private var arena = ArenaLayout()
  var count: Int { arena.count }

  init(_ architecture: Architecture, blocks: Int, group: Int) {
    let graph = GraphFacts(architecture)
    let group = min(group, blocks)
    func placement(_ name: String) -> Placement {
      Placement(shape: architecture.shapes[name]!, blocks: blocks, group: group, offset: 0)
    }
    for name in [Architecture.inputName] + architecture.nodes.map(\.name) {
      var place = placement(name)
      place.offset = graph.alias[name].map { activations[$0]!.offset } ?? arena.allocate(place.count)
      activations[name] = place
    }
    for node in architecture.nodes.reversed() {
      if gradients[node.name] == nil { addGradient(node.name, placement(node.name), graph) }
      for input in node.inputs where input != Architecture.inputName && gradients[input] == nil {
        addGradient(input, placement(input), graph)
      }
      let own = gradients[node.name]!
      if graph.alias[node.name] == nil { arena.release(own.offset, own.count) }
    }
  }

  /// A rectifier in place shares its gradient with the node it rectifies.
  private mutating func addGradient(_ name: String, _ placement: Placement, _ graph: GraphFacts) {
    var place = placement
    let aliased = graph.aliasedBy[name].flatMap { gradients[$0] }
    place.offset = aliased?.offset ?? arena.allocate(place.count)
    gradients[name] = place
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
