import Foundation
public import Networks

/// What a mask leaves of a network's fully connected layers: units that are dead, and weights that lie on no path.
public struct MaskStructure: Equatable, Sendable {
  public struct Layer: Equatable, Sendable {
    public var name: String
    public var weights: Int
    public var remaining: Int
    /// Survivors on a path from an input to an output.
    public var effective: Int
    public var units: Int
    /// Units that no path from the input reaches, or that reach no output.
    public var deadUnits: Int
  }

  public let layers: [Layer]
  public var remaining: Int { layers.reduce(0) { $0 + $1.remaining } }
  public var effective: Int { layers.reduce(0) { $0 + $1.effective } }

  /// Walks the graph from the input to the output and back. A node without weights that keeps the number of values passes
  /// them on one by one; one that changes their number counts as connecting all with all.
  public init(_ mask: Mask, _ architecture: Architecture) {
    let reached = Self.reached(mask, architecture), useful = Self.useful(mask, architecture)
    layers = architecture.nodes.compactMap { node in
      guard let entry = Self.weights(mask, node) else { return nil }
      let inputs = zip(reached[node.inputs[0]]!, useful[node.inputs[0]]!).map { $0 && $1 }
      let alive = zip(reached[node.name]!, useful[node.name]!).map { $0 && $1 }
      return Layer(
        name: entry.layer, weights: entry.count, remaining: mask.remaining(in: entry),
        effective: Self.count(mask, entry) { row, column in alive[row] && inputs[column] },
        units: alive.count, deadUnits: alive.reduce(0) { $0 + ($1 ? 0 : 1) })
    }
  }

  private static func weights(_ mask: Mask, _ node: Architecture.Node) -> ParameterLayout.Entry? {
    mask.layout.entries(of: node.name).first { $0.isPrunable && $0.shape.dimensions.count == 2 }
  }

  /// By node, the values that a path from the input reaches.
  private static func reached(_ mask: Mask, _ architecture: Architecture) -> [String: [Bool]] {
    var reached = [Architecture.inputName: [Bool](repeating: true, count: architecture.input.count)]
    for node in architecture.nodes {
      let count = architecture.shapes[node.name]!.count, inputs = node.inputs.map { reached[$0]! }
      if let entry = weights(mask, node) {
        reached[node.name] = forward(mask, entry, inputs[0])
      } else if inputs.allSatisfy({ $0.count == count }) {
        reached[node.name] = (0..<count).map { i in inputs.contains { $0[i] } }
      } else {
        reached[node.name] = [Bool](repeating: inputs.contains { $0.contains(true) }, count: count)
      }
    }
    return reached
  }

  /// By node, the values from which a path leads to the output.
  private static func useful(_ mask: Mask, _ architecture: Architecture) -> [String: [Bool]] {
    var useful = architecture.shapes.mapValues { [Bool](repeating: false, count: $0.count) }
    useful[architecture.outputName] = [Bool](repeating: true, count: architecture.output.count)
    for node in architecture.nodes.reversed() {
      let outputs = useful[node.name]!
      for input in node.inputs {
        let before = useful[input]!
        if let entry = weights(mask, node) {
          useful[input] = zip(before, backward(mask, entry, outputs)).map { $0 || $1 }
        } else if before.count == outputs.count {
          useful[input] = zip(before, outputs).map { $0 || $1 }
        } else {
          useful[input] = before.map { $0 || outputs.contains(true) }
        }
      }
    }
    return useful
  }

  private static func forward(_ mask: Mask, _ entry: ParameterLayout.Entry, _ inputs: [Bool]) -> [Bool] {
    (0..<entry.shape.dimensions[0]).map { row in
      inputs.indices.contains { inputs[$0] && mask.keeps[entry.offset + row * inputs.count + $0] }
    }
  }

  private static func backward(_ mask: Mask, _ entry: ParameterLayout.Entry, _ outputs: [Bool]) -> [Bool] {
    let columns = entry.shape.dimensions[1]
    return (0..<columns).map { column in
      outputs.indices.contains { outputs[$0] && mask.keeps[entry.offset + $0 * columns + column] }
    }
  }

  private static func count(
    _ mask: Mask, _ entry: ParameterLayout.Entry, where counts: (Int, Int) -> Bool
  ) -> Int {
    let columns = entry.shape.dimensions[1]
    return entry.range.reduce(0) { total, i in
      let place = i - entry.offset
      return total + (mask.keeps[i] && counts(place / columns, place % columns) ? 1 : 0)
    }
  }
}

/// Bits that a sparse network takes: weights of 32 bits, and the mask.
public struct StorageBits: Equatable, Sendable {
  /// One bit a prunable weight plus the weights.
  public var withBitmap: Int
  /// The mask at its entropy, layer by layer, plus the weights: what no lossless code of independent bits undercuts.
  public var atEntropy: Int
  /// All weights of the dense network.
  public var dense: Int

  public init(_ mask: Mask) {
    let others = mask.layout.count - mask.layout.prunableCount
    let weights = 32 * (mask.remaining + others)
    withBitmap = mask.layout.prunableCount + weights
    dense = 32 * mask.layout.count
    let bits = mask.layout.prunable.reduce(0.0) { $0 + Double($1.count) * entropy(mask.density(of: $1)) }
    atEntropy = weights + Int(bits)
  }
}

/// Entropy of a coin in bits.
private func entropy(_ p: Double) -> Double { p <= 0 || p >= 1 ? 0 : -p * log2(p) - (1 - p) * log2(1 - p) }
