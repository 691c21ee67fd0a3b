import Basics

/// A network on its way to inference: nodes with their weights, batch norm and dropout gone.
struct FoldingGraph {
  struct Node {
    var name: String
    var layer: any Layer
    var inputs: [String]
    /// Of a product, zero where pruned: [unit][column].
    var weights: [Float] = []
    /// Of a product, one a unit.
    var biases: [Float] = []

    var columns: Int { weights.count / max(1, biases.count) }
    /// Of a convolution; 1 for others.
    var groups: Int { (layer as? Convolution)?.groups ?? 1 }
  }

  let name: String
  let input: FeatureShape
  private(set) var foldedNorms = 0
  var nodes: [Node] = []
  /// Output shapes, the input's among them.
  private(set) var shapes: [String: FeatureShape]
  private var places: [String: Int] = [:]

  var products: [Node] { nodes.filter(\.layer.isProduct) }
  /// Of all products.
  var units: Int { products.reduce(0) { $0 + $1.biases.count } }
  var outputName: String { nodes.last?.name ?? Architecture.inputName }

  init(_ architecture: Architecture, _ parameters: Parameters) throws {
    (name, input) = (architecture.name, architecture.input)
    shapes = [Architecture.inputName: input]
    var used: Set<String> = [architecture.outputName]
    for node in architecture.nodes.reversed() where used.contains(node.name) { used.formUnion(node.inputs) }
    let live = architecture.nodes.filter { used.contains($0.name) }
    // What stands for nodes that are gone: dropout, then norms that were folded.
    var undropped: [String: String] = [:], folded: [String: String] = [:]
    for node in live where node.layer is Dropout {
      undropped[node.name] = undropped[node.inputs[0]] ?? node.inputs[0]
    }
    let readers = live.filter { !($0.layer is Dropout) }.flatMap(\.inputs).reduce(into: [:]) {
      $0[undropped[$1] ?? $1, default: 0] += 1
    }
    for node in live where !(node.layer is Dropout) {
      let read = node.inputs.map { undropped[$0] ?? $0 }, inputs = read.map { folded[$0] ?? $0 }
      func tensor(_ role: ParameterShape.Role) -> [Float]? {
        parameters.layout.entries(of: node.name).first { $0.shape.role == role }.map {
          Array(parameters.values[$0.range])
        }
      }
      if let norm = node.layer as? BatchNorm {
        let line = try NormLine(
          node.name, norm, mean: tensor(.runningMean)!, variance: tensor(.runningVariance)!, scale: tensor(.scale),
          shift: tensor(.shift))
        // A product that others read too keeps its own output.
        if let place = places[inputs[0]], nodes[place].layer.isProduct, readers[read[0]] == 1 {
          line.scale(&nodes[place])
          folded[node.name] = inputs[0]
          foldedNorms += 1
        } else {
          append(line.convolution(named: node.name, reading: inputs[0]), architecture.shapes[node.name]!)
        }
        continue
      }
      var result = Node(name: node.name, layer: node.layer, inputs: inputs)
      if node.layer.isProduct {
        result.weights = tensor(.weight)!
        result.biases = tensor(.bias) ?? [Float](repeating: 0, count: node.layer.outputUnits)
        result.layer = node.layer.withBias
      }
      copyRepeated(&result, architecture.shapes[node.name]!)
      append(result, architecture.shapes[node.name]!)
    }
  }

  /// A sum that reads a node twice, once behind a dropout, reads a copy of it the second time.
  private mutating func copyRepeated(_ node: inout Node, _ shape: FeatureShape) {
    for (i, input) in node.inputs.enumerated() where node.inputs[..<i].contains(input) {
      let copy = NormLine(factors: [Float](repeating: 1, count: shape.channels))
        .convolution(named: "\(node.name)/copy\(i)", reading: input)
      append(copy, shape)
      node.inputs[i] = copy.name
    }
  }

  private mutating func append(_ node: Node, _ shape: FeatureShape) {
    places[node.name] = nodes.count
    nodes.append(node)
    shapes[node.name] = shape
  }
}

extension Layer {
  /// A product that adds a bias.
  fileprivate var withBias: any Layer {
    if var layer = self as? Linear {
      layer.hasBias = true
      return layer
    }
    if var layer = self as? Convolution {
      layer.hasBias = true
      return layer
    }
    return self
  }
}

/// What batch norm does in evaluation: y = factor x + shift, channel by channel.
private struct NormLine {
  var factors: [Double]
  var shifts: [Double]

  init(factors: [Float]) {
    self.factors = factors.map(Double.init)
    shifts = factors.map { _ in 0 }
  }

  init(
    _ name: String, _ norm: BatchNorm, mean: [Float], variance: [Float], scale: [Float]?, shift: [Float]?
  ) throws {
    factors = variance.indices.map { i in
      Double(scale?[i] ?? 1) / (Double(variance[i]) + norm.epsilon).squareRoot()
    }
    guard factors.allSatisfy(\.isFinite) else {
      throw Problem.badData("Batch norm '\(name)' divides by zero.", remedy: "Give it a larger epsilon and train anew.")
    }
    shifts = mean.indices.map { [factors] i in Double(shift?[i] ?? 0) - factors[i] * Double(mean[i]) }
  }

  func scale(_ product: inout FoldingGraph.Node) {
    let columns = product.columns
    for unit in product.biases.indices {
      for i in unit * columns..<(unit + 1) * columns {
        product.weights[i] = Float(Double(product.weights[i]) * factors[unit])
      }
      product.biases[unit] = Float(Double(product.biases[unit]) * factors[unit] + shifts[unit])
    }
  }

  func convolution(named name: String, reading input: String) -> FoldingGraph.Node {
    FoldingGraph.Node(
      name: name, layer: Convolution(factors.count, kernel: 1, groups: factors.count), inputs: [input],
      weights: factors.map(Float.init), biases: shifts.map(Float.init))
  }
}
