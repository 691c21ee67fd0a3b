package import Analysis
package import Lanes

/// Decentralised optimisation unrolled into layers that are trained: Y' = GF(Y; S) - relu(Lin([what an agent sees, Y])) with the
/// graph filter GF = sum over k < K of c_k S^k Y (Hadou, NaderiAlizadeh & Ribeiro 2023, "Stochastic UnRolled Federated Learning",
/// arXiv:2305.15371, and its code). Without the batch norm and dropout of the code; gradients longer than 1 are shortened: ours.
package struct UnrolledNetwork: Sendable {
  package struct Shape: Sendable {
    package var layers: Int
    package var taps: Int
    /// Features of a sample with the constant, classes, and samples of a batch.
    package var features: Int
    package var classes: Int
    package var batch: Int
    package var seesGradient: Bool

    package init(layers: Int, taps: Int, features: Int, classes: Int, batch: Int, seesGradient: Bool) {
      (self.layers, self.taps, self.features) = (layers, taps, features)
      (self.classes, self.batch, self.seesGradient) = (classes, batch, seesGradient)
    }
    package var head: Int { features * classes }
    var inputs: Int { head + (seesGradient ? head : batch * (features + classes)) }
  }

  /// Mini-batches of all agents for a layer.
  package struct Batches: Sendable {
    package var inputs: [Matrix]
    package var labels: [Matrix]
  }

  package let shape: Shape
  /// Layer by layer: K numbers, 1 x 1 each, then a matrix and a row.
  package private(set) var parameters: [Matrix]
  /// Of a head; 0 where there is no weight.
  private let mask: [Double]
  private var perLayer: Int { shape.taps + 2 }

  /// Stream: `surf-layers/N` of the seed.
  package init(_ shape: Shape, mask: [Double], seed: UInt64) {
    self.shape = shape
    self.mask = mask
    parameters = (0..<shape.layers).flatMap { layer -> [Matrix] in
      var random = RandomStream(seed: seed, "surf-layers/\(layer)")
      let taps = (0..<shape.taps).map { _ in Matrix(1, 1, filledWith: 1 / Double(shape.taps)) }
      let deviation = 0.1 / Double(shape.inputs).squareRoot()
      return taps + [Matrix(shape.inputs, shape.head, normal: &random, deviation: deviation), Matrix(1, shape.head)]
    }
  }

  // MARK: forward

  /// Draws a batch an agent, sorted by label; stream as given.
  package func batches(_ task: FederatedTask, _ random: inout RandomStream) -> Batches {
    var result = Batches(inputs: [], labels: [])
    for (inputs, labels) in zip(task.inputs, task.labels) {
      var order = Array(0..<inputs.rows)
      random.shuffle(&order)
      func label(_ sample: Int) -> Int { (0..<labels.columns).first { labels[sample, $0] == 1 } ?? 0 }
      let chosen = (0..<shape.batch).map { order[$0 % order.count] }.sorted { (label($0), $0) < (label($1), $1) }
      func rows(_ matrix: Matrix) -> Matrix {
        Matrix(chosen.map { sample in (0..<matrix.columns).map { matrix[sample, $0] } })
      }
      result.inputs.append(rows(inputs))
      result.labels.append(rows(labels))
    }
    return result
  }

  /// The graph filter, sum of c_k S^k Y.
  package static func filtered(
    _ tape: Tape, _ heads: Tape.Variable, _ taps: [Tape.Variable], by weights: Matrix
  ) -> Tape.Variable {
    var power = heads, sum = tape.scaled(heads, by: taps[0])
    for tap in taps.dropFirst() {
      power = tape.mixed(power, by: [weights])
      sum = tape.sum(sum, tape.scaled(power, by: tap))
    }
    return sum
  }

  /// Heads after every layer, those at the start first.
  package func heads(
    _ tape: Tape, _ weights: [Tape.Variable], _ task: FederatedTask, _ rounds: [AgentRound], _ batches: [Batches]
  ) -> [Tape.Variable] {
    var heads = [tape.constant(task.start)]
    for layer in 0..<shape.layers {
      let own = Array(weights[layer * perLayer..<(layer + 1) * perLayer]), before = heads[layer]
      let mixed = Self.filtered(tape, before, Array(own.prefix(shape.taps)), by: rounds[layer].weights)
      let seen = tape.beside(sight(tape, before, batches[layer]), before)
      let moved = tape.relu(tape.plusRow(tape.product(seen, own[shape.taps]), own[shape.taps + 1]))
      heads.append(kept(tape, tape.difference(mixed, moved), before, rounds[layer]))
    }
    return heads
  }

  private func sight(_ tape: Tape, _ heads: Tape.Variable, _ batch: Batches) -> Tape.Variable {
    if shape.seesGradient { return HeadLoss.gradient(tape, heads, batch.inputs, batch.labels) }
    return tape.constant(
      Matrix(zip(batch.inputs, batch.labels).map { $0.values + $1.values }))
  }

  /// New heads where agents are heard, the old ones else; nothing where a head has no weight.
  private func kept(
    _ tape: Tape, _ new: Tape.Variable, _ old: Tape.Variable, _ round: AgentRound
  ) -> Tape.Variable {
    let isWhole = !mask.contains(0), isHeard = !round.isHeard.contains(0)
    if isWhole && isHeard { return new }
    let takes = Matrix(round.isHeard.map { heard in mask.map { $0 * heard } })
    let moved = tape.times(new, tape.constant(takes))
    if isHeard { return moved }
    let leaves = Matrix(round.isHeard.map { heard in mask.map { $0 * (1 - heard) } })
    return tape.sum(moved, tape.times(old, tape.constant(leaves)))
  }

  // MARK: training

  /// What a step of training saw.
  package struct Progress: Sendable {
    package var loss: Double
    package var constraints: [Double]
  }

  /// One step: Adam on the loss of the last heads plus sum of nu_l c_l, c_l = |grad f(Y_l)| / |grad f(Y_l-1)| - (1 - epsilon).
  package mutating func step(
    _ task: FederatedTask, _ weights: Matrix, duals: [Double], epsilon: Double, _ adam: inout MatrixAdam,
    _ random: inout RandomStream
  ) -> Progress {
    let tape = Tape(), trained = parameters.map { tape.parameter($0) }
    let round = AgentRound(weights: weights, isHeard: task.inputs.map { _ in 1 })
    let batches = (0..<shape.layers).map { _ in self.batches(task, &random) }
    let heads = self.heads(tape, trained, task, Array(repeating: round, count: shape.layers), batches)
    var loss = HeadLoss.testLoss(tape, heads[shape.layers], task)
    let reached = tape[loss].values[0]
    let norms = heads.map { tape.norm(HeadLoss.gradient(tape, $0, task.inputs, task.labels)) }
    var constraints: [Double] = []
    for layer in 1...shape.layers {
      let ratio = tape.quotient(norms[layer], norms[layer - 1])
      constraints.append(tape[ratio].values[0] - (1 - epsilon))
      if duals[layer - 1] > 0 { loss = tape.sum(loss, tape.scaled(ratio, by: duals[layer - 1])) }
    }
    var gradients = tape.gradients(of: loss, by: trained)
    let length = gradients.reduce(0) { $1.values.reduce($0) { $0 + $1 * $1 } }.squareRoot()
    if length > 1 {
      for i in gradients.indices { for j in gradients[i].values.indices { gradients[i].values[j] /= length } }
    }
    adam.step(&parameters, gradients)
    return Progress(loss: reached, constraints: constraints)
  }

  /// Heads of a judged task, layer by layer.
  package func run(_ task: FederatedTask, _ rounds: [AgentRound], _ random: inout RandomStream) -> [Matrix] {
    let tape = Tape(), batches = (0..<shape.layers).map { _ in self.batches(task, &random) }
    return heads(tape, parameters.map { tape.constant($0) }, task, rounds, batches).map { tape[$0] }
  }
}

/// Softmax regression of all agents.
package enum HeadLoss {
  /// Of each agent's mean cross-entropy by its head, a row an agent.
  package static func gradient(
    _ tape: Tape, _ heads: Tape.Variable, _ inputs: [Matrix], _ labels: [Matrix]
  ) -> Tape.Variable {
    let outputs = tape.softmax(tape.linear(heads, inputs: inputs))
    let wrong = tape.difference(outputs, tape.constant(Matrix(labels[0].columns, stacking: labels)))
    return tape.scaled(tape.linearTransposed(wrong, inputs: inputs), by: 1 / Double(inputs[0].rows))
  }

  /// Mean cross-entropy of all heads on the samples of the task that judge.
  package static func testLoss(_ tape: Tape, _ heads: Tape.Variable, _ task: FederatedTask) -> Tape.Variable {
    let agents = tape[heads].rows
    let outputs = tape.softmax(tape.linear(heads, inputs: Array(repeating: task.testInputs, count: agents)))
    let labels = Matrix(
      task.testLabels.columns, stacking: Array(repeating: task.testLabels, count: agents))
    let right = tape.times(tape.logarithm(outputs), tape.constant(labels))
    return tape.scaled(tape.total(right), by: -1 / Double(agents * task.testInputs.rows))
  }

  /// Share of the judging samples whose largest output is the label's, over all heads.
  package static func accuracy(_ heads: Matrix, _ task: FederatedTask) -> Double {
    let width = task.testInputs.columns, classes = task.testLabels.columns
    var right = 0
    for agent in 0..<heads.rows {
      let head = Matrix(width, classes, Array(heads.values[agent * heads.columns..<(agent + 1) * heads.columns]))
      let outputs = task.testInputs * head
      for sample in 0..<outputs.rows {
        let best = (0..<classes).reduce(0) { outputs[sample, $1] > outputs[sample, $0] ? $1 : $0 }
        if task.testLabels[sample, best] == 1 { right += 1 }
      }
    }
    return Double(right) / Double(heads.rows * task.testInputs.rows)
  }
}

extension Matrix {
  init(_ columns: Int, stacking blocks: [Matrix]) {
    self.init(blocks.reduce(0) { $0 + $1.rows }, columns, blocks.flatMap(\.values))
  }
}
