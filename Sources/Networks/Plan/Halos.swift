/// How many zero places every tensor and its gradient need around them.
struct Halos {
  private(set) var of: [String: Int]

  init(_ architecture: Architecture, _ graph: GraphFacts) {
    of = architecture.shapes.mapValues { _ in 0 }
    for node in architecture.nodes {
      let input = node.inputs[0], shape = architecture.shapes[input]!
      guard let window = node.layer.window(over: shape) else { continue }
      of[input] = max(of[input]!, window.padding)
      if graph.needsGradient.contains(input) && !node.layer.parameters(of: [shape]).isEmpty {
        of[node.name] = max(of[node.name]!, window.gradientHalo(over: shape))
      }
    }
    equalise(architecture.nodes.filter { graph.liesLikeItsInputs($0, architecture) })
  }

  /// Inputs and outputs of these lie alike.
  private mutating func equalise(_ nodes: [Architecture.Node]) {
    var changed = true
    while changed {
      changed = false
      for node in nodes.reversed() {
        let names = node.inputs + [node.name], halo = names.map { of[$0]! }.max()!
        for name in names where of[name]! < halo {
          of[name] = halo
          changed = true
        }
      }
    }
  }
}
