import Basics

/// Facts about an architecture's graph that decide which layers fuse and whose gradients are computed.
struct GraphFacts {
  /// Who drops a rectifier's gradient where the rectifier was off.
  enum Gate {
    /// The last of its consumers to add to the gradient.
    case consumer
    /// The layer that it works in place on.
    case producer
    /// The rectifier itself.
    case rectifier
  }

  /// Places of nodes in the architecture's order; -1 for the input.
  private(set) var index: [String: Int] = [Architecture.inputName: -1]
  /// Places of the nodes that read a node's output, ascending.
  private(set) var consumers: [String: [Int]] = [:]
  /// Rectifiers and sums that work in place, by the node in whose memory they leave their output.
  private(set) var alias: [String: String] = [:]
  private(set) var aliasedBy: [String: String] = [:]
  /// What a node adds to its output for the sum that follows it in place.
  private(set) var addend: [String: String] = [:]
  /// Nodes whose gradient moves some parameter: the network's output depends on them, and they on something trained. With
  /// attacks, the input as well, and all nodes between it and the output.
  private(set) var needsGradient: Set<String> = []
  private(set) var gate: [String: Gate] = [:]
  /// Batch norms that a product can apply to its own output where statistics are constants, by the product; and the way
  /// back. Only with attacks, whose passes they are for.
  private(set) var norm: [String: String] = [:]
  private(set) var normed: [String: String] = [:]
  /// Of these the ones whose gradient the node can multiply that ends the gradient of their (rectified) output, by name of
  /// that output.
  private(set) var scaledNorm: [String: String] = [:]
  private var rectifiers: Set<String> = []

  /// - Parameter needsInput: Whether the gradient of the network's input is wanted as well.
  init(_ architecture: Architecture, needsInput: Bool = false) {
    if needsInput { needsGradient.insert(Architecture.inputName) }
    let nodes = architecture.nodes
    for (i, node) in nodes.enumerated() {
      index[node.name] = i
      for input in node.inputs { consumers[input, default: []].append(i) }
      if node.layer is Rectifier { rectifiers.insert(node.name) }
    }
    for node in nodes { fuse(node, nodes) }
    findNeeded(architecture)
    for node in nodes where node.layer is Rectifier { gate[node.name] = gate(of: node, nodes) }
    if needsInput { for node in nodes where node.layer is BatchNorm { fuseNorm(node, architecture) } }
  }

  /// Nodes that add to the gradient of `name`, ascending: a backward pass begins with the last.
  func contributors(to name: String) -> [Int] { contributing[name] ?? [] }
  private var contributing: [String: [Int]] = [:]

  /// Whether a batch norm's gradient is multiplied where the gradient of its output ends.
  func isScaled(_ norm: String) -> Bool { scaledNorm[aliasedBy[norm] ?? norm] != nil }

  /// Whether the node's inputs and its output lie alike: it works on whole buffers, or is a batch norm that the product
  /// before it can apply.
  func liesLikeItsInputs(_ node: Architecture.Node, _ architecture: Architecture) -> Bool {
    guard normed[node.name] == nil else { return true }
    return node.layer.keepsPlacement && node.layer.window(over: architecture.shapes[node.inputs[0]]!) == nil
  }

  /// Whether the node has to rectify its own output.
  func isRectified(_ name: String) -> Bool {
    guard let next = aliasedBy[name] else { return false }
    return rectifiers.contains(next) || isRectified(next)
  }

  private mutating func fuse(_ node: Architecture.Node, _ nodes: [Architecture.Node]) {
    if node.layer is Rectifier, let producer = soleProducer(node.inputs[0], nodes), producer.layer.rectifiesOutput {
      share(node, producer)
    }
    guard node.layer is Sum, node.inputs.count == 2 else { return }
    let inputs = node.inputs.sorted { index[$0]! < index[$1]! }
    guard let producer = soleProducer(inputs[1], nodes), producer.layer.addsToOutput else { return }
    share(node, producer)
    addend[producer.name] = inputs[0]
  }

  /// The node named, if one other node reads it.
  private func soleProducer(_ name: String, _ nodes: [Architecture.Node]) -> Architecture.Node? {
    consumers[name]?.count == 1 && name != Architecture.inputName ? nodes[index[name]!] : nil
  }

  /// Not where a linear layer reads the channels of an image as features: it has no row a channel to end a gradient with,
  /// and would read round the zero places that the product's gradient needs.
  private mutating func fuseNorm(_ node: Architecture.Node, _ architecture: Architecture) {
    let nodes = architecture.nodes, output = aliasedBy[node.name] ?? node.name
    guard let product = soleProducer(node.inputs[0], nodes), product.layer is Convolution || product.layer is Linear,
      architecture.shapes[node.name]!.isFlat
        || !(consumers[output] ?? []).contains(where: { nodes[$0].layer is Linear })
    else { return }
    norm[product.name] = node.name
    normed[node.name] = product.name
    guard output == node.name || gate[output] == .producer, let last = contributors(to: output).first else { return }
    let layer = nodes[last].layer
    if layer is Convolution || layer is Linear || layer is MaxPool || layer is AveragePool || layer is Join
      || layer is Upsample
    {
      scaledNorm[output] = node.name
    }
  }

  private mutating func share(_ node: Architecture.Node, _ producer: Architecture.Node) {
    alias[node.name] = producer.name
    aliasedBy[producer.name] = node.name
  }

  private mutating func findNeeded(_ architecture: Architecture) {
    let nodes = architecture.nodes
    var used: Set<String> = [architecture.outputName]
    for node in nodes.reversed() where used.contains(node.name) { used.formUnion(node.inputs) }
    for node in nodes where used.contains(node.name) {
      let isTrained = node.layer.parameters(of: architecture.inputShapes(of: node)).contains(where: \.isTrained)
      if isTrained || node.inputs.contains(where: needsGradient.contains) { needsGradient.insert(node.name) }
    }
    for name in needsGradient {
      contributing[name] = (consumers[name] ?? []).filter { needsGradient.contains(nodes[$0].name) }
    }
  }

  private func gate(of node: Architecture.Node, _ nodes: [Architecture.Node]) -> Gate {
    if let producer = alias[node.name], nodes[index[producer]!].layer.gatesOutputGradient { return .producer }
    guard let last = contributors(to: node.name).first, nodes[last].layer.gatesInputGradient else { return .rectifier }
    return .consumer
  }
}
