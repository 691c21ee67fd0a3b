import Analysis
import Basics
import Datasets
import Experiments
import Lanes
import Tickets
import Training

/// What one seed does for one way of learning heads.
struct SurfWork {
  let settings: SurfSettings
  let bench: Bench<Surf.Material>
  private let draw: TaskDraw
  private let graph: AgentGraph
  private let subsets: (training: [[Int]], heldOut: [[Int]], outside: [[Int]])

  init(settings: SurfSettings, bench: Bench<Surf.Material>) {
    (self.settings, self.bench) = (settings, bench)
    let material = bench.material, head = (settings.features + 1) * settings.classes
    var random = RandomStream(seed: bench.seed, "surf-graph")
    graph = settings.agentGraph(&random)
    var draw = TaskDraw(settings: settings, seed: bench.seed, mask: [Double](repeating: 1, count: head))
    subsets = draw.subsets(of: material.data.dataset.classCount)
    draw.mask = Self.mask(settings, draw, subsets.training, material.train)
    self.draw = draw
  }

  /// The weights of a head that exist: of heads of up to ten training tasks, learned from all samples in one place, the largest
  /// mean |w|; of equal ones the earlier.
  private static func mask(
    _ settings: SurfSettings, _ draw: TaskDraw, _ subsets: [[Int]], _ split: FeatureSplit
  ) -> [Double] {
    guard settings.keptWeights < draw.mask.count else { return draw.mask }
    var sizes = [Double](repeating: 0, count: draw.mask.count)
    for number in 0..<min(10, settings.tasks) {
      let task = draw.task("train/\(number)", subsets, split)
      let head = FederatedBaselines(task: task, rounds: [], exchanges: 1, mask: draw.mask).pooled()
      for i in sizes.indices { sizes[i] += head.values[i].magnitude }
    }
    let kept = Set(sizes.indices.sorted { (-sizes[$0], $0) < (-sizes[$1], $1) }.prefix(settings.keptWeights))
    return sizes.indices.map { kept.contains($0) ? 1 : 0 }
  }

  // MARK: tasks

  private struct Judged {
    var name: String
    var task: FederatedTask
    var rounds: [AgentRound]
  }

  private func judged(_ kind: String, _ subsets: [[Int]], scale: Double = 1) -> [Judged] {
    (0..<settings.heldOut).map { number in
      let name = "\(kind)/\(number)", task = draw.task(name, subsets, bench.material.test, scale: scale)
      return Judged(
        name: name, task: task, rounds: settings.agentRounds(from: graph, task: name, seed: bench.seed))
    }
  }

  /// Of the training family, for tuning.
  private var tuning: [Judged] {
    (0..<16).map { number in
      let name = "tuned/\(number)", task = draw.task(name, subsets.training, bench.material.train)
      return Judged(
        name: name, task: task, rounds: settings.agentRounds(from: graph, task: name, seed: bench.seed))
    }
  }

  // MARK: measurements

  func measured(_ arm: SurfArm) throws -> SurfMeasurement {
    let watch = Stopwatch()
    switch arm {
    case .surf, .free:
      let trained = try train(isConstrained: arm == .surf), seconds = watch.seconds
      var measured = try judge { judged in
        var random = RandomStream(seed: bench.seed, "surf-batches/\(judged.name)")
        return trained.network.run(judged.task, judged.rounds, &random)
      }
      (measured.duals, measured.trainingLosses) = (trained.duals, trained.losses)
      measured.parametersDigest = Self.digest(trained.network.parameters.flatMap(\.values))
      (measured.trainingSeconds, measured.evaluationSeconds) = (seconds, watch.seconds - seconds)
      return measured
    case .descent: return try tuned { $0.decentralised(rate: $1, from: $2) }
    case .fromZero: return try tuned { $0.decentralised(rate: $1, from: $2.zeros) }
    case .averaging:
      var measured = try tuned { $0.averaged(rate: $1, from: $2.zeros) }
      measured.messageCount = 2 * settings.agents
      return measured
    case .pooled:
      var measured = try judge { judged in
        let heads = baselines(judged).pooled()
        return Array(repeating: heads, count: settings.layers + 1)
      }
      measured.messageCount = 0
      return measured
    }
  }

  private static func digest(_ values: [Double]) -> String {
    Digest.sha256(values.map { String($0.bitPattern, radix: 16) }.joined(separator: " "))
  }

  private func baselines(_ judged: Judged) -> FederatedBaselines {
    FederatedBaselines(
      task: judged.task, rounds: judged.rounds, exchanges: settings.taps - 1, mask: draw.mask)
  }

  /// From 2^-6 to 2^8.
  static let rates = (-6...8).map { Double(sign: .plus, exponent: $0, significand: 1) }

  /// With the rate of highest accuracy on sixteen tasks of the training family, after the last round; the smallest of equals.
  private func tuned(
    _ heads: (FederatedBaselines, Double, Matrix) -> [Matrix]
  ) throws -> SurfMeasurement {
    let watch = Stopwatch(), tasks = tuning
    func accuracy(_ rate: Double) -> Double {
      tasks.reduce(0) { $0 + HeadLoss.accuracy(heads(baselines($1), rate, $1.task.start).last!, $1.task) }
    }
    var best = (rate: 0.0, accuracy: -1.0)
    for rate in Self.rates {
      try Interruption.check()
      let reached = accuracy(rate)
      if reached > best.accuracy { best = (rate, reached) }
    }
    let seconds = watch.seconds
    var measured = try judge { heads(baselines($0), best.rate, $0.task.start) }
    measured.learningRate = best.rate
    (measured.trainingSeconds, measured.evaluationSeconds) = (seconds, watch.seconds - seconds)
    return measured
  }

  /// - Parameter heads: Of all agents at the start and after every layer.
  private func judge(_ heads: (Judged) -> [Matrix]) throws -> SurfMeasurement {
    var values: [Double] = []
    func judge(_ tasks: [Judged]) throws -> SurfMeasurement.Judged? {
      guard !tasks.isEmpty else { return nil }
      let rows = try tasks.map { judged -> [[Double]] in
        try Interruption.check()
        let steps = heads(judged), norms = steps.map { Self.norm($0, judged.task) }
        values += steps.last!.values
        return [
          steps.map { HeadLoss.accuracy($0, judged.task) }, steps.map { Self.loss($0, judged.task) },
          zip(norms.dropFirst(), norms).map { $0 / max($1, 1e-12) },
        ]
      }
      func mean(_ kind: Int) -> [Double] {
        rows[0][kind].indices.map { i in rows.reduce(0) { $0 + $1[kind][i] } / Double(rows.count) }
      }
      return SurfMeasurement.Judged(accuracies: mean(0), losses: mean(1), ratios: mean(2))
    }
    let heldOut = try judge(judged("held", subsets.heldOut))!
    let outside = try subsets.outside.isEmpty ? nil : judge(judged("outside", subsets.outside))
    let scaled = try judge(judged("held", subsets.heldOut, scale: 1.0 / 3))!
    return SurfMeasurement(
      heldOut: heldOut, outside: outside, scaled: scaled, learningRate: 0, duals: [], trainingLosses: [],
      messageCount: graph.messages, parametersDigest: Self.digest(values), trainingSeconds: 0, evaluationSeconds: 0)
  }

  private static func loss(_ heads: Matrix, _ task: FederatedTask) -> Double {
    let tape = Tape()
    return tape[HeadLoss.testLoss(tape, tape.constant(heads), task)].values[0]
  }

  private static func norm(_ heads: Matrix, _ task: FederatedTask) -> Double {
    let tape = Tape()
    return tape[tape.norm(HeadLoss.gradient(tape, tape.constant(heads), task.inputs, task.labels))].values[0]
  }

  // MARK: training

  /// Adam on the layers, ascent on the dual variables: nu <- max(0, nu + rate c).
  private func train(isConstrained: Bool) throws -> (network: UnrolledNetwork, duals: [[Double]], losses: [Double]) {
    let shape = UnrolledNetwork.Shape(
      layers: settings.layers, taps: settings.taps, features: settings.features + 1, classes: settings.classes,
      batch: settings.batch, seesGradient: settings.inputs == .gradient)
    var network = UnrolledNetwork(shape, mask: draw.mask, seed: bench.seed), adam = MatrixAdam(rate: settings.rate)
    var duals = [Double](repeating: 0, count: settings.layers)
    let tasks = (0..<settings.tasks).map { draw.task("train/\($0)", subsets.training, bench.material.train) }
    let streams = RandomStream(seed: bench.seed, "surf-steps/"), weights = graph.weights()
    var kept = [duals], losses: [Double] = [], sum = (loss: 0.0, count: 0)
    for step in 0..<settings.steps {
      try Interruption.check()
      var random = streams.numbered(step), task = tasks[step % tasks.count]
      task.start = draw.start(&random)
      adam.rate = settings.rate * Deterministic.cosineFall(step, of: settings.steps)
      let progress = network.step(
        task, weights, duals: duals, epsilon: settings.epsilon, &adam, &random)
      if isConstrained {
        duals = zip(duals, progress.constraints).map { max(0, $0 + settings.dualRate * $1) }
      }
      sum = (sum.loss + progress.loss, sum.count + 1)
      bench.progress.advanced("seed-\(bench.seed)/\(isConstrained ? "surf" : "unconstrained")", steps: 1, density: 1)
      guard (step + 1) * 10 / settings.steps > step * 10 / settings.steps else { continue }
      kept.append(duals)
      losses.append(sum.loss / Double(sum.count))
      sum = (0, 0)
    }
    guard network.parameters.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else {
      throw Problem.badData(
        "The unrolled layers of seed \(bench.seed) diverged.", remedy: "Use a smaller --meta-lr or --dual-lr.")
    }
    return (network, kept, losses)
  }
}

extension Matrix {
  fileprivate var zeros: Matrix { Matrix(rows, columns) }
}
