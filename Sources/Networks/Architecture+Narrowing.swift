import Basics

extension Architecture {
  /// The same network with narrower hidden layers, all by about the same factor, so that it has as near to `target`
  /// weights as single units allow; every layer keeps at least one unit. In networks with sums layers must stay alike, so
  /// that the factor alone decides.
  ///
  /// - Throws: `Problem.usage` if some layer's width cannot be changed.
  public func narrowed(toWeights target: Int) throws -> Architecture {
    var low = 0.0, high = 1.0
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if try scaled(by: middle).layout.prunableCount > target { high = middle } else { low = middle }
    }
    let below = try scaled(by: low), above = try scaled(by: high)
    let nearest = below.distance(to: target) <= above.distance(to: target) ? below : above
    return nodes.contains { $0.inputs.count > 1 } ? nearest : try nearest.adjusted(toWeights: target)
  }

  private func distance(to target: Int) -> Int { abs(layout.prunableCount - target) }

  /// Nodes with weights before the last of them.
  private var hidden: [String] { layout.prunable.dropLast().map(\.layer) }

  private func scaled(by factor: Double) throws -> Architecture {
    let hidden = Set(hidden)
    return try rebuilt { node, outputs in
      hidden.contains(node) ? max(1, Int((factor * Double(outputs)).rounded())) : outputs
    }
  }

  /// Adds or takes single units as long as that brings the count nearer.
  private func adjusted(toWeights target: Int) throws -> Architecture {
    var best = self
    while true {
      let tries = try hidden.flatMap { name in
        try [-1, 1].map { change in
          try best.rebuilt { node, outputs in node == name ? max(1, outputs + change) : outputs }
        }
      }
      guard let next = tries.min(by: { $0.distance(to: target) < $1.distance(to: target) }),
        next.distance(to: target) < best.distance(to: target)
      else { return best }
      best = next
    }
  }

  /// The network with other numbers of outputs.
  private func rebuilt(_ outputs: (String, Int) -> Int) throws -> Architecture {
    var result = Architecture(name: "\(name) narrowed", input: input)
    for node in nodes {
      let inputs = result.shapes[node.inputs[0]]!.channels
      try result.append(node.name, try resized(node, inputs: inputs, outputs), inputs: node.inputs)
    }
    return result
  }

  /// - Parameter inputs: Channels that the layer reads now.
  private func resized(_ node: Node, inputs: Int, _ outputs: (String, Int) -> Int) throws -> any Layer {
    switch node.layer {
    case var layer as Linear:
      layer.outputs = outputs(node.name, layer.outputs)
      return layer
    case var layer as Convolution:
      let before = shapes[node.inputs[0]]!.channels
      // A depthwise convolution stays one.
      let isDepthwise = layer.groups > 1 && layer.groups == before
      layer.outputs = isDepthwise ? layer.outputs / before * inputs : outputs(node.name, layer.outputs)
      if isDepthwise { layer.groups = inputs }
      return layer
    default:
      guard node.layer.parameters(of: inputShapes(of: node)).allSatisfy({ $0.role != .weight }) else {
        throw Problem.usage(
          "The width of layer '\(node.name)' cannot be changed.", remedy: "Choose another --model.")
      }
      return node.layer
    }
  }
}
