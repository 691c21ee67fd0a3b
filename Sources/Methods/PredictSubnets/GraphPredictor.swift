package import Analysis
import Lanes

/// A graph convolutional network that predicts one number of a graph: H' = relu(D^-1/2 (A + I) D^-1/2 H W + b), the mean over
/// the nodes, a linear layer (Kipf & Welling 2017, arXiv:1609.02907; its use for sub-networks Chen et al. 2020,
/// arXiv:2004.08423). Width, depth, Adam, decay and the standardisation of features are ours.
package struct GraphPredictor {
  /// Graphs of as many nodes each.
  package struct Graphs {
    /// [graph and node][feature].
    package var features: Matrix
    /// [node][node] of each graph, and 1 x nodes.
    package var propagations: [Matrix]
    package var poolings: [Matrix]

    package init(features: Matrix, propagations: [Matrix], poolings: [Matrix]) {
      (self.features, self.propagations, self.poolings) = (features, propagations, poolings)
    }
  }

  package struct Recipe {
    package var width = 32
    package var layers = 2
    package var steps = 400
    package var rate = 0.01
    /// Of the pairwise hinge max(0, 0.1 - (p_i - p_j)) over y_i > y_j, targets having deviation 1.
    package var rank = 0.0
    package init() {}
  }

  private var parameters: [Matrix] = []
  private var means: [Double] = []
  private var scales: [Double] = []
  private var level = (mean: 0.0, deviation: 1.0)

  /// Fits by squared error, all graphs a step. Stream: `subnet-gcn/N` of the seed, N the layer.
  package init(_ graphs: Graphs, _ targets: [Double], _ recipe: Recipe, seed: UInt64) {
    let n = Double(graphs.features.rows), features = graphs.features
    means = (0..<features.columns).map { j in (0..<features.rows).reduce(0) { $0 + features[$1, j] } / n }
    scales = (0..<features.columns).map { j in
      let variance =
        (0..<features.rows).reduce(0) { sum, i in
          let d = features[i, j] - means[j]
          return sum + d * d
        } / n
      return variance > 1e-18 ? 1 / variance.squareRoot() : 0
    }
    let count = Double(targets.count), mean = targets.reduce(0, +) / count
    let variance = targets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    level = (mean, max(variance.squareRoot(), 1e-12))
    var width = features.columns
    for layer in 0...recipe.layers {
      let out = layer == recipe.layers ? 1 : recipe.width
      var random = RandomStream(seed: seed, "subnet-gcn/\(layer)")
      let deviation = ((layer == recipe.layers ? 1 : 2) / Double(width)).squareRoot()
      parameters += [Matrix(width, out, normal: &random, deviation: deviation), Matrix(1, out)]
      width = out
    }
    fit(graphs, targets.map { ($0 - level.mean) / level.deviation }, recipe)
  }

  private mutating func fit(_ graphs: Graphs, _ targets: [Double], _ recipe: Recipe) {
    var adam = MatrixAdam(rate: recipe.rate, decay: 1e-3)
    let column = Matrix(targets.map { [$0] })
    for step in 0..<recipe.steps {
      let tape = Tape(), weights = parameters.map { tape.parameter($0) }
      let predicted = output(tape, weights, graphs)
      let error = tape.difference(predicted, tape.constant(column))
      var loss = tape.mean(tape.times(error, error))
      if recipe.rank > 0 { loss = tape.sum(loss, tape.scaled(hinge(tape, predicted, targets), by: recipe.rank)) }
      adam.rate = recipe.rate * Deterministic.cosineFall(step, of: recipe.steps)
      adam.step(&parameters, tape.gradients(of: loss, by: weights))
    }
  }

  /// The mean over pairs with y_i > y_j.
  private func hinge(_ tape: Tape, _ predicted: Tape.Variable, _ targets: [Double]) -> Tape.Variable {
    let n = targets.count
    let isAbove = Matrix(targets.map { a in targets.map { a > $0 ? 1 : 0 } })
    let pairs = max(1, isAbove.values.reduce(0, +)), ones = tape.constant(Matrix(1, n, filledWith: 1))
    let rows = tape.product(predicted, ones)
    let gaps = tape.difference(rows, tape.transposed(rows))
    let short = tape.relu(tape.difference(tape.constant(Matrix(n, n, filledWith: 0.1)), gaps))
    return tape.scaled(tape.total(tape.times(short, tape.constant(isAbove))), by: 1 / pairs)
  }

  /// [graph][1], standardised.
  private func output(_ tape: Tape, _ weights: [Tape.Variable], _ graphs: Graphs) -> Tape.Variable {
    var scaled = graphs.features
    for i in scaled.values.indices {
      let j = i % scaled.columns
      scaled.values[i] = (scaled.values[i] - means[j]) * scales[j]
    }
    var hidden = tape.constant(scaled)
    for layer in 0..<weights.count / 2 - 1 {
      let mixed = tape.mixed(hidden, by: graphs.propagations)
      hidden = tape.relu(tape.plusRow(tape.product(mixed, weights[2 * layer]), weights[2 * layer + 1]))
    }
    let pooled = tape.mixed(hidden, by: graphs.poolings)
    return tape.plusRow(tape.product(pooled, weights[weights.count - 2]), weights[weights.count - 1])
  }

  /// One number a graph.
  package func predicted(_ graphs: Graphs) -> [Double] {
    let tape = Tape()
    let output = output(tape, parameters.map { tape.constant($0) }, graphs)
    return tape[output].values.map { level.mean + level.deviation * $0 }
  }
}

extension GraphPredictor.Graphs {
  init(_ graphs: [SubnetGraph]) {
    let columns = graphs.first?.features.columns ?? 0
    let values = graphs.flatMap(\.features.values)
    self.init(
      features: Matrix(columns == 0 ? 0 : values.count / columns, columns, values),
      propagations: graphs.map(\.propagation),
      poolings: graphs.map(\.pooling))
  }
}
