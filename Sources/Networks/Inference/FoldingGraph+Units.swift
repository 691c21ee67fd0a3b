import Basics

/// Which units can be left out.
extension FoldingGraph {
  /// Adds what constants give to the biases of what reads them.
  ///
  /// - Returns: For every node, and the input, the value of each unit that no input reaches, `nil` for the others.
  mutating func foldConstants() -> [String: [Float?]] {
    var constants: [String: [Float?]] = [
      Architecture.inputName: [Float?](repeating: nil, count: input.channels)
    ]
    for i in nodes.indices {
      let node = nodes[i], inputs = node.inputs.map { constants[$0]! }
      switch node.layer {
      case is Linear, is Convolution: (nodes[i], constants[node.name]) = folding(inputs[0], into: node)
      case is Rectifier: constants[node.name] = inputs[0].map { $0.map { max(0, $0) } }
      case is Sign: constants[node.name] = inputs[0].map { $0.map { $0 >= 0 ? 1 : -1 } }
      case is Sum:
        constants[node.name] = inputs[0].indices.map { unit in
          let values = inputs.compactMap { $0[unit] }
          return values.count == inputs.count ? values.reduce(0, +) : nil
        }
      case is Join:
        constants[node.name] = zip(node.inputs, inputs).flatMap { name, units in
          units.flatMap { [Float?](repeating: $0, count: shapes[name]!.places) }
        }
      default: constants[node.name] = inputs[0]
      }
    }
    return constants
  }

  /// - Parameter constants: Of the units that the node reads.
  private func folding(_ constants: [Float?], into node: Node) -> (Node, [Float?]) {
    var node = node
    let columns = node.columns, padding = (node.layer as? Convolution)?.padding ?? 0
    let values: [Float?] = node.biases.indices.map { unit in
      var isConstant = true
      for column in 0..<columns where node.weights[unit * columns + column] != 0 {
        guard let value = constants[source(of: column, unit: unit, node)], value == 0 || padding == 0 else {
          isConstant = false
          continue
        }
        node.biases[unit].addProduct(node.weights[unit * columns + column], value)
        node.weights[unit * columns + column] = 0
      }
      return isConstant ? node.biases[unit] : nil
    }
    return (node, values)
  }

  /// Sets the weights of units to zero whose values nothing needs.
  ///
  /// - Returns: For every node, and the input, the units that have to stay.
  mutating func removeUnread(_ constants: [String: [Float?]]) -> [String: [Bool]] {
    var needed = shapes.mapValues { [Bool](repeating: false, count: $0.channels) }
    needed[outputName] = needed[outputName]!.map { _ in true }
    for i in nodes.indices.reversed() {
      let node = nodes[i], wanted = needed[node.name]!
      if node.layer.isProduct {
        let read: [Bool]
        (nodes[i], read) = removing(allBut: wanted, of: node)
        needed[node.inputs[0]] = zip(needed[node.inputs[0]]!, read).map { $0 || $1 }
      } else if node.layer is Join {
        var first = 0
        for input in node.inputs {
          let places = shapes[input]!.places
          for unit in needed[input]!.indices
          where wanted[first + unit * places..<first + (unit + 1) * places].contains(true) {
            needed[input]![unit] = true
          }
          first += shapes[input]!.count
        }
      } else {
        for input in node.inputs { needed[input] = zip(needed[input]!, wanted).map { $0 || $1 } }
      }
    }
    return joined(needed)
  }

  /// - Returns: The node, and which units the wanted ones read.
  private func removing(allBut wanted: [Bool], of node: Node) -> (Node, [Bool]) {
    var node = node
    let columns = node.columns
    var read = [Bool](repeating: false, count: shapes[node.inputs[0]]!.channels)
    for unit in wanted.indices {
      for column in 0..<columns where node.weights[unit * columns + column] != 0 {
        if wanted[unit] {
          read[source(of: column, unit: unit, node)] = true
        } else {
          node.weights[unit * columns + column] = 0
        }
      }
      if !wanted[unit] { node.biases[unit] = 0 }
    }
    return (node, read)
  }

  /// The unit of the input that a weight reads.
  func source(of column: Int, unit: Int, _ node: Node) -> Int {
    let shape = shapes[node.inputs[0]]!
    guard let layer = node.layer as? Convolution else { return column / (shape.height * shape.width) }
    let inputs = shape.channels / layer.groups, outputs = layer.outputs / layer.groups
    return unit / outputs * inputs + column / (layer.kernel * layer.kernel)
  }

  /// Tensors whose units correspond keep the same ones: those around sums, poolings, rectifiers and depthwise convolutions.
  private func joined(_ needed: [String: [Bool]]) -> [String: [Bool]] {
    var leader: [String: String] = [:], pinned: Set<String> = [Architecture.inputName, outputName]
    func root(_ name: String) -> String { leader[name].map { $0 == name ? name : root($0) } ?? name }
    for node in nodes {
      let isDepthwise = node.groups == node.biases.count && node.groups == shapes[node.inputs[0]]!.channels
      if node.layer.isProduct && !isDepthwise {
        if node.groups > 1 { pinned.formUnion([node.name, node.inputs[0]]) }
        continue
      }
      // A place of a unit is a unit of its own in a join: all stay.
      if node.layer is Join {
        pinned.formUnion(node.inputs + [node.name])
        continue
      }
      for input in node.inputs { leader[root(input)] = root(node.name) }
    }
    var kept: [String: [Bool]] = [:]
    for (name, units) in needed {
      let all = kept[root(name)] ?? units.map { _ in false }
      kept[root(name)] = zip(all, units).map { $0 || $1 }
    }
    for name in pinned { kept[root(name)] = kept[root(name)]!.map { _ in true } }
    for (name, units) in kept where !units.contains(true) { kept[name]![0] = true }
    return needed.keys.reduce(into: [:]) { $0[$1] = kept[root($1)]! }
  }

  /// The network with these units alone.
  func narrowed(to kept: [String: [Bool]]) throws -> (Architecture, Parameters) {
    var result = Architecture(name: "\(name) folded", input: input), values: [Float] = []
    for node in nodes {
      let before = kept[node.inputs[0]]!, units = kept[node.name]!, count = units.count { $0 }
      var layer = node.layer
      if var linear = layer as? Linear {
        linear.outputs = count
        layer = linear
      } else if var convolution = layer as? Convolution {
        convolution.outputs = count
        if convolution.groups > 1 && convolution.groups == before.count { convolution.groups = before.count { $0 } }
        layer = convolution
      }
      try result.append(node.name, layer, inputs: node.inputs)
      guard node.layer.isProduct else { continue }
      let columns = node.columns
      for unit in units.indices where units[unit] {
        for column in 0..<columns where before[source(of: column, unit: unit, node)] {
          values.append(node.weights[unit * columns + column])
        }
      }
      values += units.indices.filter { units[$0] }.map { node.biases[$0] }
    }
    return (result, Parameters(layout: result.layout, values: values))
  }
}
