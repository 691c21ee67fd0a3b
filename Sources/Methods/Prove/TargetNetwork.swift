import Basics
package import Networks

/// A fully connected network of rectified units as matrices in double precision: what is approximated.
package struct TargetNetwork: Sendable {
  package struct Layer: Sendable {
    package var name: String
    package var inputs: Int
    /// [outputs][inputs].
    package var weights: [Double]
    /// One an output; zeros where the layer has none.
    package var biases: [Double]
    /// Whether a rectifier follows.
    package var isRectified: Bool
    package var outputs: Int { biases.count }

    package init(name: String, inputs: Int, weights: [Double], biases: [Double], isRectified: Bool) {
      precondition(weights.count == inputs * biases.count, "\(weights.count) weights of \(inputs) x \(biases.count)")
      (self.name, self.inputs, self.weights, self.biases) = (name, inputs, weights, biases)
      self.isRectified = isRectified
    }
  }

  package var layers: [Layer]

  package init(_ layers: [Layer]) { self.layers = layers }

  /// - Throws: `Problem.usage` if there is anything but linear layers and rectifiers, one after the other.
  package static func check(_ architecture: Architecture) throws {
    var before = Architecture.inputName
    for node in architecture.nodes {
      let isKnown = node.layer is Linear || (node.layer is Rectifier && before != Architecture.inputName)
      guard isKnown, node.inputs == [before] else {
        throw Problem.usage(
          """
          \(architecture.name) cannot be proven: node '\(node.name)' (\(type(of: node.layer).kind)) is no part of a chain \
          of linear layers and rectifiers.
          """,
          remedy: "Use a fully connected network such as mlp:500 or lenet-300-100, or a graph of 'linear' and 'relu'.")
      }
      before = node.name
    }
  }

  /// - Throws: as `check`, and `Problem.badData` if a weight is no finite number.
  package init(_ architecture: Architecture, _ parameters: Parameters) throws {
    try Self.check(architecture)
    guard parameters.values.allSatisfy(\.isFinite) else {
      throw Problem.badData(
        "The target has weights that are no finite numbers: its training diverged.",
        remedy: "Train it with a smaller --lr.")
    }
    layers = []
    for node in architecture.nodes {
      guard let linear = node.layer as? Linear else {
        layers[layers.count - 1].isRectified = true
        continue
      }
      let tensors = architecture.layout.entries(of: node.name).map { parameters.values[$0.range].map(Double.init) }
      layers.append(
        Layer(
          name: node.name, inputs: architecture.inputShapes(of: node)[0].count, weights: tensors[0],
          biases: linear.hasBias ? tensors[1] : [Double](repeating: 0, count: linear.outputs), isRectified: false))
    }
  }

  /// The same function of u, where x = origin + scale u: the first layer's weights take up the scale, its biases the origin.
  package func reading(origin: [Double], scale: [Double]) -> TargetNetwork {
    var result = self
    let first = layers[0]
    for output in first.biases.indices {
      for input in 0..<first.inputs {
        let place = output * first.inputs + input
        result.layers[0].biases[output] += first.weights[place] * origin[input]
        result.layers[0].weights[place] = first.weights[place] * scale[input]
      }
    }
    return result
  }

  /// Weights that are not zero, and biases of layers that have any.
  package var parameterCount: Int { layers.reduce(0) { $0 + $1.parameterCount } }

  /// The network as it is computed.
  package var network: LayeredNetwork {
    LayeredNetwork(
      layers.map { layer in
        LayeredNetwork.Layer(
          inputs: layer.inputs,
          rows: (0..<layer.outputs).map { output in
            (0..<layer.inputs).compactMap { input in
              let weight = layer.weights[output * layer.inputs + input]
              return weight == 0 ? nil : (input, weight)
            }
          }, biases: layer.biases, isRectified: layer.isRectified)
      })
  }
}

extension TargetNetwork.Layer {
  package var parameterCount: Int {
    weights.count { $0 != 0 } + (biases.contains { $0 != 0 } ? biases.count : 0)
  }
}
