package import Analysis
package import Lanes

/// Who exchanges with whom, in both directions.
package struct AgentGraph: Equatable, Sendable {
  /// Ascending.
  package let neighbours: [[Int]]
  package var agents: Int { neighbours.count }
  /// Messages of a round: one for each direction of each edge.
  package var messages: Int { neighbours.reduce(0) { $0 + $1.count } }

  /// Each agent with those before and behind it.
  package init(ring agents: Int) {
    self.init((0..<agents).map { Set([($0 + 1) % agents, ($0 + agents - 1) % agents]).sorted() })
  }

  /// A random graph in which each has `degree` neighbours and all are connected: ends of edges are paired at random until
  /// there is no loop and no edge twice; a ring where that fails a thousand times.
  ///
  /// - Precondition: `agents * degree` is even, and `degree` below `agents`.
  package init(regular agents: Int, degree: Int, _ random: inout RandomStream) {
    precondition(agents * degree % 2 == 0 && degree < agents, "\(agents) agents of degree \(degree)")
    for _ in 0..<1000 {
      var ends = (0..<agents * degree).map { $0 % agents }, sets = [Set<Int>](repeating: [], count: agents)
      random.shuffle(&ends)
      for i in stride(from: 0, to: ends.count, by: 2) where ends[i] != ends[i + 1] {
        sets[ends[i]].insert(ends[i + 1])
        sets[ends[i + 1]].insert(ends[i])
      }
      let isSimple = sets.allSatisfy { $0.count == degree }, found = sets.map { $0.sorted() }
      guard isSimple, Self.isConnected(found) else { continue }
      self.init(found)
      return
    }
    self.init(ring: agents)
  }

  private init(_ neighbours: [[Int]]) { self.neighbours = neighbours }

  private static func isConnected(_ neighbours: [[Int]]) -> Bool {
    var seen: Set<Int> = [0], queue = [0]
    while let next = queue.popLast() {
      for other in neighbours[next] where seen.insert(other).inserted { queue.append(other) }
    }
    return seen.count == neighbours.count
  }

  /// Metropolis weights: 1 / (1 + the larger degree) to each neighbour and the rest to oneself, so that rows and columns add up
  /// to 1; nothing passes to or from silent agents (Xiao & Boyd 2004).
  package func weights(silent: Set<Int> = []) -> Matrix {
    var result = Matrix(agents, agents)
    for i in 0..<agents {
      var rest = 1.0
      for j in neighbours[i] where !silent.contains(i) && !silent.contains(j) {
        result[i, j] = 1 / Double(1 + max(neighbours[i].count, neighbours[j].count))
        rest -= result[i, j]
      }
      result[i, i] = rest
    }
    return result
  }
}

/// What a round of exchange meets.
package struct AgentRound: Sendable {
  package var weights: Matrix
  /// 0 for a silent agent, whose head stays as it is.
  package var isHeard: [Double]

  package init(weights: Matrix, isHeard: [Double]) { (self.weights, self.isHeard) = (weights, isHeard) }
}

extension SurfSettings {
  /// The graph of a seed. Stream: `surf-graph`.
  func agentGraph(_ random: inout RandomStream) -> AgentGraph {
    graph == .ring ? AgentGraph(ring: agents) : AgentGraph(regular: agents, degree: degree, &random)
  }

  /// The rounds of a judged task, with failures and drift. Stream: `surf-rounds/TASK`.
  func agentRounds(from graph: AgentGraph, task: String, seed: UInt64) -> [AgentRound] {
    var random = RandomStream(seed: seed, "surf-rounds/\(task)"), graph = graph
    return (0..<layers).map { _ in
      if drift > 0, random.nextUniform() < drift {
        // A ring drifts by its agents changing places.
        graph = self.graph == .ring ? graph.shuffled(&random) : agentGraph(&random)
      }
      let silent = failure == 0 ? [] : Set((0..<agents).filter { _ in random.nextUniform() < failure })
      return AgentRound(
        weights: graph.weights(silent: silent), isHeard: (0..<agents).map { silent.contains($0) ? 0 : 1 })
    }
  }
}

extension AgentGraph {
  /// The same graph with agents in other places.
  package func shuffled(_ random: inout RandomStream) -> AgentGraph {
    let order = random.permutation(of: agents).map(Int.init)
    var moved = [[Int]](repeating: [], count: agents)
    for (i, others) in neighbours.enumerated() { moved[order[i]] = others.map { order[$0] }.sorted() }
    return AgentGraph(moved)
  }
}
