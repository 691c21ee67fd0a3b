import Analysis
import Lanes
import Networks

/// A sub-network as predictors see it.
struct SubnetGraph {
  /// [node][feature]; zeros where a layer is dropped.
  var features: Matrix
  /// D^-1/2 (A + I) D^-1/2 of the layers that are there, [node][node].
  var propagation: Matrix
  /// 1 / layers that are there, 1 x nodes.
  var pooling: Matrix
}

/// Turns sub-networks into features of their layers, and into heuristics.
struct SubnetFeatures {
  private struct Kept {
    /// Of the layer's sum of |w|.
    var share: Double
    var mean: Double
  }
  private let space: SubnetSpace
  private let kept: [[Kept]]
  private let fixed: [[Double]]

  /// - Parameters:
  ///   - weights: What magnitudes are taken of.
  ///   - scores: Which weights stay; see `SubnetSpace.mask`.
  init(_ space: SubnetSpace, weights: Parameters, scores: [Float]) {
    self.space = space
    let masks = space.rates.indices.map { rate in
      space.mask(SubnetConfiguration(choices: space.entries.map { _ in rate }, dropped: []), scores: scores)
    }
    kept = space.entries.map { entry in
      let whole = entry.range.reduce(0.0) { $0 + Double(abs(weights.values[$1])) }
      return masks.map { mask in
        let sum = entry.range.reduce(0.0) { $0 + (mask.keeps[$1] ? Double(abs(weights.values[$1])) : 0) }
        return Kept(share: sum / max(whole, 1e-30), mean: sum / Double(max(1, mask.remaining(in: entry))))
      }
    }
    let last = Double(max(1, space.entries.count - 1))
    fixed = space.entries.enumerated().map { i, entry in
      let sizes = entry.shape.dimensions, sum = entry.range.reduce(0.0) { $0 + Double(abs(weights.values[$1])) }
      return [
        1, sizes.count > 2 ? 1 : 0, Double(i) / last, Deterministic.log(Double(sizes[0])),
        Deterministic.log(Double(entry.shape.fanIn)), Deterministic.log(Double(entry.count)), sum / Double(entry.count),
      ]
    }
  }

  /// Presence, type, depth, log of outputs, inputs and weights, and mean |w| of the layer; then rate, its logarithm, log of the
  /// weights that stay, and their mean |w|.
  static let names = [
    "present", "convolution", "depth", "log outputs", "log fan in", "log weights", "mean |w|", "keep rate",
    "log keep rate", "log kept weights", "mean kept |w|",
  ]

  func graph(_ configuration: SubnetConfiguration, edges: [(from: Int, to: Int)]) -> SubnetGraph {
    let n = space.entries.count
    let rows = configuration.choices.enumerated().map { i, choice -> [Double] in
      guard choice >= 0 else { return [Double](repeating: 0, count: Self.names.count) }
      let rate = space.rates[choice], count = Double(space.count(i, choice))
      return fixed[i] + [rate, Deterministic.log(rate), Deterministic.log(count), kept[i][choice].mean]
    }
    var adjacency = Matrix(n, n), present = 0.0
    for (i, choice) in configuration.choices.enumerated() where choice >= 0 {
      adjacency[i, i] = 1
      present += 1
    }
    for edge in edges { (adjacency[edge.from, edge.to], adjacency[edge.to, edge.from]) = (1, 1) }
    let degrees = (0..<n).map { i in (0..<n).reduce(0) { $0 + adjacency[i, $1] } }
    for i in 0..<n {
      for j in 0..<n where adjacency[i, j] > 0 { adjacency[i, j] /= (degrees[i] * degrees[j]).squareRoot() }
    }
    let pooling = configuration.choices.map { $0 >= 0 ? 1 / max(present, 1) : 0 }
    return SubnetGraph(features: Matrix(rows), propagation: adjacency, pooling: Matrix([pooling]))
  }

  /// Features of all layers in one row.
  static func row(_ graph: SubnetGraph) -> [Double] { graph.features.values }

  // MARK: heuristics

  static let heuristics = ["kept magnitude", "least kept magnitude", "log kept magnitude", "kept weights"]

  /// The share of all |w| that stays, layer by layer: its mean, its minimum and the mean of its logarithms; and the number of
  /// weights. Layers of dropped blocks do not count for the first three.
  func heuristics(_ configuration: SubnetConfiguration) -> [Double] {
    let shares = configuration.choices.enumerated().filter { $0.element >= 0 }.map { kept[$0.offset][$0.element].share }
    let n = Double(max(1, shares.count))
    return [
      shares.reduce(0, +) / n, shares.min() ?? 0,
      shares.reduce(0) { $0 + Deterministic.log(max($1, 1e-12)) } / n, Double(space.weights(configuration)),
    ]
  }
}
