package import Analysis

/// What unrolled layers are compared with: each gives the heads of all agents after every round.
package struct FederatedBaselines {
  package let task: FederatedTask
  package let rounds: [AgentRound]
  /// Exchanges of a layer.
  package let exchanges: Int
  package let mask: [Double]

  package init(task: FederatedTask, rounds: [AgentRound], exchanges: Int, mask: [Double]) {
    (self.task, self.rounds, self.exchanges, self.mask) = (task, rounds, exchanges, mask)
  }

  private func gradient(_ heads: Matrix) -> Matrix {
    let tape = Tape()
    return tape[HeadLoss.gradient(tape, tape.constant(heads), task.inputs, task.labels)]
  }

  private func moved(_ heads: Matrix, by rate: Double, along gradient: Matrix, heard: [Double]? = nil) -> Matrix {
    var result = heads
    for i in result.values.indices {
      let agent = i / heads.columns
      result.values[i] -= rate * gradient.values[i] * mask[i % mask.count] * (heard?[agent] ?? 1)
    }
    return result
  }

  /// Decentralised gradient descent, Y' = S Y - rate grad f(Y) with all samples of an agent (Nedic & Ozdaglar 2009), once an
  /// exchange.
  package func decentralised(rate: Double, from start: Matrix) -> [Matrix] {
    var heads = start, all = [start]
    for round in rounds {
      for _ in 0..<exchanges {
        heads = moved(round.weights * heads, by: rate, along: gradient(heads), heard: round.isHeard)
      }
      all.append(heads)
    }
    return all
  }

  /// Federated averaging (McMahan et al. 2017, arXiv:1602.05629): a server's head, five local steps on all samples of every
  /// agent that is heard, and their mean, once an exchange.
  package func averaged(rate: Double, from start: Matrix) -> [Matrix] {
    var head = mean(start, heard: start.rows == 0 ? [] : Array(repeating: 1, count: start.rows)), all = [start]
    for round in rounds {
      for _ in 0..<exchanges where round.isHeard.contains(1) {
        var local = head
        for _ in 0..<5 { local = moved(local, by: rate, along: gradient(local)) }
        head = mean(local, heard: round.isHeard)
      }
      all.append(head)
    }
    return all
  }

  /// The mean head of those that are heard, for everyone.
  private func mean(_ heads: Matrix, heard: [Double]) -> Matrix {
    let count = heard.reduce(0, +)
    return Matrix(heads.rows, heads.rows, (0..<heads.rows * heads.rows).map { heard[$0 % heads.rows] / count }) * heads
  }

  /// Descent on the samples of all agents together, from zero: what heads can reach.
  package func pooled(steps: Int = 200, rate: Double = 1) -> Matrix {
    var heads = Matrix(task.start.rows, task.start.columns)
    let equal = heads.rows
    for _ in 0..<steps {
      let all = mean(gradient(heads), heard: Array(repeating: 1, count: equal))
      heads = moved(heads, by: rate, along: all)
    }
    return heads
  }
}
