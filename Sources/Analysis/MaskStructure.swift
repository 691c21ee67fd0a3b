import Foundation
public import Networks

/// What a mask leaves of a fully connected network: units that are dead, and weights that lie on no path.
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

  /// Walks the linear layers in order: a chain, as all fully connected models here are.
  public init(_ mask: Mask, _ architecture: Architecture) {
    let entries = mask.layout.prunable
    var reached = [[Bool](repeating: true, count: entries.first?.shape.dimensions[1] ?? 0)]
    for entry in entries { reached.append(Self.forward(mask, entry, reached.last!)) }
    var useful = [[Bool](repeating: true, count: entries.last?.shape.dimensions[0] ?? 0)]
    for entry in entries.reversed() { useful.insert(Self.backward(mask, entry, useful[0]), at: 0) }
    layers = entries.enumerated().map { i, entry in
      let alive = zip(reached[i + 1], useful[i + 1]).map { $0 && $1 }
      return Layer(
        name: entry.layer, weights: entry.count, remaining: mask.remaining(in: entry),
        effective: Self.count(mask, entry) { row, column in alive[row] && reached[i][column] && useful[i][column] },
        units: alive.count, deadUnits: alive.reduce(0) { $0 + ($1 ? 0 : 1) })
    }
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
    atEntropy = weights + Int(mask.layout.prunable.reduce(0.0) { $0 + Double($1.count) * entropy(mask.density(of: $1)) })
  }
}


/// Entropy of a coin in bits.
private func entropy(_ p: Double) -> Double { p <= 0 || p >= 1 ? 0 : -p * log2(p) - (1 - p) * log2(1 - p) }
