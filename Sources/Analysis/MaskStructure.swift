import Basics
import Foundation
public import Networks

/// What a mask leaves of a network's linear and convolutional layers: units (of a convolution, output channels) that are dead, and weights that lie on no path.
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

  /// Walks the graph from the input to the output and back. Convolutions connect whole channels. A node without weights that
  /// keeps the number of values passes them on one by one; one that keeps the channels passes those on; a join has its inputs
  /// one after the other.
  public init(_ mask: Mask, _ architecture: Architecture) {
    let reached = Self.reached(mask, architecture), useful = Self.useful(mask, architecture)
    layers = architecture.nodes.compactMap { node in
      guard let weights = Connections(mask, node, architecture) else { return nil }
      let inputs = Self.gathered(
        zip(reached[node.inputs[0]]!, useful[node.inputs[0]]!).map { $0 && $1 }, weights.inputs)
      let alive = Self.gathered(zip(reached[node.name]!, useful[node.name]!).map { $0 && $1 }, weights.outputs)
      return Layer(
        name: node.name, weights: weights.entry.count, remaining: mask.remaining(in: weights.entry),
        effective: weights.count { output, input in alive[output] && inputs[input] },
        units: alive.count, deadUnits: alive.reduce(0) { $0 + ($1 ? 0 : 1) })
    }
  }

  /// One value for each of `count` equal stretches: whether any of its values holds.
  private static func gathered(_ values: [Bool], _ count: Int) -> [Bool] {
    let length = values.count / count
    return length == 1 ? values : (0..<count).map { values[$0 * length..<($0 + 1) * length].contains(true) }
  }

  /// The reverse: every value repeated so that there are `count`.
  private static func spread(_ values: [Bool], _ count: Int) -> [Bool] {
    let length = count / values.count
    return length == 1 ? values : values.flatMap { [Bool](repeating: $0, count: length) }
  }

  /// By node, the values that a path from the input reaches.
  private static func reached(_ mask: Mask, _ architecture: Architecture) -> [String: [Bool]] {
    var reached = [Architecture.inputName: [Bool](repeating: true, count: architecture.input.count)]
    for node in architecture.nodes {
      let count = architecture.shapes[node.name]!.count, inputs = node.inputs.map { reached[$0]! }
      if let weights = Connections(mask, node, architecture) {
        reached[node.name] = spread(weights.reached(from: gathered(inputs[0], weights.inputs)), count)
      } else if node.layer is Join {
        reached[node.name] = inputs.flatMap(\.self)
      } else if inputs.allSatisfy({ $0.count == count }) {
        reached[node.name] = (0..<count).map { i in inputs.contains { $0[i] } }
      } else {
        let channels = architecture.shapes[node.name]!.channels
        reached[node.name] = spread(gathered(inputs[0], channels), count)
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
      var first = 0
      for input in node.inputs {
        let before = useful[input]!
        if let weights = Connections(mask, node, architecture) {
          let leading = weights.leading(to: gathered(outputs, weights.outputs))
          useful[input] = zip(before, spread(leading, before.count)).map { $0 || $1 }
        } else if node.layer is Join {
          useful[input] = zip(before, outputs[first..<first + before.count]).map { $0 || $1 }
          first += before.count
        } else if before.count == outputs.count {
          useful[input] = zip(before, outputs).map { $0 || $1 }
        } else {
          let channels = gathered(outputs, architecture.shapes[node.name]!.channels)
          useful[input] = zip(before, spread(channels, before.count)).map { $0 || $1 }
        }
      }
    }
    return useful
  }
}

/// Which of a layer's inputs and outputs its surviving weights connect: features, or whole channels of a convolution.
private struct Connections {
  let mask: Mask
  let entry: ParameterLayout.Entry
  let outputs: Int
  let inputs: Int
  /// Inputs that an output may read: its group's.
  private let columns: Int
  private let outputsPerGroup: Int
  /// Weights between an input and an output.
  private let taps: Int

  /// `nil` for a node without weights.
  init?(_ mask: Mask, _ node: Architecture.Node, _ architecture: Architecture) {
    guard let entry = mask.layout.entries(of: node.name).first(where: \.isPrunable) else { return nil }
    self.mask = mask
    self.entry = entry
    (outputs, columns) = (entry.shape.dimensions[0], entry.shape.dimensions[1])
    inputs = entry.shape.dimensions.count > 2 ? architecture.shapes[node.inputs[0]]!.channels : columns
    outputsPerGroup = outputs / (inputs / columns)
    taps = entry.count / outputs / columns
  }

  private func input(_ output: Int, _ column: Int) -> Int { output / outputsPerGroup * columns + column }

  /// Whether any of the weights between an output and a column lives.
  private func isConnected(_ output: Int, _ column: Int) -> Bool {
    let first = entry.offset + (output * columns + column) * taps
    return (first..<first + taps).contains { mask.keeps[$0] }
  }

  /// Outputs with a living weight to one of the inputs.
  func reached(from live: [Bool]) -> [Bool] {
    (0..<outputs).map { output in
      (0..<columns).contains { live[input(output, $0)] && isConnected(output, $0) }
    }
  }

  /// Inputs with a living weight to one of the outputs.
  func leading(to live: [Bool]) -> [Bool] {
    var result = [Bool](repeating: false, count: inputs)
    for output in 0..<outputs where live[output] {
      for column in 0..<columns where isConnected(output, column) { result[input(output, column)] = true }
    }
    return result
  }

  /// Surviving weights whose output and input fulfil a condition.
  func count(where counts: (_ output: Int, _ input: Int) -> Bool) -> Int {
    entry.range.reduce(0) { total, i in
      let pair = (i - entry.offset) / taps, output = pair / columns
      return total + (mask.keeps[i] && counts(output, input(output, pair % columns)) ? 1 : 0)
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
    atEntropy = weights + Int(Self.maskEntropy(mask))
  }

  /// The sum over layers of N H(k / N), for k of N weights kept, in bits.
  public static func maskEntropy(_ mask: Mask) -> Double {
    mask.layout.prunable.reduce(0.0) { $0 + Double($1.count) * entropy(mask.density(of: $1)) }
  }
}

/// Entropy of a coin in bits.
private func entropy(_ p: Double) -> Double { p <= 0 || p >= 1 ? 0 : -p * log2(p) - (1 - p) * log2(1 - p) }
